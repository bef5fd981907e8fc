"""The ways of a Space: deploy a commit, promote what staging runs, go back, check."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from studio.deploy.checkout import Commit
from studio.deploy.contents import gather_files, is_ours
from studio.deploy.errors import DeployRefused
from studio.deploy.front_matter import SpaceFacts
from studio.deploy.hub import asking_hub
from studio.deploy.picture_check import check_space
from studio.deploy.revisions import CHECKED, WITHDRAWN, Deployment, list_deployments, mark, mark_deployed
from studio.deploy.sending import Revision, Sent, copy_revision, send_files
from studio.deploy.space import Target, check_usable, fetch_variables, find_space, prepare_space
from studio.deploy.variables import SpaceSettings, adapters_on_hub, datasets_on_hub
from studio.deploy.waiting import AWAKE, wait_until_running, why_not

if TYPE_CHECKING:
    from huggingface_hub import HfApi, SpaceInfo

DEMO = "demo"


@dataclass(frozen=True)
class Order:
    """Where to, with which settings, and how long a Space may take to run; `say` is told what is done."""

    target: Target
    settings: SpaceSettings
    patience_s: float
    say: Callable[[str], None]


def staging_name(name: str) -> str:
    return f"{name}-staging"


def space_facts(name: str, variables: Mapping[str, str]) -> SpaceFacts:
    """What is told of a Space in its front matter; of staging what is true of the Space itself."""
    live = name.removesuffix("-staging")
    return SpaceFacts(live, adapters_on_hub(variables), datasets_on_hub(variables))


def deploy(hub: HfApi, order: Order, commit: Commit) -> None:
    """Bring a Space to run a commit of this repository, and ask it for a picture.

    Raises:
        DeployRefused: says what stopped it, and what to do.
    """
    name, info = order.target.name, find_space(hub, order.target.name)
    if info is not None:
        check_usable(info, order.target, lambda path: is_ours(path, commit.tracked))
    variables = {**(fetch_variables(hub, info) or {}), **order.settings.variables}
    files = gather_files(commit, space_facts(name, variables), order.settings)
    restarting = prepare_space(hub, order.target, info, order.settings, order.say)
    title = f"Deploy {commit.sha[:12]}"
    sent = send_files(hub, name, files, variables.get("EMBEDDINGS", "").__contains__, title)
    _see_through(hub, order, sent, restarting, title)


def promote(hub: HfApi, order: Order, commit: Commit) -> None:
    """Bring a Space to run the very commit that its staging runs, once that gave a picture.

    `commit` is the one that is checked out here: what it has is of this project.

    Raises:
        DeployRefused: says what stopped it, and what to do.
    """
    name = order.target.name
    running = _running_on(hub, staging_name(name))
    staging = find_space(hub, running.space)
    order.say(f"{running.space}: {_picture(hub, running.space)}")
    info = find_space(hub, name)
    if info is not None:
        check_usable(info, order.target, lambda path: is_ours(path, commit.tracked))
    settings = _settings_of(hub, staging, order)
    _check_secrets(hub, running.space, info, settings)
    restarting = prepare_space(hub, order.target, info, settings, order.say)
    title = f"Promote {running.commit[:12]} of {running.space}"
    sent = copy_revision(hub, running, name, title)
    _see_through(hub, order, sent, restarting, title)


def roll_back(hub: HfApi, order: Order, unless_checked: bool) -> None:
    """Bring a Space back to the deployment before its newest, and remember the newest as taken back.

    Doing it again changes nothing: the newest is taken back already. `unless_checked`: do nothing where the
    newest gave its picture.

    Raises:
        DeployRefused: there is nothing to go back to, or it does not run.
    """
    name = order.target.name
    there = list_deployments(hub, name)
    if unless_checked and there and there[-1].checked and not there[-1].withdrawn:
        order.say(f"Nothing to take back: {there[-1].tag()} of {name} has given its picture.")
        return
    earlier = _deployment_before(name, there)
    if not there[-1].withdrawn:
        mark(hub, name, there[-1], WITHDRAWN)
        order.say(f"Taking back {there[-1].tag()}.")
    sent = copy_revision(hub, Revision(name, earlier.commit), name, f"Back to {earlier.tag()}")
    order.say(_told(name, sent, f"Back to {earlier.tag()}"))
    wait_until_running(hub, name, sent.commit, False, order.patience_s, order.say)
    order.say(f"{name}: {_picture(hub, name)}")


def check(hub: HfApi, name: str) -> str:
    """Ask a Space that runs for a picture; gives a sentence about it.

    Raises:
        DeployRefused: there is none, or it gives no picture.
    """
    _running_on(hub, name)
    return _picture(hub, name)


def _see_through(hub: HfApi, order: Order, sent: Sent, restarting: bool, title: str) -> None:
    """What follows once the files are there: remember, wait, look."""
    name = order.target.name
    order.say(_told(name, sent, title))
    made = mark_deployed(hub, name, sent.commit, title)
    wait_until_running(hub, name, sent.commit, restarting and not sent.changed, order.patience_s, order.say)
    order.say(f"{name}: {_picture(hub, name)}")
    mark(hub, name, made, CHECKED)
    order.say(f"Done: {order.target.page} runs {made.tag()}.")


def _told(name: str, sent: Sent, title: str) -> str:
    if not sent.changed:
        return f"{name} holds all of it already, at {sent.commit[:12]}."
    return f"{title}: {name} is at {sent.commit[:12]}."


def _deployment_before(name: str, there: list[Deployment]) -> Deployment:
    """The newest that was not taken back, before the newest of all; one that gave its picture, if any did."""
    earlier = [each for each in there[:-1] if not each.withdrawn]
    if not earlier:
        raise DeployRefused(f"{name} has no earlier deployment to go back to: deploy an earlier commit.")
    return next((each for each in reversed(earlier) if each.checked), earlier[-1])


def _running_on(hub: HfApi, name: str) -> Revision:
    """What a Space runs, which need not be the last that it was sent."""
    info = find_space(hub, name)
    if info is None:
        raise DeployRefused(f"There is no Space {name} that can be seen from here: deploy it first.")
    runtime = info.runtime
    stage = runtime.stage if runtime else "unknown"
    if runtime is None or info.sha is None or stage not in AWAKE:
        raise DeployRefused(
            f"{name} does not run (it is at {stage.lower().replace('_', ' ')}): deploy it first."
        )
    return Revision(name, runtime.raw.get("sha") or info.sha)


def _picture(hub: HfApi, name: str) -> str:
    info = find_space(hub, name)
    if info is None or not info.host:
        raise DeployRefused(f"The Hub tells no address of {name}: try again in a minute.")
    variables = fetch_variables(hub, info)
    model = None if variables is None else variables.get("MODEL", DEMO)
    try:
        return check_space(info.host, model, hub.token if isinstance(hub.token, str) else None)
    except DeployRefused as error:
        raise DeployRefused(why_not(hub, name, f"runs, but: {error}", build=False)) from error


def _settings_of(hub: HfApi, staging: SpaceInfo | None, order: Order) -> SpaceSettings:
    """Staging's variables, and over them those of the command line."""
    there = fetch_variables(hub, staging)
    if there is None:
        order.say(f"The token may not read staging's variables: {order.target.name} keeps its own.")
    return replace(order.settings, variables={**(there or {}), **order.settings.variables})


def _check_secrets(hub: HfApi, staging: str, info: SpaceInfo | None, settings: SpaceSettings) -> None:
    """A secret cannot be copied: it is missed before anything is sent, not by the first visitor."""
    from huggingface_hub.errors import HfHubHTTPError

    with asking_hub(f"the secrets of {staging}"):
        try:
            needed = set(hub.get_space_secrets(staging))
            there = set(hub.get_space_secrets(info.id)) if info else set()
        except HfHubHTTPError as error:
            if error.response.status_code in (401, 403):
                return  # a token for one Space alone
            raise
    if missing := sorted(needed - there - set(settings.secrets)):
        raise DeployRefused(f"{staging} has a secret that cannot be copied: add --secret {missing[0]}.")

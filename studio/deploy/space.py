"""A Space as it has to be before files are sent: there, ours, awake, with its hardware and settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from studio.deploy.errors import DeployRefused
from studio.deploy.hub import SPACE, asking_hub
from studio.deploy.variables import SpaceSettings

if TYPE_CHECKING:
    from huggingface_hub import HfApi, SpaceInfo
    from huggingface_hub.errors import HfHubHTTPError

ZEROGPU = "zero-a10g"  # the name that ZeroGPU has in the Hub's API, whatever its cards are
HARDWARE = (ZEROGPU, "cpu-basic")
OF_THE_HUB = frozenset({".gitattributes"})  # made with the repository
_REFUSED = (400, 402, 403)


@dataclass(frozen=True)
class Target:
    """Which Space, OWNER/NAME; `private` and `hardware` as it is to have them.

    `hardware` None: ZeroGPU for one that holds nothing yet, and for any other what it has.
    """

    name: str
    private: bool = False
    hardware: str | None = None

    @property
    def page(self) -> str:
        return f"https://huggingface.co/spaces/{self.name}"


def find_space(hub: HfApi, name: str) -> SpaceInfo | None:
    """What the Hub says of a Space; None where there is none that the token may see."""
    from huggingface_hub.errors import RepositoryNotFoundError

    with asking_hub(name):
        try:
            return hub.space_info(name)
        except RepositoryNotFoundError as error:
            if error.response.status_code == 401 and hub.token:
                raise  # the token is refused, not the name
            return None


def fetch_variables(hub: HfApi, info: SpaceInfo | None) -> Mapping[str, str] | None:
    """What is set for a Space; None where the token may not read it."""
    from huggingface_hub.errors import HfHubHTTPError

    if info is None:
        return {}
    with asking_hub(f"the variables of {info.id}"):
        try:
            return {key: each.value for key, each in hub.get_space_variables(info.id).items()}
        except HfHubHTTPError as error:
            if error.response.status_code in (401, 403):
                return None
            raise


def prepare_space(
    hub: HfApi, target: Target, info: SpaceInfo | None, settings: SpaceSettings, say: Callable[[str], None]
) -> bool:
    """Bring everything but the files to what is asked for; True where the Space starts anew for it.

    `info` is what was found of it.

    Raises:
        DeployRefused: the name is taken, or something of it is not granted.
    """
    if info is None:
        _create(hub, target)
        say(f"Made the Space {target.name}.")
    empty = info is None or not any(each.rfilename == "app.py" for each in info.siblings or ())
    wanted = target.hardware or (ZEROGPU if empty else None)
    moved = _request_hardware(hub, target.name, wanted, say) if wanted else False
    there = fetch_variables(hub, info) or {}
    return _apply_settings(hub, target.name, settings, there, say) or moved


def _create(hub: HfApi, target: Target) -> None:
    from huggingface_hub.errors import HfHubHTTPError

    with asking_hub(target.name):
        try:
            hub.create_repo(target.name, repo_type=SPACE, space_sdk="gradio", private=target.private or None)
        except HfHubHTTPError as error:
            if error.response.status_code != 409:
                raise
            raise DeployRefused(
                f"{target.name} is taken, and your token may not see it: name another Space, or let the "
                "token read it on https://huggingface.co/settings/tokens."
            ) from error


def check_usable(info: SpaceInfo, target: Target, is_ours: Callable[[str], bool]) -> None:
    """Make sure that nothing of somebody else's is overwritten, and that nobody's pause is ended.

    Raises:
        DeployRefused: it would be.
    """
    if info.sdk not in (None, "gradio"):
        raise DeployRefused(f"{target.name} is taken: it is a Space of the kind {info.sdk}. Name another.")
    if target.private and not info.private:
        raise DeployRefused(
            f"{target.name} is there already, and everybody can see it: make it private in its settings, or "
            "name another."
        )
    paths = [each.rfilename for each in info.siblings or ()]
    foreign = [path for path in paths if path not in OF_THE_HUB and not is_ours(path)]
    if foreign:
        more = f" and {len(foreign) - 1} more" if foreign[1:] else ""
        raise DeployRefused(
            f"{target.name} is taken: it holds files that are not of this project ({foreign[0]}{more}). Name "
            "another Space, or remove them."
        )
    if info.runtime and info.runtime.stage == "PAUSED":
        raise DeployRefused(paused(target.name))


def paused(name: str) -> str:
    """The sentence about a Space that somebody paused."""
    return (
        f"{name} is paused: restart it on https://huggingface.co/spaces/{name}/settings or with "
        f"`hf spaces restart {name}`, then run the same command again."
    )


def _request_hardware(hub: HfApi, name: str, hardware: str, say: Callable[[str], None]) -> bool:
    from huggingface_hub.errors import HfHubHTTPError

    with asking_hub(f"the hardware of {name}"):
        runtime = hub.get_space_runtime(name)
        if hardware == (runtime.requested_hardware or runtime.hardware):
            return False
        try:
            hub.request_space_hardware(name, hardware)  # type: ignore[arg-type]
        except HfHubHTTPError as error:
            if error.response.status_code in _REFUSED:
                raise DeployRefused(_no_hardware(name, hardware, error)) from error
            raise
    say(f"Asked for {hardware}.")
    return True


def _no_hardware(name: str, hardware: str, error: HfHubHTTPError) -> str:
    said = error.response.headers.get("X-Error-Message")
    told = f"The Hub does not give {name} {hardware}{f' ({said})' if said else ''}"
    if hardware == ZEROGPU:
        return (
            f"{told}, which is ZeroGPU: a free account may have 2 such Spaces, a PRO account 10, an "
            "organisation needs a Team or Enterprise plan. See https://huggingface.co/settings/billing, or "
            "add --hardware cpu-basic, on which the demo model runs."
        )
    return f"{told}: see https://huggingface.co/settings/billing."


def _apply_settings(
    hub: HfApi, name: str, settings: SpaceSettings, there: Mapping[str, str], say: Callable[[str], None]
) -> bool:
    """Set what differs, so that a Space is not started anew for nothing; secrets cannot be compared."""
    changed = {key: value for key, value in settings.variables.items() if there.get(key) != value}
    with asking_hub(f"the variables of {name}"):
        for key, value in changed.items():
            hub.add_space_variable(name, key, value)
            say(f"Set the variable {key} to {value}.")
    with asking_hub(f"the secrets of {name}"):
        for key, value in settings.secrets.items():
            hub.add_space_secret(name, key, value)
            say(f"Set the secret {key}.")
    return bool(changed or settings.secrets)

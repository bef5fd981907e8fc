"""Waits until a Space runs a commit, and tells why where it does not."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from studio.deploy.errors import DeployRefused
from studio.deploy.hub import asking_hub
from studio.deploy.space import paused

if TYPE_CHECKING:
    from huggingface_hub import HfApi, SpaceRuntime

EVERY_S = 5.0
SETTLE_S = 20.0  # after a change of settings a Space seems to run for a moment, then starts anew
LAST_LINES = 15
# One that sleeps wakes when it is asked for a picture.
AWAKE = ("RUNNING", "SLEEPING")
_ENDED = {
    "BUILD_ERROR": "could not be built",
    "CONFIG_ERROR": "has a front matter that the Hub does not take",
    "NO_APP_FILE": "has no app.py",
    "RUNTIME_ERROR": "has ended",
    "STOPPED": "was stopped",
    "DELETING": "is being deleted",
}
_AT_BUILD = ("BUILD_ERROR", "CONFIG_ERROR", "NO_APP_FILE")


def wait_until_running(
    hub: HfApi, name: str, commit: str, restarting: bool, patience_s: float, say: Callable[[str], None]
) -> None:
    """Return as soon as the Space runs that commit.

    `restarting`: its settings were changed, so that what runs now is about to end.

    Raises:
        DeployRefused: it does not come to run, or not in time; with the end of its log.
    """
    began, first, stage = time.monotonic(), "", ""
    while True:
        with asking_hub(name):
            runtime = hub.get_space_runtime(name)
        waited_s = time.monotonic() - began
        first = first or runtime.stage
        if runtime.stage != stage:
            stage = runtime.stage
            say(f"{name}: {_words(stage)}, after {waited_s:,.0f} s.")
        # What is told at first may be of what was there before.
        now = stage != first or waited_s > SETTLE_S or (_is_of(runtime, commit) and not restarting)
        if now and stage in AWAKE and runtime.raw.get("sha") in (None, commit):
            return
        if stage == "PAUSED":
            raise DeployRefused(paused(name))
        if now and stage in _ENDED:
            raise DeployRefused(why_not(hub, name, _ENDED[stage], build=stage in _AT_BUILD))
        if waited_s > patience_s:
            told = f"does not run after {waited_s / 60:,.0f} min (it is at {_words(stage)})"
            raise DeployRefused(why_not(hub, name, told, build="BUILDING" in stage))
        time.sleep(EVERY_S)


def why_not(hub: HfApi, name: str, what: str, build: bool) -> str:
    """The sentence with the last lines of the Space's log, and what to do."""
    kind = "build" if build else "run"
    lines = _last_lines(hub, name, build)
    told = f" The end of its {kind} log:\n" + "".join(f"    {line}\n" for line in lines) if lines else " "
    return (
        f"{name} {what}.{told}More: https://huggingface.co/spaces/{name}?logs="
        f"{'build' if build else 'container'}. Mend it and run the same command again, or go back with "
        "--rollback."
    )


def _is_of(runtime: SpaceRuntime, commit: str) -> bool:
    """Whether the Hub says that what it tells is of that commit: the client has no name for it."""
    return runtime.raw.get("sha") == commit


def _words(stage: str) -> str:
    return stage.lower().replace("_", " ")


def _last_lines(hub: HfApi, name: str, build: bool) -> list[str]:
    try:
        with asking_hub(f"the log of {name}"):
            text = "\n".join(hub.fetch_space_logs(name, build=build))
    except DeployRefused:
        return []  # what went wrong is told without it
    return [line.rstrip() for line in text.splitlines() if line.strip()][-LAST_LINES:]

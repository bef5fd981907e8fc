"""The head of a Space's README, by which the Hub knows how to build and show it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from studio.deploy.errors import DeployRefused

MOST_WORDS = 60  # characters of the short description: with more, the Hub refuses the commit
# What ZeroGPU has.
PYTHONS = frozenset({"3.10.13", "3.12.12"})
COLOURS = frozenset({"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"})
# The only headers that a Space may set.
HEADERS = frozenset(
    {"cross-origin-embedder-policy", "cross-origin-opener-policy", "cross-origin-resource-policy"}
)
ALWAYS = (
    *("title", "emoji", "colorFrom", "colorTo", "sdk", "sdk_version", "python_version", "app_file"),
    *("models", "datasets", "license", "tags", "short_description", "startup_duration_timeout"),
    *("custom_headers", "suggested_hardware"),
)


@dataclass(frozen=True)
class SpaceFacts:
    """What only a deployment knows: the Space's name, and which adapters and datasets its variables name.

    `thumbnail` is the path of a picture in the Space.
    """

    name: str
    adapters: tuple[str, ...] = ()
    datasets: tuple[str, ...] = ()
    thumbnail: str = "assets/examples/fine-tuned.png"


def write_readme(readme: str, facts: SpaceFacts) -> str:
    """The README with its front matter completed for one Space.

    Raises:
        DeployRefused: the front matter is not what the Hub takes; all that is wrong is told.
    """
    card = _card(readme)
    given = card.data
    given.sdk_version = version("gradio")  # the one that is tested with here
    given.models = _union(given.models, facts.adapters)
    given.datasets = _union(given.datasets, facts.datasets)
    given.thumbnail = f"https://huggingface.co/spaces/{facts.name}/resolve/main/{facts.thumbnail}"
    _check(given.to_dict())
    return str(card)


def front_matter_of(readme: str) -> str:
    """The block between the two lines of dashes, with them."""
    _, block, _ = readme.split("---\n", 2)
    return f"---\n{block}---\n"


def read_front_matter(readme: str) -> Mapping[str, Any]:
    """What the front matter says.

    Raises:
        DeployRefused: it cannot be read.
    """
    return _card(readme).data.to_dict()


def problems_of(front: Mapping[str, Any]) -> list[str]:
    """What the Hub or ZeroGPU would not take of a front matter, each in a few words; empty if nothing."""
    found = [f"{key} is missing" for key in ALWAYS if not front.get(key)]
    if len(front.get("short_description") or "") > MOST_WORDS:
        found.append(f"short_description has more than {MOST_WORDS} characters")
    if front.get("python_version") not in PYTHONS:
        found.append(f"python_version is none of ZeroGPU's: {', '.join(sorted(PYTHONS))}")
    if front.get("sdk") != "gradio":
        found.append("sdk is not gradio")
    found += [f"{key} is none of {', '.join(sorted(COLOURS))}" for key in _odd_colours(front)]
    if odd := sorted(set(front.get("custom_headers") or {}) - HEADERS):
        found.append(f"custom_headers may not hold {', '.join(odd)}")
    return found


def _check(front: Mapping[str, Any]) -> None:
    if problems := problems_of(front):
        raise DeployRefused(f"The front matter of README.md cannot be used: {'; '.join(problems)}.")


def _odd_colours(front: Mapping[str, Any]) -> list[str]:
    return [key for key in ("colorFrom", "colorTo") if front.get(key) not in COLOURS]


def _union(there: Iterable[str] | None, more: Iterable[str]) -> list[str]:
    return list(dict.fromkeys([*(there or ()), *more]))


def _card(readme: str) -> Any:
    from huggingface_hub import SpaceCard
    from yaml import YAMLError

    if not readme.startswith("---\n"):
        raise DeployRefused("README.md has no front matter: it begins with a line of three dashes.")
    try:
        return SpaceCard(readme, ignore_metadata_errors=True)
    except (YAMLError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise DeployRefused(f"The front matter of README.md cannot be read: {reason}.") from error

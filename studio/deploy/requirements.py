"""A Space's requirements, written from the repository's, so that the two never differ by accident."""

from __future__ import annotations

import re

from studio.deploy.errors import DeployRefused

REQUIREMENTS = "requirements.txt"
# What a Space installs before requirements.txt: the PyTorch that ZeroGPU supports, for whoever pushes by git.
PINNED = "pre-requirements.txt"
# A Space's image brings these, in the versions that its front matter and ZeroGPU ask for.
OF_THE_IMAGE = frozenset({"gradio", "spaces", "huggingface-hub"})
# As ZeroGPU's documentation lists them.
TORCH_OF_ZEROGPU = frozenset({"2.8.0", "2.9.1", "2.10.0", "2.11.0"})
HEAD = "# Written by `python -m studio deploy` from the repository's requirements: change those.\n"


def write_requirements(repository: str, pinned: str) -> str:
    """The lines for a Space: torch as pinned, nothing that its image brings.

    Raises:
        DeployRefused: the pin is none, or of a version that ZeroGPU does not support.
    """
    pins = dict(_requirements(pinned))
    version = pins.get("torch", "").partition("==")[2].strip()
    if version not in TORCH_OF_ZEROGPU:
        supported = ", ".join(sorted(TORCH_OF_ZEROGPU, key=_numbers))
        raise DeployRefused(f"{PINNED} has to pin torch to one that ZeroGPU supports: {supported}.")
    lines = [pins.get(name, line) for name, line in _requirements(repository) if name not in OF_THE_IMAGE]
    return HEAD + "".join(f"{line}\n" for line in lines)


def _requirements(text: str) -> list[tuple[str, str]]:
    """Each requirement with the name it has on PyPI."""
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return [(_name(line), line) for line in lines if line and not line.startswith("-")]


def _name(line: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[\[<>=!~; ]", line, maxsplit=1)[0]).lower()


def _numbers(version: str) -> list[int]:
    return [int(number) for number in version.split(".")]

"""What a command may write over: nothing, or what it would write again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from generation.errors import GenerationError


def check_own(paths: Iterable[Path], is_own: Callable[[Path], bool]) -> None:
    """Find out before minutes of work whether files are there that something else made.

    Raises:
        GenerationError: some are.
    """
    others = [path for path in paths if path.exists() and not is_own(path)]
    if others:
        names = " and ".join(path.name for path in others)
        raise GenerationError(
            f"{others[0].parent} holds {names} of something else: name another folder with --out, or say "
            "--overwrite."
        )

"""Where the demo assets are made: what goes in, what comes out, and half-trained states between."""

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Workplace:
    """`assets` is shipped, `work` keeps states so that a stopped run goes on; `celeba` may be absent."""

    assets: Path
    work: Path
    celeba: Path | None
    seed: int

    def state(self, name: str, *decisive: object) -> Path:
        """Where what is called `name` is kept; other `decisive` settings or another seed, another place."""
        self.work.mkdir(parents=True, exist_ok=True)
        digest = hashlib.blake2b(repr((self.seed, *decisive)).encode(), digest_size=6).hexdigest()
        return self.work / f"{name}-{digest}"


@contextmanager
def replacing_folder(folder: Path) -> Iterator[Path]:
    """Give a new folder beside `folder` to fill; it takes the place of `folder` only when all went well."""
    beside, old = (folder.with_name(f".{folder.name}.{end}") for end in ("new", "old"))
    for left in (beside, old):
        shutil.rmtree(left, ignore_errors=True)
    beside.mkdir(parents=True)
    try:
        yield beside
        if folder.exists():
            folder.rename(old)
        beside.rename(folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)

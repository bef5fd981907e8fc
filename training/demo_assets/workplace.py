"""Where the demo assets are made: what goes in, what comes out, and half-trained states between."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Workplace:
    """`assets` is shipped, `work` keeps states so that a stopped run goes on; `celeba` may be absent."""

    assets: Path
    work: Path
    celeba: Path | None
    seed: int

    def state(self, name: str) -> Path:
        """The file that keeps the state of the training called `name`."""
        self.work.mkdir(parents=True, exist_ok=True)
        return self.work / f"{name}.pt"

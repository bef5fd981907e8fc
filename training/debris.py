"""What a killed run leaves of the files that it was writing."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from generation.adapters.file import WEIGHT_NAME
from training.adapter_file import MADE_PREFIX
from training.checkpoints import CHECKPOINTS
from training.metrics import METRICS_FILE
from training.run_folder import CONFIG_FILE, VALIDATION_FOLDER

# As `replacing` names the file beside the one it will replace.
_NAMED = "|".join(re.escape(name) for name in (WEIGHT_NAME, CONFIG_FILE, METRICS_FILE))
_UNFINISHED = re.compile(rf"\.({_NAMED}|step-\d{{6,}}\.\w+)-[0-9a-f]{{8}}\.tmp")
_MADE = re.compile(rf"{re.escape(MADE_PREFIX)}[a-z0-9_]{{8}}\.tmp")  # as `tempfile` names a folder


def remove_debris(folder: Path) -> None:
    """Remove half-written files of a run that was killed, and nothing else; none may be under way here."""
    for place in (folder, folder / CHECKPOINTS, folder / VALIDATION_FOLDER):
        for path in place.iterdir() if place.is_dir() else ():
            if path.is_symlink():
                continue
            if path.is_file() and _UNFINISHED.fullmatch(path.name):
                path.unlink()
            elif path.is_dir() and _MADE.fullmatch(path.name):
                shutil.rmtree(path)

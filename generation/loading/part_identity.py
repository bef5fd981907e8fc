"""What a model's part is by its content, told from its files without loading it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

from generation.file_digest import file_digest
from generation.loading.weight_files import weight_files

WHERE_IT_LAY = ("_name_or_path",)
# Which program wrote a settings file, and in which precision: neither changes what is loaded from it.
HOW_IT_WAS_WRITTEN = ("transformers_version", "_diffusers_version", "dtype", "torch_dtype")

_SHA256 = re.compile("[0-9a-f]{64}")  # small files have another name there: git's


def digest_by_name(path: Path) -> str | None:
    """The SHA-256 that a large file in the Hub's cache is called by; None for any other file."""
    file = path.resolve()
    in_cache = path.is_symlink() and file.parent.name == "blobs" and _SHA256.fullmatch(file.name)
    return file.name if in_cache else None


def settings_that_count(path: Path, ignored: Collection[str] = WHERE_IT_LAY) -> str:
    """A part's settings in one canonical form."""
    values = json.loads(path.read_text(encoding="utf-8"))
    return json.dumps({key: value for key, value in values.items() if key not in ignored}, sort_keys=True)


def identify_part(part: Path, source: Any) -> str:
    """SHA-256, in hex, of all that decides what is loaded: the class, its settings and its weights.

    `part` is the folder, `source` its entry in the model's index. Equal identities are equal modules.

    Raises:
        OSError, ValueError: a file is not here or cannot be read.
    """
    settings = settings_that_count(part / "config.json", (*WHERE_IT_LAY, *HOW_IT_WAS_WRITTEN))
    digest = hashlib.sha256(f"{source}\n{settings}\n".encode())
    for path in weight_files(part):
        digest.update(f"{path.name} {digest_by_name(path) or file_digest(path)}\n".encode())
    return digest.hexdigest()

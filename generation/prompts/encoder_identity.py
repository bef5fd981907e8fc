"""Which text encoders and tokenizers a model has, told from its files without loading them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from generation.file_digest import file_digest
from generation.loading.part_identity import identify_part
from generation.loading.pipelines import INDEX, TEXT_PARTS, files_of, find_model, model_revision
from generation.models import ModelSpec


def encoder_identities(spec: ModelSpec) -> dict[str, str]:
    """SHA-256, in hex, of each text encoder and tokenizer that a model has.

    Raises:
        ModelUnavailable: the model is not here.
        OSError, ValueError: one of these parts is not here.
    """
    folder = find_model(spec)
    index = json.loads((folder / INDEX).read_text(encoding="utf-8"))
    present = [part for part in TEXT_PARTS if index.get(part, [None])[0] is not None]
    return {part: _identity(folder, part, index[part]) for part in present}


def same_encoders(spec: ModelSpec, revision: str, encoders: Mapping[str, str]) -> bool:
    """Whether a model encodes prompts as another, of that revision and with those identities, did.

    The same revision settles it, so that the encoders' own files need not be here.

    Raises:
        ModelUnavailable: the model is not here.
    """
    if model_revision(spec) == revision:
        return True
    try:
        return encoder_identities(spec) == dict(encoders)
    except (OSError, ValueError):
        return False


def _identity(folder: Path, part: str, source: object) -> str:
    if part.startswith("text_encoder"):
        return identify_part(folder / part, source)
    digest = hashlib.sha256()
    for path in files_of(folder, [part]):
        digest.update(path.name.encode() + bytes.fromhex(file_digest(path)))
    return digest.hexdigest()

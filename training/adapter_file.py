"""The adapter as a file: what diffusers writes, with a record of how it was trained, in canonical bytes."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from diffusers import SD3Transformer2DModel, StableDiffusion3Pipeline

from generation.adapter_file import METADATA_KEY, RECORD_KEY, WEIGHT_NAME
from generation.adapters import ADAPTER_NAME
from prompt_engine.whole_file import replacing
from training.lora import adapter_tensors

RECORD_SCHEMA = 1


def save_adapter(transformer: SD3Transformer2DModel, folder: Path, record: Mapping[str, Any]) -> Path:
    """Write `pytorch_lora_weights.safetensors` into the folder; the file there is whole at every moment."""
    path = folder / WEIGHT_NAME
    settings = transformer.peft_config[ADAPTER_NAME].to_dict()
    settings["target_modules"] = sorted(settings["target_modules"])
    folder.mkdir(parents=True, exist_ok=True)
    with (
        replacing(path) as beside,
        tempfile.TemporaryDirectory(prefix=".saving-", suffix=".tmp", dir=folder) as made,
    ):
        StableDiffusion3Pipeline.save_lora_weights(
            made,
            transformer_lora_layers=adapter_tensors(transformer),
            transformer_lora_adapter_metadata=settings,
        )
        written = (Path(made) / WEIGHT_NAME).read_bytes()
        beside.write_bytes(_with_record(written, {"schema": RECORD_SCHEMA, **record}))
    return path


def _with_record(content: bytes, record: Mapping[str, Any]) -> bytes:
    """Add the record to a safetensors header, and put the header's keys in order.

    safetensors writes metadata in a different order every time; sorted, equal adapters are equal bytes.
    """
    start = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:start])
    metadata = header.pop("__metadata__")
    metadata[METADATA_KEY] = _canonical(json.loads(metadata[METADATA_KEY]))
    metadata[RECORD_KEY] = _canonical(record)
    text = json.dumps(
        {"__metadata__": dict(sorted(metadata.items())), **header}, separators=(",", ":")
    ).encode()
    text += b" " * (-len(text) % 8)  # the tensors after it stay aligned
    return len(text).to_bytes(8, "little") + text + content[start:]


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)

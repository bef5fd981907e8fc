"""The adapter as a file: what diffusers writes, with a record of how it was trained, in canonical bytes."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from diffusers import SD3Transformer2DModel, StableDiffusion3Pipeline

from generation.adapters.attached import ADAPTER_NAME
from generation.adapters.file import METADATA_KEY, RECORD_KEY, WEIGHT_NAME
from prompt_engine.whole_file import replacing
from training.adapter_check import check_saved_adapter
from training.lora import adapter_tensors
from training.saving import saving

RECORD_SCHEMA = 1
MADE_PREFIX = ".saving-"  # of the folder that an adapter is made in


def save_adapter(transformer: SD3Transformer2DModel, folder: Path, record: Mapping[str, Any]) -> Path:
    """Write `pytorch_lora_weights.safetensors` into the folder; the file there is whole at every moment.

    Raises:
        AdapterError: what was written does not load as it was trained; the last good file stays.
        RunError: it cannot be written; the last good file stays.
    """
    path, tensors = folder / WEIGHT_NAME, adapter_tensors(transformer)
    with saving(path, sum(tensor.nbytes for tensor in tensors.values())):
        folder.mkdir(parents=True, exist_ok=True)
        with (
            replacing(path) as beside,
            tempfile.TemporaryDirectory(prefix=MADE_PREFIX, suffix=".tmp", dir=folder) as made,
        ):
            written = Path(made) / WEIGHT_NAME
            _write(written, tensors, transformer, {"schema": RECORD_SCHEMA, **record})
            check_saved_adapter(transformer, written)
            written.replace(beside)
    return path


def _write(
    path: Path,
    tensors: Mapping[str, torch.Tensor],
    transformer: SD3Transformer2DModel,
    record: Mapping[str, Any],
) -> None:
    StableDiffusion3Pipeline.save_lora_weights(
        str(path.parent),
        transformer_lora_layers=dict(tensors),
        transformer_lora_adapter_metadata=_settings(transformer),
    )
    path.write_bytes(_with_record(path.read_bytes(), record))


def _settings(transformer: SD3Transformer2DModel) -> dict[str, Any]:
    """PEFT's configuration of the adapter as it is saved: with the scale in the weights."""
    settings = transformer.peft_config[ADAPTER_NAME].to_dict()
    folded = {"lora_alpha": settings["r"], "use_rslora": False}
    return {**settings, **folded, "target_modules": sorted(settings["target_modules"])}


def _with_record(content: bytes, record: Mapping[str, Any]) -> bytes:
    """Add the record to a safetensors header, and put the header's keys in order.

    safetensors writes metadata in a different order every time; sorted, equal adapters are equal bytes.
    """
    start = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:start])
    metadata = header.pop("__metadata__")
    metadata[METADATA_KEY] = canonical(json.loads(metadata[METADATA_KEY]))
    metadata[RECORD_KEY] = canonical(record)
    text = json.dumps(
        {"__metadata__": dict(sorted(metadata.items())), **header}, separators=(",", ":")
    ).encode()
    text += b" " * (-len(text) % 8)  # the tensors after it stay aligned
    return len(text).to_bytes(8, "little") + text + content[start:]


def canonical(value: Any) -> str:
    """JSON that is the same text for the same value."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False)

"""T5 on a GPU that cannot hold it: its blocks stay in their file, and each comes as it is needed.

A pass over many captions reads 10 GB once, so that it is slow and takes no memory: the host holds none of it.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from diffusers import StableDiffusion3Pipeline
from transformers import T5Config, T5EncoderModel

PART = "text_encoder_3"
RESERVE_BYTES = 4_000_000_000  # for the other two, and for 64 captions on their way


def fits(model: Path, device: torch.device, dtype: torch.dtype) -> bool:
    """Whether a model's T5, if it has one, fits into what is free of a GPU, with room to work."""
    if device.type != "cuda" or not (model / PART).is_dir():
        return True
    with torch.device("meta"):
        weights = sum(
            each.numel() for each in T5EncoderModel(T5Config.from_pretrained(model / PART)).parameters()
        )
    return weights * dtype.itemsize + RESERVE_BYTES <= free_bytes(device)


def free_bytes(device: torch.device) -> int:
    """What is free on a GPU."""
    return torch.cuda.mem_get_info(device)[0]


def add_from_disk(pipeline: StableDiffusion3Pipeline, model: Path, place: torch.device) -> None:
    """Give a pipeline without a T5 that of a model's folder; only one block at a time is on the device."""
    t5 = T5Config.from_pretrained(model / PART)
    parts = dict.fromkeys(
        ("shared", "encoder.embed_tokens", "encoder.final_layer_norm", "encoder.dropout"), str(place)
    )
    parts |= {f"encoder.block.{number}": "disk" for number in range(t5.num_layers)}
    with TemporaryDirectory() as nothing_is_written_to:
        pipeline.register_modules(
            text_encoder_3=T5EncoderModel.from_pretrained(
                model / PART,
                dtype=pipeline.text_encoder.dtype,
                device_map=parts,
                offload_folder=nothing_is_written_to,
                local_files_only=True,
            )
        )

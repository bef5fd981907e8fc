"""The base model as preparing sees it: what its encoders are and give, told without loading them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers import StableDiffusion3Pipeline

from generation.errors import GenerationError
from generation.loading.pipelines import (
    IMAGE_PARTS,
    TEXT_PARTS,
    find_model,
    load_pipeline,
    model_revision,
    placement,
)
from generation.models import ModelSpec
from training.config import TrainingConfig
from training.errors import TrainingError
from training.preparation import large_t5
from training.preparation.identity import identify_parts, remembered_digests
from training.preparation.store import RowForm

ENCODED_IN = torch.float32  # images


@dataclass(frozen=True)
class Base:
    """A model's folder, what its encoders are by content, and how exact that is which is kept of them."""

    spec: ModelSpec
    folder: Path
    image_encoder: str
    text_encoders: str
    dtype: torch.dtype
    device: torch.device

    def latent_form(self, size_px: int) -> RowForm:
        """What is kept of a face."""
        settings = self._settings("vae/config.json")
        side = size_px // 2 ** (len(settings["block_out_channels"]) - 1)
        return RowForm({"latents": (settings["latent_channels"], side, side)}, self.dtype)

    def text_form(self) -> RowForm:
        """What is kept of a caption."""
        transformer = self._settings("transformer/config.json")
        tokens = self.clip_tokens + self.spec.max_sequence_length
        shapes = {
            "prompt_embeds": (tokens, transformer["joint_attention_dim"]),
            "pooled_embeds": (transformer["pooled_projection_dim"],),
        }
        return RowForm(shapes, self.dtype)

    @property
    def clip_tokens(self) -> int:
        """How many tokens the CLIPs read, the marks of start and end included."""
        return self._settings("tokenizer/tokenizer_config.json")["model_max_length"]

    def revision(self, cache: Path) -> str:
        """What a record says of the weights; files that `cache` remembers are not read again."""
        with remembered_digests(cache) as digests:
            return model_revision(self.spec, digests.of)

    def load_image_encoder(self) -> StableDiffusion3Pipeline:
        """A pipeline that has the VAE alone, in float32: what it loses is lost for the whole run."""
        return self._load(IMAGE_PARTS, ENCODED_IN)

    def load_text_encoders(self) -> StableDiffusion3Pipeline:
        """A pipeline that can encode prompts and nothing else."""
        if large_t5.fits(self.folder, self.device, self.dtype):
            return self._load(TEXT_PARTS, self.dtype)
        without_t5 = tuple(part for part in TEXT_PARTS if part != large_t5.PART)
        pipeline = self._load(without_t5, self.dtype)
        large_t5.add_from_disk(pipeline, self.folder, self.device)
        return pipeline

    def _load(self, parts: tuple[str, ...], dtype: torch.dtype) -> StableDiffusion3Pipeline:
        try:
            return load_pipeline(self.spec, self.device, parts, dtype, past_host_memory=True)
        except GenerationError as error:
            raise TrainingError(str(error)) from error

    def _settings(self, name: str) -> dict[str, Any]:
        try:
            return json.loads((self.folder / name).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise TrainingError(f"{self.spec.title} has no usable {name} ({error})") from error


def open_base(spec: ModelSpec, config: TrainingConfig, device: torch.device) -> Base:
    """Find the model and identify its encoders.

    Raises:
        TrainingError: its weights are not here; says how to get them.
    """
    try:
        folder = find_model(spec)
    except GenerationError as error:
        raise TrainingError(str(error)) from error
    with remembered_digests(Path(config.data.cache)) as digests:
        image, text = (identify_parts(folder, parts, digests) for parts in (IMAGE_PARTS, TEXT_PARTS))
    if spec.max_sequence_length == 0 and (folder / TEXT_PARTS[2]).is_dir():
        raise TrainingError(
            f"model.key = {spec.key!r} reads no T5, and {folder} has one: set model.key to medium or large"
        )
    place, dtype = placement(device)
    exact = torch.float32 if config.run.precision == "float32" else dtype
    return Base(spec, folder, image, text, exact, place)

"""Batches of noise as a run reads them: from stores on disk, as preparing leaves them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from training.batches import NO_CAPTION, Batches
from training.config import LATENT_PX, ObjectiveConfig, RunConfig
from training.dataset import Example
from training.embeddings import Latents, TextEmbeddings
from training.estimate.architectures import Architecture
from training.flow_matching import NoiseLevels
from training.preparation.plan import caption_key
from training.preparation.store import NewRows, RowForm, Store, add_rows, create_store, open_store

FACES = 128  # each with a caption of its own: 350 MB of text for SD 3.5 Medium and Large
SHIFT = 3.0


def random_batches(
    architecture: Architecture, size_px: int, run: RunConfig, folder: Path, dtype: torch.dtype
) -> Batches:
    """Faces and captions of a model with this architecture, kept in this folder and as exact as this."""
    transformer, side = architecture.transformer, size_px // LATENT_PX
    faces = RowForm({"latents": (transformer["in_channels"], side, side)}, dtype)
    prompt_embeds = (architecture.text_tokens, transformer["joint_attention_dim"])
    pooled_embeds = (transformer["pooled_projection_dim"],)
    texts = RowForm({"prompt_embeds": prompt_embeds, "pooled_embeds": pooled_embeds}, dtype)
    examples = [Example(number, (f"caption {number}",)) for number in range(FACES)]
    captions = [NO_CAPTION, *(each.captions[0] for each in examples)]
    latents = _random_store(folder / "latents", faces, range(FACES))
    text = _random_store(folder / "text", texts, [caption_key(each) for each in captions])
    rows, levels = latents.find(np.arange(FACES)), NoiseLevels(ObjectiveConfig(), SHIFT)
    return Batches(examples, Latents(latents, rows), TextEmbeddings(text), run, levels)


def _random_store(folder: Path, form: RowForm, keys: Sequence[int]) -> Store:
    def row(key: int) -> NewRows:
        tensors = {name: torch.randn(1, *shape).to(form.dtype) for name, shape in form.shapes.items()}
        return NewRows([key], [""], tensors)

    create_store(folder, form, {})
    add_rows(folder, form, map(row, keys))
    return open_store(folder, form)

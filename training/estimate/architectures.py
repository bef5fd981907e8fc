"""The shape of a model's transformer and autoencoder, also where its weights are not on this machine."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from generation.adapters.transformer_outline import TRANSFORMERS
from generation.errors import ModelUnavailable
from generation.loading.pipelines import find_model
from generation.models import ModelSpec
from training.errors import TrainingError

Settings = Mapping[str, Any]

# Source: vae/config.json of the same repositories, where all three are alike.
AUTOENCODER: Settings = {
    "in_channels": 3,
    "out_channels": 3,
    "down_block_types": ("DownEncoderBlock2D",) * 4,
    "up_block_types": ("UpDecoderBlock2D",) * 4,
    "block_out_channels": (128, 256, 512, 512),
    "layers_per_block": 2,
    "latent_channels": 16,
    "norm_num_groups": 32,
    "sample_size": 1024,
    "scaling_factor": 1.5305,
    "shift_factor": 0.0609,
    "use_quant_conv": False,
    "use_post_quant_conv": False,
}

CLIP_TOKENS = 77  # the prompt's; T5's follow them


@dataclass(frozen=True)
class Architecture:
    """What decides memory and work: settings of the transformer and of the autoencoder, and text tokens."""

    transformer: Settings
    autoencoder: Settings
    text_tokens: int


def read_architecture(spec: ModelSpec) -> Architecture:
    """Read the shape from the model's repository, or take the published one where it is not here.

    Raises:
        TrainingError: the model is not here, and its shape is not known either.
    """
    transformer, autoencoder = _read(spec, "transformer"), _read(spec, "vae")
    if transformer is None:
        transformer = TRANSFORMERS.get(spec.key)
    if transformer is None:
        raise TrainingError(
            f"model.key = {spec.key!r}: its weights are not on this machine: make or get them"
        )
    return Architecture(transformer, autoencoder or AUTOENCODER, CLIP_TOKENS + spec.max_sequence_length)


def _read(spec: ModelSpec, part: str) -> Settings | None:
    try:
        path = Path(find_model(spec)) / part / "config.json"
        return json.loads(path.read_text(encoding="utf-8"))
    except (ModelUnavailable, FileNotFoundError):
        return None
    except (OSError, ValueError) as error:
        raise TrainingError(f"Cannot read {path} ({error}): get the model again") from error

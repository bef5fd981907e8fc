"""What whoever uses an adapter must know about how it was trained, written into its file."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from generation.models import ModelSpec, model_spec
from prompt_engine import ENGINE_VERSION
from training.config import TrainingConfig
from training.flow_matching import NoiseLevels
from training.preparation.prepare import Prepared

LIBRARIES = ("torch", "diffusers", "peft", "transformers", "accelerate")


def describe_base(spec: ModelSpec, revision: str) -> dict[str, str]:
    """What was trained on: the model under its public name, wherever it was read from, and its weights."""
    return {"key": spec.key, "repo": model_spec(spec.key).repo, "revision": revision}


def build_record(
    config: TrainingConfig, spec: ModelSpec, prepared: Prepared, levels: NoiseLevels
) -> dict[str, Any]:
    """The text contract, the base, where the faces came from, and with what it was trained."""
    data = config.data
    return {
        "engine_version": ENGINE_VERSION,
        "base_model": describe_base(spec, prepared.base_revision),
        "captions": {
            "attributes": list(data.attributes),
            "absences": data.absences,
            "tier_weights": list(data.tier_weights),
            "style": data.caption_style,
            "dropout": config.run.caption_dropout,
        },
        "max_sequence_length": spec.max_sequence_length,
        "size_px": data.size_px or spec.size_px,
        "crop": prepared.crop,
        "shift": levels.shift,
        "faces": {
            "title": prepared.source.title,
            "notice": prepared.source.notice,
            "drawn": prepared.source.drawn,
            "count": len(prepared.examples),
            "split": None if prepared.source.drawn else data.split,  # drawn faces belong to none
            "images": data.images and list(data.images),
            "fingerprint": prepared.faces,
        },
        "versions": {name: version(name) for name in LIBRARIES},
    }

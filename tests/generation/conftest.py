"""A demo model with random weights, and adapters for it, made once: no test here needs trained weights."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from diffusers import StableDiffusion3Pipeline
from peft import LoraConfig
from peft.utils import get_peft_model_state_dict

from generation.adapters.attached import attach_adapter
from generation.demo_model import build_demo_model
from generation.loading.pipelines import load_pipeline
from generation.models import ModelSpec, model_spec
from generation.recipe import Recipe


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A diffusers repository of the demo model with random weights."""
    folder = tmp_path_factory.mktemp("random-demo-model")
    build_demo_model(folder, seed=0)
    return folder


@pytest.fixture(scope="session")
def spec(model_folder: Path) -> ModelSpec:
    """The demo model's specification, pointing at the random weights."""
    return replace(model_spec("demo"), repo=str(model_folder))


@pytest.fixture(scope="session")
def bare_pipeline(spec: ModelSpec) -> StableDiffusion3Pipeline:
    """A pipeline to which no adapter is ever attached."""
    return load_pipeline(spec, "cpu")


@pytest.fixture(scope="session")
def make_adapter(spec: ModelSpec) -> Callable[..., Path]:
    """Writes a random LoRA for the random model, as diffusers saves it."""

    def make(folder: Path, seed: int = 0, rank: int = 4, alpha: float | None = None) -> Path:
        pipeline = load_pipeline(spec, "cpu")
        torch.manual_seed(seed)
        config = LoraConfig(
            r=rank, lora_alpha=alpha or rank, target_modules=["to_q", "to_k", "to_v"], init_lora_weights=False
        )
        pipeline.transformer.add_adapter(config, "made")
        pipeline.save_lora_weights(
            folder,
            transformer_lora_layers=get_peft_model_state_dict(pipeline.transformer, adapter_name="made"),
            transformer_lora_adapter_metadata=pipeline.transformer.peft_config["made"].to_dict(),
        )
        return folder / "pytorch_lora_weights.safetensors"

    return make


@pytest.fixture(scope="session")
def adapter_path(make_adapter: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An adapter with alpha twice its rank, which only its metadata tells."""
    return make_adapter(tmp_path_factory.mktemp("adapter"), alpha=8)


@pytest.fixture(scope="session")
def _adapted(spec: ModelSpec, adapter_path: Path) -> StableDiffusion3Pipeline:
    pipeline = load_pipeline(spec, "cpu")
    attach_adapter(pipeline, adapter_path)
    return pipeline


@pytest.fixture
def pipeline(_adapted: StableDiffusion3Pipeline) -> StableDiffusion3Pipeline:
    """A pipeline with the adapter attached; shared, because nothing may stay changed in it."""
    return _adapted


@pytest.fixture
def recipe() -> Recipe:
    """A quick recipe."""
    return Recipe("a woman with black hair and a smile, wearing eyeglasses", seed=7, steps=4)


@pytest.fixture
def bundled(
    model_folder: Path, adapter_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """A repository root in which the bundled model and adapter are the random ones."""
    shutil.copytree(model_folder, tmp_path / "assets" / "demo-model", copy_function=os.link)  # 40 MB each
    (tmp_path / "assets" / "demo-adapter").mkdir()
    shutil.copy(adapter_path, tmp_path / "assets" / "demo-adapter")
    monkeypatch.setattr("generation.loading.pipelines.REPOSITORY", tmp_path)
    monkeypatch.setattr("generation.adapters.file.DEMO_ADAPTER", tmp_path / "assets" / "demo-adapter")
    yield tmp_path

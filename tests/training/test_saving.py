"""What is on the disk: whole at every moment, the same bytes for the same adapter, and readable again."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from diffusers import StableDiffusion3Pipeline
from safetensors.torch import load_file

from generation.adapter_file import read_adapter_header
from generation.adapters import attach_adapter
from training.adapter_file import save_adapter
from training.config import LoraSettings
from training.encoders import encode_captions
from training.lora import attach_lora, learning_parameters

KILLS = 8


def load_random(folder: Path) -> StableDiffusion3Pipeline:
    return StableDiffusion3Pipeline.from_pretrained(folder, text_encoder_3=None, tokenizer_3=None)


@pytest.fixture(scope="module")
def learned(random_model: Path) -> StableDiffusion3Pipeline:
    """A pipeline whose adapter has learned something, which here is noise."""
    pipeline = load_random(random_model)
    attach_lora(pipeline.transformer, LoraSettings(rank=4), seed=0)
    for index, parameter in enumerate(learning_parameters(pipeline.transformer).values()):
        parameter.data.normal_(std=0.05, generator=torch.Generator().manual_seed(index))
    return pipeline


@torch.no_grad()
def velocity(pipeline: StableDiffusion3Pipeline) -> torch.Tensor:
    prompt_embeds, pooled_embeds = encode_captions(pipeline, ["a man with a hat", ""], 0)
    return pipeline.transformer(
        hidden_states=torch.randn(2, 16, 12, 12, generator=torch.Generator().manual_seed(3)),
        timestep=torch.tensor([200.0, 800.0]),
        encoder_hidden_states=prompt_embeds,
        pooled_projections=pooled_embeds,
        return_dict=False,
    )[0]


def test_a_saved_adapter_reloads_to_the_same_output(
    learned: StableDiffusion3Pipeline, random_model: Path, tmp_path: Path
) -> None:
    path = save_adapter(learned.transformer, tmp_path, {"step": 1})
    fresh = load_random(random_model)
    base = velocity(fresh)
    fresh.load_lora_weights(str(path.parent), weight_name=path.name, adapter_name="fine_tuned")
    torch.testing.assert_close(velocity(fresh), velocity(learned), rtol=0, atol=1e-6)
    assert (velocity(fresh) - base).abs().max() > 1e-3


def test_at_scale_zero_the_adapter_is_the_base(
    learned: StableDiffusion3Pipeline, random_model: Path, tmp_path: Path
) -> None:
    path = save_adapter(learned.transformer, tmp_path, {"step": 1})
    fresh = load_random(random_model)
    base = velocity(fresh)
    attach_adapter(fresh, path)
    fresh.set_adapters(["fine_tuned"], [0.0])
    torch.testing.assert_close(velocity(fresh), base, rtol=0, atol=1e-6)


def test_equal_adapters_are_equal_bytes_and_carry_their_record(
    learned: StableDiffusion3Pipeline, tmp_path: Path
) -> None:
    record = {"step": 3, "engine_version": "1", "note": "Grüße"}
    paths = [save_adapter(learned.transformer, tmp_path / name, record) for name in ("a", "b")]
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert read_adapter_header(paths[0]).record == {"schema": 1, **record}
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["pytorch_lora_weights.safetensors"]


def test_killed_while_saving_the_last_good_adapter_stays_whole(repository: Path, tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "tests.training.killed_savers", str(tmp_path), str(KILLS)],
        cwd=repository,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode == 0, run.stderr
    reported = [int(line) for line in run.stdout.split()]
    assert len(reported) == KILLS
    for turn, saved in enumerate(reported):
        assert_whole(tmp_path / str(turn) / "pytorch_lora_weights.safetensors", saved)


def assert_whole(path: Path, saved: int) -> None:
    """One save entire: the last that was reported, or the next, whose report the kill cut off."""
    record = read_adapter_header(path).record
    assert record is not None
    step = record["step"]
    assert step in (saved, saved + 1)
    assert all((tensor == step).all() for tensor in load_file(path).values())

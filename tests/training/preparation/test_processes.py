"""Every latent meets its own face and caption: made by two processes, killed half-way, and shuffled."""

from __future__ import annotations

import socket
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import pytest
import torch
from accelerate import Accelerator

from prompt_engine.realiser import parse
from tests.warm_processes import WarmProgram
from training.base_model import chosen_model
from training.batches import Batches
from training.config import ObjectiveConfig, RunConfig, TrainingConfig
from training.config_file import write_config
from training.dataset import open_faces, pixels_of
from training.encoders import encode_captions, encode_pixels
from training.flow_matching import NoiseLevels
from training.preparation.base import open_base
from training.preparation.prepare import Prepared, prepare

COUNT = 22
MakeConfig = Callable[..., TrainingConfig]


@pytest.fixture
def config(small_config: MakeConfig) -> TrainingConfig:
    return small_config(empty=True, data_count=COUNT, validation_held_out=4)


@pytest.fixture
def start(config: TrainingConfig, tmp_path: Path) -> Callable[..., WarmProgram]:
    """Start a process that prepares, as one of several."""
    write_config(config, tmp_path / "config.toml")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])

    def run(process: int = 0, processes: int = 1) -> WarmProgram:
        place = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "WORLD_SIZE": str(processes)}
        place |= {"RANK": str(process), "LOCAL_RANK": str(process), "ACCELERATE_USE_CPU": "true"}
        return WarmProgram(
            *(tmp_path / f"said-{process}-{processes}", "tests.training.preparation.preparing"),
            str(tmp_path / "config.toml"),
            environment=place if processes > 1 else None,
        )

    return run


def shards(config: TrainingConfig) -> list[str]:
    return sorted(path.name for path in Path(config.data.cache).glob("*/shard-*.arrow"))


def check_pairs(prepared: Prepared, config: TrainingConfig) -> None:
    """Under shuffling, latents are those of the id, captions are true of it, and embeddings are theirs."""
    base = open_base(chosen_model(config), config, torch.device("cpu"))
    vae, texts = base.load_image_encoder().vae, base.load_text_encoders()
    source, run = open_faces(config.data.faces), RunConfig(batch_size=8, seed=3)
    batches = Batches(
        prepared.examples, prepared.latents, prepared.text, run, NoiseLevels(ObjectiveConfig(), 1.0)
    )
    for step in range(4):
        for process in range(2):
            batch = batches.batch(step, process, processes=2)
            pixels = torch.stack([pixels_of(source.face(each).image, 32) for each in batch.ids])
            torch.testing.assert_close(batch.latents, encode_pixels(vae, pixels), rtol=1e-4, atol=1e-5)
            prompt_embeds, pooled_embeds = encode_captions(texts, batch.captions, 256)
            torch.testing.assert_close(batch.prompt_embeds, prompt_embeds, rtol=1e-4, atol=1e-5)
            torch.testing.assert_close(batch.pooled_embeds, pooled_embeds, rtol=1e-4, atol=1e-5)
            for each, caption in zip(batch.ids, batch.captions, strict=True):
                assert not caption or parse(caption).matches(source.labels(each))


def open_whole(config: TrainingConfig) -> Prepared:
    """What was prepared, with nothing left to make."""
    lines: list[str] = []
    prepared = prepare(config, Accelerator(cpu=True), lines.append)
    assert "All latents and text embeddings are there" in lines
    assert [each.id for each in prepared.examples] == list(range(COUNT))
    assert [each.id for each in prepared.held_out.examples] == list(range(COUNT, COUNT + 4))
    return prepared


def test_two_processes_share_the_work_and_each_latent_meets_its_caption(
    config: TrainingConfig, start: Callable[..., WarmProgram]
) -> None:
    codes, said = zip(*(program.end() for program in [start(each, 2) for each in range(2)]), strict=True)
    assert codes == (0, 0), said
    faces_a_process = (COUNT + 4) // 2
    assert f"latents: {faces_a_process} of {faces_a_process} faces" in said[0]
    assert said[1].count("a shard") == len(shards(config)) / 2
    check_pairs(open_whole(config), config)


def test_a_kill_half_way_loses_one_shard_and_mixes_nothing_up(
    config: TrainingConfig, start: Callable[..., WarmProgram]
) -> None:
    program = start()
    appeared = (line for line in program.lines() if line == "a shard\n")
    assert len(list(islice(appeared, 3))) == 3
    program.process.kill()
    program.end()
    before = shards(config)
    assert len(before) in (3, 4)
    lines: list[str] = []
    prepare(config, Accelerator(cpu=True), lines.append)
    left = COUNT + 4 - 4 * len(before)
    assert any(line.startswith(f"latents: {left} of {left} faces") for line in lines)
    assert set(before) < set(shards(config))
    check_pairs(open_whole(config), config)

"""Which sample a step falls on, what chance gives it, and that everything in a batch belongs together."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
import torch
from accelerate import Accelerator
from diffusers import StableDiffusion3Pipeline

from prompt_engine.realiser import parse
from training.batches import Batch, Batches, sample_positions
from training.config import ObjectiveConfig, RunConfig
from training.config_file import build_config
from training.dataset import open_faces, pixels_of
from training.encoders import encode_captions, encode_pixels
from training.flow_matching import NoiseLevels
from training.preparation.prepare import prepare

COUNT = 12


def silent(_line: str) -> None:
    pass


@pytest.fixture(scope="module")
def pipeline(random_model: object) -> StableDiffusion3Pipeline:
    return StableDiffusion3Pipeline.from_pretrained(random_model, text_encoder_3=None, tokenizer_3=None)


@pytest.fixture(scope="module")
def batches(random_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Batches:
    cache = str(tmp_path_factory.mktemp("cache"))
    config = build_config(
        {
            "model": {"folder": str(random_model)},
            "data": {"count": COUNT, "captions_per_face": 2, "cache": cache},
        }
    )
    prepared = prepare(config, Accelerator(cpu=True), silent)
    run = RunConfig(batch_size=5, seed=3, caption_dropout=0.2)
    return Batches(
        prepared.examples, prepared.latents, prepared.text, run, NoiseLevels(ObjectiveConfig(), 1.0)
    )


def test_every_sample_comes_once_an_epoch_each_time_in_another_order() -> None:
    places = [place for step in range(12) for place in sample_positions(20, 5, seed=0, step=step)]
    epochs = [places[start : start + 20] for start in range(0, 60, 20)]
    assert all(sorted(epoch) == list(range(20)) for epoch in epochs)
    assert len({tuple(epoch) for epoch in epochs}) == 3


def test_batches_that_do_not_divide_the_samples_still_show_all_equally_often() -> None:
    shown = Counter(place for step in range(7) for place in sample_positions(5, 3, seed=0, step=step))
    assert set(shown.values()) <= {4, 5}


def test_a_batch_larger_than_the_data_goes_round() -> None:
    assert Counter(sample_positions(3, 9, seed=0, step=0)) == {0: 3, 1: 3, 2: 3}


def test_each_latent_meets_its_own_caption_under_shuffling(
    batches: Batches, pipeline: StableDiffusion3Pipeline
) -> None:
    source = open_faces("drawn:photographic")
    captions_of = {example.id: {*example.captions, ""} for example in batches.examples}
    for step in range(6):
        batch = batches.batch(step)
        pixels = torch.stack([pixels_of(source.face(each).image, 96) for each in batch.ids])
        torch.testing.assert_close(batch.latents, encode_pixels(pipeline.vae, pixels), rtol=1e-4, atol=1e-5)
        prompt_embeds, pooled_embeds = encode_captions(pipeline, batch.captions, 0)
        torch.testing.assert_close(batch.prompt_embeds, prompt_embeds, rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(batch.pooled_embeds, pooled_embeds, rtol=1e-4, atol=1e-5)
        assert all(text in captions_of[each] for each, text in zip(batch.ids, batch.captions, strict=True))


def test_several_processes_together_see_what_one_sees(batches: Batches) -> None:
    alone = rows_by_id(batches.batch(2))
    shared = {}
    for process in range(5):
        shared |= rows_by_id(batches.batch(2, process, processes=5))
    assert alone.keys() == shared.keys()
    for each, tensors in alone.items():
        assert all(torch.equal(a, b) for a, b in zip(tensors, shared[each], strict=True))


def rows_by_id(batch: Batch) -> dict[int, tuple[torch.Tensor, ...]]:
    tensors = (batch.latents, batch.noise, batch.sigma, batch.prompt_embeds, batch.pooled_embeds)
    return {each: tuple(tensor[row] for tensor in tensors) for row, each in enumerate(batch.ids)}


def test_chance_repeats_for_the_same_step_and_differs_for_another(batches: Batches) -> None:
    first, again = rows_by_id(batches.batch(0)), rows_by_id(batches.batch(0))
    assert all(torch.equal(first[each][1], again[each][1]) for each in first)
    other_epoch = {
        each: rows for step in range(3, 6) for each, rows in rows_by_id(batches.batch(step)).items()
    }
    assert all(not torch.equal(first[each][1], other_epoch[each][1]) for each in first.keys() & other_epoch)


def test_captions_are_dropped_about_as_often_as_asked(batches: Batches) -> None:
    captions = [text for step in range(200) for text in batches.batch(step).captions]
    assert 0.15 < captions.count("") / len(captions) < 0.25


def test_captions_say_what_is_true_of_the_face(batches: Batches) -> None:
    source = open_faces("drawn:photographic")
    for example in batches.examples:
        assert all(parse(caption).matches(source.labels(example.id)) for caption in example.captions)

"""The small Stable Diffusion 3.5 is a whole one: every text encoder is read, and pictures are made."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from diffusers import StableDiffusion3Pipeline

from generation.loading.pipelines import load_pipeline
from generation.models import MODELS
from generation.render import Sampling, render_batch
from tests.small_models import build_small_sd35

PROMPT = "a woman with black hair"


@pytest.fixture(scope="module", params=["medium", "large"])
def pipeline(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> StableDiffusion3Pipeline:
    folder = tmp_path_factory.mktemp(request.param)
    build_small_sd35(folder, dual_attention=request.param == "medium")
    return load_pipeline(replace(MODELS[request.param], repo=str(folder), bundled=True), "cpu")


def test_nothing_is_left_out(pipeline: StableDiffusion3Pipeline) -> None:
    absent = [name for name, part in pipeline.components.items() if part is None]
    assert absent == ["image_encoder", "feature_extractor"]


def test_every_text_encoder_counts(pipeline: StableDiffusion3Pipeline) -> None:
    embeds, _, pooled, _ = pipeline.encode_prompt(
        [PROMPT, "a man"], None, None, do_classifier_free_guidance=False, max_sequence_length=256
    )
    assert embeds.shape == (2, 77 + 256, pipeline.transformer.config.joint_attention_dim)
    assert pooled.shape == (2, pipeline.transformer.config.pooled_projection_dim)
    first, second = (embeds[0] - embeds[1]).abs().sum(-1).split([77, 256])
    assert first.any() and second.any()
    assert not (pooled[0] == pooled[1]).any()


def test_the_t5_reads_words_whole_and_others_in_letters(pipeline: StableDiffusion3Pipeline) -> None:
    assert pipeline.tokenizer_3.tokenize("woman, a yak") == ["▁woman", ",", "▁", "a", "▁", "y", "a", "k"]
    assert pipeline.tokenizer_3("woman").input_ids[-1] == pipeline.tokenizer_3.eos_token_id


def test_it_makes_a_picture_of_512_px(pipeline: StableDiffusion3Pipeline) -> None:
    sampling = Sampling(steps=2, guidance=4.5, size_px=512, max_sequence_length=256)
    image = render_batch(pipeline, [PROMPT], [7], sampling, "vanilla")[0]
    assert image.size == (512, 512)
    assert len(image.getcolors(512 * 512) or ()) > 100


def test_equal_seeds_are_equal_weights(tmp_path: Path) -> None:
    first, again, other = (
        StableDiffusion3Pipeline.from_pretrained(
            build_small_sd35(tmp_path / name, seed)
        ).transformer.state_dict()
        for name, seed in (("first", 0), ("again", 0), ("other", 1))
    )
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not all(torch.equal(first[name], other[name]) for name in first)

"""Each prompt is encoded once, and pictures can be made from a file without any text encoder."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from diffusers import StableDiffusion3Pipeline
from safetensors.torch import load_file, save_file

from generation.chatter import silence_libraries
from generation.compare import compare
from generation.errors import InvalidRecipe, ModelUnavailable
from generation.events import ARMS, Comparison, Finished
from generation.loading.pipelines import DENOISING_PARTS, IMAGE_PARTS, load_pipeline
from generation.models import ModelSpec, model_spec
from generation.prompts.embeddings import KeptEmbeddings, PreparedEmbeddings, write_embeddings
from generation.recipe import Recipe
from generation.render import render_batch
from generation.rendering.scene import Encode, Sampling, encode_prompts
from tests.small_models import build_small_sd35

PROMPTS = ("a woman with black hair", "a man with a beard")


@pytest.fixture(scope="module")
def sd35(tmp_path_factory: pytest.TempPathFactory) -> ModelSpec:
    """A small SD 3.5 with all three text encoders."""
    folder = build_small_sd35(tmp_path_factory.mktemp("sd35"), blocks=2)
    return replace(model_spec("medium"), repo=str(folder), bundled=True, max_sequence_length=16)


@pytest.fixture(scope="module")
def sd35_pipeline(sd35: ModelSpec) -> StableDiffusion3Pipeline:
    """That model, whole."""
    return load_pipeline(sd35, "cpu")


@pytest.fixture(scope="module")
def prepared(
    sd35: ModelSpec, sd35_pipeline: StableDiffusion3Pipeline, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The embeddings of two prompts in a file."""
    path = tmp_path_factory.mktemp("prepared") / "embeddings" / "prompts.safetensors"
    write_embeddings(path, sd35_pipeline, sd35, [*PROMPTS, PROMPTS[0]])
    return path


def finish(recipe: Recipe, pipeline: StableDiffusion3Pipeline, encode: Encode = encode_prompts) -> Comparison:
    *_, last = compare(recipe, pipeline, encode=encode)
    assert isinstance(last, Finished)
    return last.comparison


class Counted:
    """The pipeline's own encoding, and what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(
        self, pipeline: StableDiffusion3Pipeline, prompts: Sequence[str], sampling: Sampling
    ) -> tuple[torch.Tensor, torch.Tensor]:
        self.asked += prompts
        return encode_prompts(pipeline, prompts, sampling)


def test_a_prompt_is_encoded_once_and_pictures_stay_the_same(
    recipe: Recipe, pipeline: StableDiffusion3Pipeline, bare_pipeline: StableDiffusion3Pipeline
) -> None:
    counted = Counted()
    kept = KeptEmbeddings(encode=counted)
    expected = finish(recipe, pipeline)
    for _ in range(2):
        made = finish(recipe, pipeline, kept.encode)
        assert [made.image(arm).tobytes() for arm in ARMS] == [expected.image(arm).tobytes() for arm in ARMS]
    finish(replace(recipe, guidance=0.0), pipeline, kept.encode)
    assert counted.asked == ["", recipe.prompt]
    finish(replace(recipe, adapter=None), bare_pipeline, kept.encode)  # other encoders
    assert counted.asked == ["", recipe.prompt] * 2


def test_what_is_kept_is_bounded_and_the_longest_unused_goes(
    recipe: Recipe, pipeline: StableDiffusion3Pipeline
) -> None:
    counted, sampling = Counted(), Sampling.of(recipe)
    one = KeptEmbeddings(encode=encode_prompts)
    one.encode(pipeline, ["a"], replace(sampling, guidance=0.0))
    kept = KeptEmbeddings(3 * one.held_bytes, counted)
    for text in ("a", "b", "a", "c", "a", "b"):  # with the empty prompt, three find room
        kept.encode(pipeline, [text], sampling)
        assert kept.held_bytes <= 3 * one.held_bytes
    assert counted.asked == ["", "a", "b", "c", "b"]


def test_a_file_gives_the_same_pictures_without_any_text_encoder(
    sd35: ModelSpec, sd35_pipeline: StableDiffusion3Pipeline, prepared: Path
) -> None:
    file = PreparedEmbeddings(prepared, sd35)
    assert file.prompts == ("", *PROMPTS)
    without = load_pipeline(sd35, "cpu", parts=(*IMAGE_PARTS, *DENOISING_PARTS))
    assert without.text_encoder is without.text_encoder_3 is without.tokenizer is None
    for guidance in (0.0, 4.5):
        sampling = Sampling(2, guidance, 64, sd35.max_sequence_length)
        expected = encode_prompts(sd35_pipeline, [PROMPTS[1]], sampling)
        for mine, theirs in zip(file.encode(without, [PROMPTS[1]], sampling), expected, strict=True):
            assert torch.equal(mine, theirs)
    (made,) = render_batch(without, [PROMPTS[0]], [7], sampling, "vanilla", encode=file.encode)
    (whole,) = render_batch(sd35_pipeline, [PROMPTS[0]], [7], sampling, "vanilla")
    assert made.tobytes() == whole.tobytes()
    with pytest.raises(InvalidRecipe, match="2 in all, and 'a child' is none.* of 'a woman with black hair'"):
        file.encode(without, ["a child"], sampling)


def test_a_model_with_the_same_encoders_may_use_it_and_others_may_not(
    sd35: ModelSpec, prepared: Path, tmp_path: Path
) -> None:
    folder = build_small_sd35(tmp_path / "same", blocks=2)
    same = replace(sd35, repo=str(folder))
    settings = folder / "transformer" / "config.json"
    settings.write_text(json.dumps(json.loads(settings.read_text()) | {"another": 1}))
    PreparedEmbeddings(prepared, same)  # another transformer: the revision is another, the encoders are not
    other = replace(sd35, repo=str(build_small_sd35(tmp_path / "other", seed=1, blocks=2)))
    with pytest.raises(ModelUnavailable, match="other text encoders than those of SD 3.5 Medium"):
        PreparedEmbeddings(prepared, other)
    with pytest.raises(ModelUnavailable, match="other text encoders"):
        PreparedEmbeddings(prepared, replace(sd35, max_sequence_length=32))


def test_a_file_of_something_else_is_refused(sd35: ModelSpec, prepared: Path, tmp_path: Path) -> None:
    broken, plain = tmp_path / "broken.safetensors", tmp_path / "plain.safetensors"
    broken.write_bytes(prepared.read_bytes()[:1000])
    save_file(load_file(prepared), plain)
    for path in (broken, plain, tmp_path / "absent.safetensors"):
        with pytest.raises(ModelUnavailable, match=f"{path.name} holds no prompt embeddings"):
            PreparedEmbeddings(path, sd35)


def test_nothing_of_a_prompt_that_is_cut_stands_in_the_log(
    pipeline: StableDiffusion3Pipeline,
    recipe: Recipe,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(logging.getLogger("diffusers"), "handlers", [caplog.handler])
    silence_libraries()
    KeptEmbeddings().encode(pipeline, ["somebody’s own words " * 40], Sampling.of(recipe))
    assert "own words" not in caplog.text

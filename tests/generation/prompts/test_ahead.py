"""With prompts encoded ahead a model makes the same pictures, and none of its text encoders is loaded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest
import torch

from generation.errors import InvalidRecipe, ModelUnavailable
from generation.events import Comparison, Finished
from generation.loading.machine import Machine, offer
from generation.loading.pipelines import TEXT_PARTS, load_pipeline
from generation.loading.placement import FreeMemory
from generation.loading.weight_files import TEXT_ENCODERS, count_weights
from generation.models import MODELS, ModelSpec
from generation.prompts.embeddings import PreparedEmbeddings, write_embeddings
from generation.recipe import Recipe
from generation.results import ResultStore
from generation.workshop.settings import WorkshopSettings
from generation.workshop.workshop import Workshop
from tests.small_models import build_small_sd35

PROMPT = "a woman with black hair"


@pytest.fixture(scope="module")
def turbo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModelSpec]:
    """A small SD 3.5 with all three text encoders, which needs no GPU."""
    folder = build_small_sd35(tmp_path_factory.mktemp("sd35"), dual_attention=False, blocks=1)
    smaller = {"size_px": 64, "sizes_px": (64,), "max_sequence_length": 16}
    spec = replace(MODELS["turbo"], repo=str(folder), bundled=True, needs_gpu=False, **smaller)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("generation.models.MODELS", MappingProxyType({**MODELS, "turbo": spec}))
        yield spec


@pytest.fixture(scope="module")
def file(turbo: ModelSpec, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ahead") / "prompts.safetensors"
    write_embeddings(path, load_pipeline(turbo, "cpu", parts=TEXT_PARTS), turbo, [PROMPT])
    return path


@pytest.fixture
def recipe(turbo: ModelSpec) -> Recipe:
    return Recipe(PROMPT, seed=7, model=turbo.key, adapter=None, steps=2)


def finish(workshop: Workshop, recipe: Recipe) -> Comparison:
    *_, last = workshop.compare(recipe)
    assert isinstance(last, Finished)
    return last.comparison


@pytest.mark.parametrize("guidance", [0.0, 3.0])
def test_pictures_are_the_same_and_no_text_encoder_is_loaded(
    recipe: Recipe, file: Path, tmp_path: Path, guidance: float
) -> None:
    recipe, results = replace(recipe, guidance=guidance), ResultStore(tmp_path / "results")
    workshop = Workshop("cpu", settings=WorkshopSettings({"turbo": file}))
    workshop.load(recipe)
    made = finish(workshop, recipe)
    pipeline = workshop._maker._models._models["turbo"].pipeline
    assert [getattr(pipeline, part) for part in TEXT_PARTS] == [None] * len(TEXT_PARTS)
    whole = finish(Workshop("cpu", results), recipe)
    assert made.image("vanilla").tobytes() == whole.image("vanilla").tobytes()
    # Numbers are the same, so what was made with text encoders is found, of other prompts too.
    assert made.rendering == whole.rendering
    other = replace(recipe, prompt="a man with a beard")
    finish(Workshop("cpu", results), other)
    stored = Workshop("cpu", results, settings=WorkshopSettings({"turbo": file}))
    assert finish(stored, other).image("vanilla").size == (64, 64)


def test_a_prompt_that_was_not_encoded_is_refused_before_anything_is_loaded(
    recipe: Recipe, file: Path
) -> None:
    workshop, other = Workshop("cpu", settings=WorkshopSettings({"turbo": file})), "a man with a beard"
    sentence = f"encoded ahead can be made here, 1 in all, and '{other}' is none of them: choose attributes"
    with pytest.raises(InvalidRecipe, match=sentence):
        finish(workshop, replace(recipe, prompt=other))
    with pytest.raises(InvalidRecipe, match=sentence):
        workshop.check_prompt(replace(recipe, prompt=other))
    assert workshop._maker._models.loaded == ()
    workshop.check_prompt(recipe)
    workshop.check_prompt(Recipe(other, seed=7))  # which has its text encoders


def test_a_file_of_another_model_is_told_at_the_start(turbo: ModelSpec, file: Path) -> None:
    workshop = Workshop("cpu", settings=WorkshopSettings({"demo": file}))
    with pytest.raises(ModelUnavailable, match="other text encoders than those of Demo model"):
        workshop.load(Recipe("a woman", seed=1))


def test_other_numbers_are_named_in_the_rendering(turbo: ModelSpec, file: Path) -> None:
    prepared = PreparedEmbeddings(file, turbo)
    assert prepared.other_numbers(torch.device("cpu"), torch.float32) is None
    named = "prompts encoded on cpu in torch.float32"
    assert prepared.other_numbers(torch.device("cuda"), torch.bfloat16) == named
    workshop = Workshop("cpu", settings=WorkshopSettings({"turbo": file}))
    assert workshop._maker.encoders(turbo, torch.device("cpu"), torch.bfloat16) == named


def test_less_memory_is_needed_and_the_placement_says_why(turbo: ModelSpec, file: Path) -> None:
    weights = count_weights(Path(turbo.repo))
    encoders = 4 * sum(weights[part] for part in TEXT_ENCODERS)
    whole, without = (
        offer(turbo, Machine(None, FreeMemory(None, 10**11), False, True, ahead)).placement
        for ahead in ((), ("turbo",))
    )
    assert whole and without and whole.host_bytes - without.host_bytes == encoders > 0
    assert without.text == "all on the processor, for prompts that were encoded ahead"
    workshop = Workshop("cpu", settings=WorkshopSettings({"turbo": file}))
    assert workshop._maker.placement_of(turbo) == without
    assert offer(turbo, workshop._maker.machine()).placement == without

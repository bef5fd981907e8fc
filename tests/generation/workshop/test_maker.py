"""Nothing of a comparison is left for the next one: not when it is stopped, fails, or others are between."""

from __future__ import annotations

import gc
import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
import torch
from peft import LoraConfig
from peft.utils import get_peft_model_state_dict
from PIL import Image

from generation.errors import AdapterRejected, OutOfMemory
from generation.events import ARMS, Comparison, Finished, Progress
from generation.loading.pipelines import load_pipeline
from generation.loading.placement import FreeMemory
from generation.models import MODELS, ModelSpec
from generation.recipe import Recipe
from generation.results import ResultStore
from generation.workshop.settings import WorkshopSettings
from generation.workshop.workshop import Workshop
from tests.small_models import build_small_sd35

ADAPTERS = 3
CALLS = 1000
PLENTY = FreeMemory(gpu=10**12, host=10**12)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModelSpec]:
    """SD 3.5 Turbo with random weights, at the smallest size that its layers take."""
    folder = build_small_sd35(tmp_path_factory.mktemp("tiny"), dual_attention=False, blocks=1, width=24)
    changes: dict[str, Any] = {
        "bundled": True,
        "needs_gpu": False,
        "size_px": 16,
        "sizes_px": (16,),
        "max_sequence_length": 8,
    }
    spec = replace(MODELS["turbo"], repo=str(folder), **changes)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("generation.models.MODELS", MappingProxyType({**MODELS, "turbo": spec}))
        yield spec


@pytest.fixture(scope="module")
def adapters(tiny: ModelSpec, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("adapters")
    return [str(write_adapter(tiny, folder / f"number-{seed}", seed)) for seed in range(ADAPTERS)]


def write_adapter(spec: ModelSpec, folder: Path, seed: int, dora: bool = False) -> Path:
    pipeline = load_pipeline(spec, "cpu")
    torch.manual_seed(seed)
    layers = ["to_q", "to_v", "to_out.0"]
    config = LoraConfig(r=2, lora_alpha=8, target_modules=layers, init_lora_weights=False, use_dora=dora)
    pipeline.transformer.add_adapter(config, "made")
    pipeline.save_lora_weights(
        folder,
        transformer_lora_layers=get_peft_model_state_dict(pipeline.transformer, adapter_name="made"),
        transformer_lora_adapter_metadata=pipeline.transformer.peft_config["made"].to_dict(),
    )
    return folder


@pytest.fixture
def recipe(tiny: ModelSpec, adapters: list[str]) -> Recipe:
    return Recipe("a woman with black hair", seed=7, model="turbo", adapter=adapters[0], steps=2)


def finish(workshop: Workshop, recipe: Recipe) -> Comparison:
    *_, last = workshop.compare(recipe)
    assert isinstance(last, Finished)
    return last.comparison


def pictures(comparison: Comparison) -> tuple[bytes, ...]:
    return tuple(comparison.image(arm).tobytes() for arm in comparison.arms)


def test_a_thousand_calls_of_three_adapters_through_reused_workshops_never_mix(
    recipe: Recipe, adapters: list[str]
) -> None:
    recipes = [
        replace(recipe, adapter=adapter, adapter_scale=scale, seed=seed, guidance=guidance)
        for adapter in adapters
        for scale, seed, guidance in ((1.0, 1, 0.0), (0.5, 1, 0.0), (2.0, 2, 3.0))
    ]
    recipes += [replace(recipe, adapter=None, seed=1)]
    # Each from a workshop that has seen nothing else.
    expected = [pictures(finish(Workshop("cpu"), each)) for each in recipes]
    assert len({each[-1] for each in expected}) == len(recipes)
    workers = [Workshop("cpu"), Workshop("cpu")]

    def call(number: int) -> bool:
        chance = random.Random(number)
        which, worker = chance.randrange(len(recipes)), workers[number % 2]
        if chance.random() < 0.1:  # a visitor who leaves
            left = worker.compare(recipes[which])
            next(left)
            left.close()
            return True
        return pictures(finish(worker, recipes[which])) == expected[which]

    with ThreadPoolExecutor(4) as visitors:
        assert list(visitors.map(call, range(CALLS))) == [True] * CALLS


def fail_at(workshop: Workshop, call: int, fail: Callable[[], object], times: int) -> list[int]:
    """Have the transformer of the loaded model, whichever it is then, run out of memory; gives the calls."""
    calls: list[int] = []

    def hook(module: torch.nn.Module, *_: object) -> None:
        if type(module).__name__ == "SD3Transformer2DModel":
            calls.append(len(calls) + 1)
            if call <= calls[-1] < call + times:
                fail()

    calls_hook = torch.nn.modules.module.register_module_forward_pre_hook(hook)
    workshop.__dict__["_until_gone"] = calls_hook
    return calls


@pytest.fixture
def hooks() -> Iterator[None]:
    yield
    torch.nn.modules.module._global_forward_pre_hooks.clear()


def allocate_too_much() -> None:
    torch.empty(1 << 50)


def as_a_gpu_does() -> None:
    raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total of …")


@pytest.mark.usefixtures("hooks")
@pytest.mark.parametrize("fail", [allocate_too_much, as_a_gpu_does])
def test_memory_that_ran_out_is_tried_again_once_with_offload(
    recipe: Recipe, fail: Callable[[], object]
) -> None:
    expected = pictures(finish(Workshop("cpu"), recipe))
    workshop = Workshop("cpu", free=lambda: PLENTY)
    assert workshop._maker.placement_of(recipe.spec).text == "all on the GPU"
    calls = fail_at(workshop, 2, fail, times=1)
    assert pictures(finish(workshop, recipe)) == expected
    # The look at the adapter is a pass of its own, and made anew with the model.
    assert len(calls) > 3
    placement = workshop._maker.placement_of(recipe.spec)
    assert placement.offloaded and placement.other_numbers is None
    assert pictures(finish(workshop, recipe)) == expected


@pytest.mark.usefixtures("hooks")
def test_memory_that_runs_out_again_is_said_and_the_next_comparison_works(recipe: Recipe) -> None:
    workshop = Workshop("cpu", free=lambda: PLENTY)
    expected = pictures(finish(workshop, recipe))
    fail_at(workshop, 1, allocate_too_much, times=100)
    with pytest.raises(
        OutOfMemory, match=r"even with each part on the GPU only while.*tried to allocate.*smaller"
    ):
        finish(workshop, recipe)
    torch.nn.modules.module._global_forward_pre_hooks.clear()
    assert pictures(finish(workshop, recipe)) == expected


@pytest.mark.usefixtures("hooks")
def test_on_a_lent_gpu_memory_that_ran_out_is_said_at_once_and_nothing_is_dropped(recipe: Recipe) -> None:
    workshop = Workshop("cpu", settings=WorkshopSettings(lent=PLENTY))
    assert workshop.load(recipe) is None  # no step can be timed before there is a GPU
    loaded = workshop._maker._models._models["turbo"].pipeline
    expected = pictures(finish(workshop, recipe))
    calls = fail_at(workshop, 1, as_a_gpu_does, times=1)
    with pytest.raises(
        OutOfMemory, match=r"ran out for SD 3\.5 Large Turbo at 16 px \(CUDA.*smaller size or"
    ):
        finish(workshop, recipe)
    assert len(calls) == 1
    assert pictures(finish(workshop, recipe)) == expected
    assert workshop._maker._models._models["turbo"].pipeline is loaded


@pytest.mark.usefixtures("hooks")
def test_memory_that_runs_out_while_an_adapter_is_tried_is_not_called_its_fault(
    recipe: Recipe, adapters: list[str]
) -> None:
    workshop = Workshop("cpu", settings=WorkshopSettings(lent=PLENTY))
    finish(workshop, recipe)
    fail_at(workshop, 1, as_a_gpu_does, times=1)
    with pytest.raises(OutOfMemory):
        finish(workshop, replace(recipe, adapter=adapters[1]))


@pytest.mark.usefixtures("hooks")
def test_other_failures_are_not_tried_again(recipe: Recipe) -> None:
    workshop = Workshop("cpu")
    finish(workshop, recipe)

    def fail() -> None:
        raise RuntimeError("shapes do not fit")

    calls = fail_at(workshop, 1, fail, times=100)
    with pytest.raises(RuntimeError, match="shapes do not fit"):
        finish(workshop, recipe)
    assert len(calls) == 1


def held_bytes() -> int:
    """What all tensors of this process take that are not views of others."""
    gc.collect()
    storages = {
        each.untyped_storage().data_ptr(): each.untyped_storage().nbytes()
        for each in gc.get_objects()
        if isinstance(each, torch.Tensor)
    }
    return sum(storages.values())


@pytest.mark.usefixtures("hooks")
def test_leaving_stops_within_one_step_and_frees_what_it_took(recipe: Recipe) -> None:
    workshop = Workshop("cpu")
    recipe = replace(recipe, steps=10)
    finish(workshop, recipe)
    before = held_bytes()
    calls = fail_at(workshop, 0, lambda: None, times=0)
    begun = workshop.compare(replace(recipe, seed=8))
    assert isinstance(next(event for event in begun if isinstance(event, Progress)), Progress)
    done = len(calls)
    assert held_bytes() > before
    begun.close()
    assert len(calls) == done
    assert held_bytes() == before


@pytest.mark.parametrize("dora", [False, True])
def test_what_was_made_is_found_again_however_it_was_laid_out(
    recipe: Recipe, tiny: ModelSpec, tmp_path: Path, dora: bool
) -> None:
    results = ResultStore(tmp_path / "results")
    recipe = replace(recipe, adapter=str(write_adapter(tiny, tmp_path / "one", 5, dora)))
    made = finish(Workshop("cpu", results), recipe)
    assert ("two passes" in made.rendering) == dora
    again = Workshop("cpu", results)
    assert [type(event) for event in again.compare(recipe)] == [Finished]
    found = again.stored(recipe)
    assert found and found.recipe == made.recipe
    assert tuple(Image.open(found.files[arm]).tobytes() for arm in made.arms) == pictures(made)
    assert again.stored(recipe, arms=("vanilla",)) is None


def test_vanilla_alone_needs_no_adapter_and_is_the_same_as_beside_one(recipe: Recipe) -> None:
    workshop = Workshop("cpu")
    alone = finish(workshop, replace(recipe, adapter=None))
    assert alone.arms == ("vanilla",) and alone.recipe.adapter_revision is None
    *_, fine_tuned = workshop.compare(recipe, arms=("fine_tuned",))
    assert isinstance(fine_tuned, Finished) and fine_tuned.comparison.arms == ("fine_tuned",)
    both = finish(workshop, recipe)
    assert both.arms == ARMS
    with pytest.raises(AdapterRejected, match="made for another model"):
        finish(workshop, replace(recipe, adapter="demo"))

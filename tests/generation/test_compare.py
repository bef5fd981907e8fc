"""The comparison is fair, repeatable, leaves no trace, and is the pipeline's own picture."""

from __future__ import annotations

import gc
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import StableDiffusion3Pipeline
from PIL import Image

from generation.adapters.attached import ADAPTER_NAME, adapter_scale, attach_adapter
from generation.compare import compare
from generation.errors import AdapterRejected
from generation.events import ARMS, Comparison, Finished, Progress
from generation.loading.pipelines import load_pipeline
from generation.models import ModelSpec
from generation.recipe import Recipe
from generation.render import render_batch
from generation.rendering.scene import Sampling, encode_scene


def finish(recipe: Recipe, pipeline: StableDiffusion3Pipeline) -> Comparison:
    *_, last = compare(recipe, pipeline)
    assert isinstance(last, Finished)
    return last.comparison


def same(one: Image.Image, other: Image.Image) -> bool:
    return one.tobytes() == other.tobytes()


def alike(one: Image.Image, other: Image.Image) -> bool:
    """The same but for rounding: in a batch, and by other kernels, sums run in another order."""
    return int(np.abs(np.asarray(one, int) - np.asarray(other, int)).max()) <= 1


def called(pipeline: StableDiffusion3Pipeline, recipe: Recipe) -> Image.Image:
    """The picture that diffusers itself makes."""
    sampling = Sampling.of(recipe)
    return pipeline(
        recipe.prompt,
        num_inference_steps=recipe.steps,
        guidance_scale=recipe.guidance,
        height=recipe.size_px,
        width=recipe.size_px,
        latents=encode_scene(pipeline, [recipe.prompt], [recipe.seed], sampling).noise,
        max_sequence_length=sampling.max_sequence_length,
    ).images[0]


def state(pipeline: StableDiffusion3Pipeline) -> list[Any]:
    """Everything that a comparison touches and must put back."""
    modules = list(pipeline.transformer.modules())
    layers = [module for module in modules if hasattr(module, "lora_A")]
    hooks = [(sorted(vars(module)), len(module._forward_hooks)) for module in modules]
    switches = [(layer.disable_adapters, layer.active_adapters, dict(layer.scaling)) for layer in layers]
    trains = [parameter.requires_grad for parameter in pipeline.transformer.parameters()]
    return [switches, hooks, trains, pipeline.transformer.training, torch.is_grad_enabled()]


@pytest.mark.parametrize("guidance", [0.0, 1.0, 4.0])
def test_vanilla_is_what_diffusers_makes_without_any_adapter(
    recipe: Recipe,
    pipeline: StableDiffusion3Pipeline,
    bare_pipeline: StableDiffusion3Pipeline,
    guidance: float,
) -> None:
    recipe = replace(recipe, guidance=guidance)
    assert alike(finish(recipe, pipeline).image("vanilla"), called(bare_pipeline, recipe))


@pytest.mark.parametrize("scale", [0.5, 1.0])
def test_fine_tuned_is_what_diffusers_makes_with_the_adapter(
    recipe: Recipe, bare_pipeline: StableDiffusion3Pipeline, spec: ModelSpec, adapter_path: Path, scale: float
) -> None:
    theirs = load_pipeline(spec, "cpu")
    theirs.load_lora_weights(
        str(adapter_path.parent), weight_name=adapter_path.name, adapter_name=ADAPTER_NAME
    )
    theirs.set_adapters([ADAPTER_NAME], [scale])
    recipe = replace(recipe, adapter_scale=scale)
    made = finish(recipe, theirs)
    assert alike(made.image("fine_tuned"), called(theirs, recipe))
    assert not alike(made.image("fine_tuned"), made.image("vanilla"))


def test_dynamic_shifting_is_the_pipelines_own(recipe: Recipe, spec: ModelSpec, adapter_path: Path) -> None:
    pipeline = load_pipeline(spec, "cpu")
    pipeline.scheduler = type(pipeline.scheduler).from_config(
        pipeline.scheduler.config, use_dynamic_shifting=True
    )
    expected = called(pipeline, recipe)
    attach_adapter(pipeline, adapter_path)
    assert alike(finish(recipe, pipeline).image("vanilla"), expected)


def test_scale_0_equals_vanilla(recipe: Recipe, pipeline: StableDiffusion3Pipeline) -> None:
    made = finish(replace(recipe, adapter_scale=0.0), pipeline)
    assert same(made.image("vanilla"), made.image("fine_tuned"))


def test_the_scale_and_the_seed_matter_and_repeating_does_not(
    recipe: Recipe, pipeline: StableDiffusion3Pipeline
) -> None:
    first, half = finish(recipe, pipeline), finish(replace(recipe, adapter_scale=0.5), pipeline)
    other, again = finish(replace(recipe, seed=8), pipeline), finish(recipe, pipeline)
    assert same(first.image("vanilla"), again.image("vanilla")) and same(
        first.image("fine_tuned"), again.image("fine_tuned")
    )
    assert same(first.image("vanilla"), half.image("vanilla")) and not same(
        first.image("fine_tuned"), half.image("fine_tuned")
    )
    assert not same(first.image("vanilla"), other.image("vanilla"))


def test_the_adapters_alpha_is_respected(
    recipe: Recipe, pipeline: StableDiffusion3Pipeline, spec: ModelSpec, make_adapter: Any, tmp_path: Path
) -> None:
    plain = load_pipeline(spec, "cpu")
    attach_adapter(plain, make_adapter(tmp_path, alpha=4))  # the same weights with half the alpha
    assert same(
        finish(replace(recipe, adapter_scale=2.0), plain).image("fine_tuned"),
        finish(recipe, pipeline).image("fine_tuned"),
    )


def test_progress_is_told_step_by_step_while_it_happens(
    recipe: Recipe, pipeline: StableDiffusion3Pipeline
) -> None:
    calls: list[int] = []
    hook = pipeline.transformer.register_forward_hook(lambda *_: calls.append(1))
    try:
        seen = [(event, len(calls)) for event in compare(recipe, pipeline)]
    finally:
        hook.remove()
    progress = [(event, count) for event, count in seen if isinstance(event, Progress)]
    expected = [(arm, step, 4, step) for step in range(1, 5) for arm in ARMS]
    assert [(event.arm, event.step, event.steps, count) for event, count in progress] == expected
    assert all(event.seconds_left >= 0 for event, _ in progress) and progress[-1][0].seconds_left == 0


@pytest.mark.parametrize("steps_taken", [0, 1, 4])
def test_closing_stops_at_once_and_puts_everything_back(
    recipe: Recipe, pipeline: StableDiffusion3Pipeline, steps_taken: int
) -> None:
    before, calls = state(pipeline), []
    hook = pipeline.transformer.register_forward_hook(lambda *_: calls.append(1))
    events = compare(recipe, pipeline)
    while len(calls) < steps_taken:
        next(events)
    events.close()
    hook.remove()
    assert len(calls) == steps_taken
    assert state(pipeline) == before


def test_an_abandoned_comparison_leaves_no_trace(recipe: Recipe, pipeline: StableDiffusion3Pipeline) -> None:
    before = state(pipeline)
    events = compare(recipe, pipeline)
    next(events)
    del events
    gc.collect()
    assert state(pipeline) == before


def test_a_failure_midway_leaves_no_trace(recipe: Recipe, pipeline: StableDiffusion3Pipeline) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("out of memory")

    before, events = state(pipeline), compare(recipe, pipeline)
    next(events)
    hook = pipeline.transformer.register_forward_hook(fail)
    with pytest.raises(RuntimeError, match="out of memory"):
        list(events)
    hook.remove()
    assert state(pipeline) == before


def test_a_model_in_training_goes_on_training(
    recipe: Recipe, spec: ModelSpec, adapter_path: Path, pipeline: StableDiffusion3Pipeline
) -> None:
    training = load_pipeline(spec, "cpu")
    attach_adapter(training, adapter_path)
    training.transformer.train()
    for name, parameter in training.transformer.named_parameters():
        parameter.requires_grad_("lora_" in name)
        parameter.grad = torch.ones_like(parameter) if "lora_A" in name else None
    before = state(training)
    made = finish(recipe, training)
    assert state(training) == before
    assert all(
        (parameter.grad is not None) == ("lora_A" in name)
        for name, parameter in training.transformer.named_parameters()
    )
    assert same(made.image("fine_tuned"), finish(recipe, pipeline).image("fine_tuned"))


def test_an_earlier_state_of_the_adapter_changes_nothing(
    recipe: Recipe, pipeline: StableDiffusion3Pipeline
) -> None:
    expected = finish(recipe, pipeline)
    with adapter_scale(pipeline, 0.3):
        made = finish(recipe, pipeline)
    with adapter_scale(pipeline, None):
        also = finish(recipe, pipeline)
    for each in (made, also):
        assert same(each.image("vanilla"), expected.image("vanilla")) and same(
            each.image("fine_tuned"), expected.image("fine_tuned")
        )


def test_a_batch_shows_the_same_pictures(recipe: Recipe, pipeline: StableDiffusion3Pipeline) -> None:
    expected = finish(recipe, pipeline)
    sampling = Sampling.of(recipe)
    for arm in ("vanilla", "fine_tuned"):
        alone = render_batch(pipeline, [recipe.prompt], [7], sampling, arm)
        assert alike(alone[0], expected.image(arm))
        batch = render_batch(pipeline, ["a bald man", recipe.prompt], [8, 7], sampling, arm)
        assert alike(batch[1], expected.image(arm))
        assert not same(batch[0], batch[1])


def test_without_an_adapter_there_is_nothing_to_compare(
    recipe: Recipe, bare_pipeline: StableDiffusion3Pipeline
) -> None:
    with pytest.raises(AdapterRejected, match="attach one"):
        next(compare(recipe, bare_pipeline))


def test_one_arm_can_be_made_alone(recipe: Recipe, pipeline: StableDiffusion3Pipeline) -> None:
    both = finish(recipe, pipeline)
    for arm in ARMS:
        *_, last = compare(recipe, pipeline, arms=[arm])
        assert isinstance(last, Finished) and last.comparison.arms == (arm,)
        assert alike(last.comparison.image(arm), both.image(arm))


def test_a_recipe_without_an_adapter_is_vanilla_alone(
    recipe: Recipe, pipeline: StableDiffusion3Pipeline, bare_pipeline: StableDiffusion3Pipeline
) -> None:
    alone = finish(replace(recipe, adapter=None), bare_pipeline)
    assert alone.arms == ("vanilla",)
    assert alike(alone.image("vanilla"), finish(recipe, pipeline).image("vanilla"))

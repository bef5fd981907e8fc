"""One batch holds portraits with different adapters, and each is what it would be alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from diffusers import StableDiffusion3Pipeline
from peft import LoraConfig

from generation.adapters.attached import ADAPTER_NAME, attach_adapter
from generation.adapters.rows import Row, adapter_rows, obstacle
from generation.compare import compare
from generation.events import ARMS, Finished, Progress
from generation.loading.pipelines import load_pipeline
from generation.models import ModelSpec
from generation.recipe import Recipe
from generation.render import decode_pixels
from generation.rendering.acceleration import any_compiled, quick_products
from generation.rendering.denoising import denoise
from generation.rendering.scene import Sampling, encode_scene

EXACT = 1e-5  # of images from 0 to 1, in float32
VANILLA = Row()


@pytest.fixture(scope="module")
def rack(
    spec: ModelSpec, make_adapter: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory
) -> StableDiffusion3Pipeline:
    """A pipeline with two adapters, of other ranks and layers."""
    pipeline = load_pipeline(spec, "cpu")
    for name, rank in (("a", 4), ("b", 8)):
        folder = tmp_path_factory.mktemp(name)
        attach_adapter(pipeline, make_adapter(folder, seed=rank, rank=rank), name)
    return pipeline


def images(pipeline: StableDiffusion3Pipeline, recipe: Recipe, rows: Sequence[Row]) -> torch.Tensor:
    """The portraits of a recipe with these adapters, made in one batch: (rows, 3, H, W), 0 to 1."""
    scene = encode_scene(pipeline, [recipe.prompt], [recipe.seed], Sampling.of(recipe))
    *_, last = denoise(pipeline, scene.repeated(len(rows)), rows)
    return (decode_pixels(pipeline, last.latents).float() / 2 + 0.5).clamp(0, 1)


def called(pipeline: StableDiffusion3Pipeline, recipe: Recipe) -> torch.Tensor:
    """What diffusers itself makes, (3, H, W), 0 to 1."""
    scene = encode_scene(pipeline, [recipe.prompt], [recipe.seed], Sampling.of(recipe))
    made = pipeline(
        recipe.prompt,
        num_inference_steps=recipe.steps,
        guidance_scale=recipe.guidance,
        height=recipe.size_px,
        width=recipe.size_px,
        latents=scene.noise,
        max_sequence_length=scene.sampling.max_sequence_length,
        output_type="pt",
    )
    return made.images[0].float()


@pytest.mark.parametrize("guidance", [0.0, 4.0])
def test_each_row_is_the_portrait_that_diffusers_makes_with_its_adapter(
    recipe: Recipe,
    rack: StableDiffusion3Pipeline,
    bare_pipeline: StableDiffusion3Pipeline,
    guidance: float,
) -> None:
    recipe = replace(recipe, guidance=guidance)
    rows = [VANILLA, Row("a", 0.5), Row("b", 1.0), VANILLA, Row("a", 1.5)]
    made = images(rack, recipe, rows)
    expected = [called(bare_pipeline, recipe)]
    for row in (rows[1], rows[2], rows[4]):
        rack.transformer.set_adapters(row.adapter, row.scale)
        rack.transformer.enable_lora()
        expected.append(called(rack, recipe))
    vanilla, half, other, strong = expected
    for mine, theirs in zip(made, [vanilla, half, other, vanilla, strong], strict=True):
        assert (mine - theirs).abs().max() <= EXACT
    assert (
        min((one - two).abs().max() for one, two in zip(expected, expected[1:], strict=False)) > 100 * EXACT
    )


def test_in_bfloat16_vanilla_is_the_pipeline_s_own_but_for_rounding(
    recipe: Recipe, spec: ModelSpec, adapter_path: Path
) -> None:
    bare, adapted = (load_pipeline(spec, "cpu", dtype=torch.bfloat16) for _ in range(2))
    attach_adapter(adapted, adapter_path)
    made = images(adapted, recipe, [VANILLA, Row(ADAPTER_NAME)])[0]
    error = (made - called(bare, recipe)).square().mean().item()
    assert error == 0 or 10 * math.log10(1 / error) >= 45


def test_a_batch_costs_one_forward_a_step(recipe: Recipe, rack: StableDiffusion3Pipeline) -> None:
    seen: list[int] = []
    layer = rack.transformer.transformer_blocks[0].attn.to_q
    hooks = [
        rack.transformer.register_forward_pre_hook(
            lambda _module, _args, given: seen.append(len(given["hidden_states"])), with_kwargs=True
        ),
        layer.base_layer.register_forward_pre_hook(lambda _module, given: seen.append(-len(given[0]))),
    ]
    images(rack, recipe, [VANILLA, Row("a"), Row("a"), Row("b")])
    for hook in hooks:
        hook.remove()
    assert seen == [8, -8] * recipe.steps  # with the empty prompt, two rows a portrait


def test_rows_that_are_left_out_midway_leave_no_trace(recipe: Recipe, rack: StableDiffusion3Pipeline) -> None:
    expected = images(rack, recipe, [VANILLA, Row("b")])
    scene = encode_scene(rack, [recipe.prompt], [recipe.seed], Sampling.of(recipe))
    steps = denoise(rack, scene.repeated(2), [Row("a", 2.0), Row("b", 0.1)])
    next(steps)
    steps.close()
    with pytest.raises(ZeroDivisionError), adapter_rows(rack, [Row("a", 2.0), VANILLA]):
        raise ZeroDivisionError
    assert not any(
        module._forward_hooks or "forward" in vars(module) for module in rack.transformer.modules()
    )
    assert torch.equal(images(rack, recipe, [VANILLA, Row("b")]), expected)


@pytest.fixture
def dora(spec: ModelSpec) -> StableDiffusion3Pipeline:
    """A pipeline with a random DoRA under the usual name."""
    pipeline = load_pipeline(spec, "cpu")
    torch.manual_seed(3)
    config = LoraConfig(r=4, lora_alpha=4, target_modules=["to_q"], use_dora=True, init_lora_weights=False)
    pipeline.transformer.add_adapter(config, ADAPTER_NAME)
    return pipeline


def test_a_dora_is_compared_in_two_passes(
    recipe: Recipe, dora: StableDiffusion3Pipeline, bare_pipeline: StableDiffusion3Pipeline
) -> None:
    assert "DoRA" in (obstacle(dora.transformer, [VANILLA, Row(ADAPTER_NAME)]) or "")
    *events, last = compare(recipe, dora)
    assert isinstance(last, Finished) and last.comparison.rendering.endswith("two passes")
    told = [(event.arm, event.step) for event in events if isinstance(event, Progress)]
    assert told == [(arm, step) for arm in ARMS for step in range(1, recipe.steps + 1)]
    assert (images(dora, recipe, [VANILLA])[0] - called(bare_pipeline, recipe)).abs().max() <= EXACT
    assert (images(dora, recipe, [Row(ADAPTER_NAME)])[0] - called(dora, recipe)).abs().max() <= EXACT


def test_what_is_merged_or_compiled_is_not_batched_and_says_why(spec: ModelSpec, adapter_path: Path) -> None:
    pipeline, rows = load_pipeline(spec, "cpu"), [VANILLA, Row(ADAPTER_NAME)]
    attach_adapter(pipeline, adapter_path)
    assert obstacle(pipeline.transformer, rows) is None
    pipeline.transformer.fuse_lora(adapter_names=[ADAPTER_NAME])
    assert "merged" in (obstacle(pipeline.transformer, rows) or "")
    pipeline.transformer.unfuse_lora()
    pipeline.transformer.transformer_blocks[0].compile()
    assert any_compiled(pipeline.transformer.modules())
    assert "compiled" in (obstacle(pipeline.transformer, rows) or "")
    assert obstacle(pipeline.transformer, [VANILLA] * 2) is None


def test_quick_products_are_the_same_sums_and_are_put_back() -> None:
    torch.manual_seed(0)
    layers = torch.nn.Sequential(torch.nn.Linear(192, 768), torch.nn.Linear(768, 192, bias=False))
    inputs = torch.randn(2, 36, 192).transpose(0, 1)
    expected = layers(inputs).detach()
    with torch.no_grad(), quick_products(layers):
        assert "forward" in vars(layers[0]) or not torch.backends.mkldnn.is_available()
        torch.testing.assert_close(layers(inputs), expected, rtol=1e-5, atol=1e-5)
    with quick_products(layers):
        layers(inputs).sum().backward()
    assert layers[0].weight.grad is not None
    assert not any("forward" in vars(layer) for layer in layers)

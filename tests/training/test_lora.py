"""The adapter on the transformer: where it is put, what learns, and in which precision."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from diffusers import SD3Transformer2DModel

from generation.adapters.file import read_adapter_header
from generation.adapters.fit import check_adapter
from generation.errors import AdapterRejected
from tests.small_models import build_quantized_transformer, build_small_transformer
from training.adapter_file import save_adapter
from training.config import PRESETS, TARGET_GROUPS, Layers, LoraSettings
from training.errors import LoraError
from training.lora import (
    adapted_layers,
    adapter_tensors,
    attach_lora,
    describe_layers,
    frozen_blocks,
    largest_rank,
    learning_parameters,
    target_layers,
)


def tiny_transformer(dual_attention: bool = False) -> SD3Transformer2DModel:
    torch.manual_seed(0)
    return SD3Transformer2DModel(
        sample_size=4,
        in_channels=4,
        out_channels=4,
        num_layers=2,
        attention_head_dim=8,
        num_attention_heads=2,
        joint_attention_dim=12,
        caption_projection_dim=16,
        pooled_projection_dim=10,
        pos_embed_max_size=4,
        dual_attention_layers=(0,) if dual_attention else (),
        qk_norm="rms_norm",
    )


def inputs(dtype: torch.dtype = torch.float32) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    return {
        "hidden_states": torch.randn(2, 4, 4, 4, generator=generator).to(dtype),
        "encoder_hidden_states": torch.randn(2, 5, 12, generator=generator).to(dtype),
        "pooled_projections": torch.randn(2, 10, generator=generator).to(dtype),
        "timestep": torch.tensor([100.0, 900.0]),
    }


def test_every_linear_layer_of_the_groups_is_adapted_and_nothing_else() -> None:
    transformer = tiny_transformer(dual_attention=True)
    count = attach_lora(transformer, LoraSettings(rank=2), seed=0)
    adapted = adapted_layers(transformer)
    # Block 0 has all 16 layers; the last block's text stream ends in it: no queries, output or feed-forward.
    assert count == len(adapted) == 16 + 8
    assert all(".attn" in name or ".ff" in name for name in adapted)
    assert any(".attn2." in name for name in adapted)
    assert any(".ff_context." in name for name in adapted)


def test_without_a_second_attention_the_rest_is_adapted() -> None:
    transformer = tiny_transformer()
    assert attach_lora(transformer, LoraSettings(rank=2), seed=0) == 12 + 8
    assert not any("attn2" in name for name in adapted_layers(transformer))


@pytest.mark.parametrize("group", TARGET_GROUPS)
def test_one_group_alone_is_a_smaller_adapter(group: str) -> None:
    transformer = tiny_transformer()
    assert 0 < attach_lora(transformer, LoraSettings(rank=2, targets=(group,)), seed=0) < 20


def test_a_model_without_such_layers_is_refused() -> None:
    transformer = tiny_transformer()
    transformer.transformer_blocks = torch.nn.ModuleList()
    with pytest.raises(LoraError, match="nothing would be learned"):
        attach_lora(transformer, LoraSettings(rank=2), seed=0)


def test_a_block_that_lacks_a_layer_is_refused_by_its_name() -> None:
    transformer = tiny_transformer()
    transformer.transformer_blocks[1].ff.net[2] = torch.nn.Identity()
    sentence = r"lora.targets = feed_forward asks for transformer_blocks\.1\.ff\.net\.2, and"
    with pytest.raises(LoraError, match=sentence):
        attach_lora(transformer, LoraSettings(rank=2, targets=("feed_forward",)), seed=0)
    assert not adapted_layers(transformer)


@pytest.mark.parametrize(
    ("blocks", "share", "frozen"), [(38, 0.2, 8), (24, 0.2, 5), (6, 0.2, 2), (30, 0.1, 3), (24, 0.0, 0)]
)
def test_the_last_blocks_that_are_frozen(blocks: int, share: float, frozen: int) -> None:
    """0.2 of Large are blocks 30 to 37, which Stability AI's notes name for fine detail."""
    transformer = build_small_transformer(dual_attention=False, blocks=blocks, width=8)
    layers = Layers(("attention",), share)
    assert frozen_blocks(transformer, layers) == frozen
    adapted = {int(name.split(".")[1]) for name in target_layers(transformer, layers)}
    assert adapted == set(range(blocks - frozen))


def test_freezing_every_block_is_refused() -> None:
    with pytest.raises(LoraError, match="freezes all 2 blocks"):
        attach_lora(tiny_transformer(), LoraSettings(rank=2, frozen_share=0.9), seed=0)


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("dual_attention", [True, False])
def test_presets_adapt_what_they_say(preset: str, dual_attention: bool) -> None:
    transformer = build_small_transformer(dual_attention, blocks=5)
    attach_lora(transformer, LoraSettings(rank=2, preset=preset), seed=0)
    adapted = adapted_layers(transformer)
    assert any(".attn2." in name for name in adapted) == dual_attention
    assert any(".attn.add_k_proj" in name for name in adapted) == (preset != "image_attention")
    assert any(".ff." in name for name in adapted) == (preset in ("full", "photographic"))
    assert any("blocks.4." in name for name in adapted) == (preset != "photographic")


def test_the_adapted_layers_of_many_blocks_are_told_in_few_lines() -> None:
    names = target_layers(build_small_transformer(blocks=24), PRESETS["full"])
    assert len(names) == 24 * 8 + 23 * 8
    first, second = describe_layers(names)
    assert first.startswith("transformer_blocks.0-23: attn.to_q, attn.to_k, attn.to_v, attn.to_out.0, ")
    assert second.startswith("transformer_blocks.0-22: attn2.to_q, ")
    assert describe_layers(f"transformer_blocks.{index}.a" for index in (0, 1, 2, 5)) == [
        "transformer_blocks.0-2,5: a"
    ]


@pytest.mark.parametrize("dora", [False, True])
def test_the_adapter_is_float32_on_a_model_of_four_bits(dora: bool, tmp_path: Path) -> None:
    transformer = build_quantized_transformer(tmp_path)
    assert largest_rank(transformer, TARGET_GROUPS) == 64
    count = attach_lora(transformer, LoraSettings(rank=2, dora=dora), seed=0)
    assert count == len(target_layers(build_small_transformer(width=64), PRESETS["full"]))
    parameters = learning_parameters(transformer).values()
    assert {parameter.dtype for parameter in parameters} == {torch.float32}
    small_inputs = {
        "hidden_states": torch.randn(1, 16, 4, 4).bfloat16(),
        "encoder_hidden_states": torch.randn(1, 3, 64).bfloat16(),
        "pooled_projections": torch.randn(1, 24).bfloat16(),
        "timestep": torch.tensor([500.0]),
    }
    transformer(**small_inputs, return_dict=False)[0].float().square().sum().backward()
    assert all(parameter.grad is not None for parameter in parameters)


def test_the_largest_rank_is_the_largest_that_can_be_loaded_again(tmp_path: Path) -> None:
    def check(rank: int) -> None:
        transformer = tiny_transformer()
        attach_lora(transformer, LoraSettings(rank=rank), seed=0)
        check_adapter(read_adapter_header(save_adapter(transformer, tmp_path, {})), tiny_transformer())

    rank = largest_rank(tiny_transformer(), TARGET_GROUPS)
    check(rank)
    with pytest.raises(AdapterRejected, match="at most 16"):
        check(rank + 1)


def test_only_the_adapter_learns_and_all_of_it_does() -> None:
    transformer = tiny_transformer(dual_attention=True)
    attach_lora(transformer, LoraSettings(rank=2), seed=0)
    transformer(**inputs(), return_dict=False)[0].square().sum().backward()
    for name, parameter in transformer.named_parameters():
        assert (parameter.grad is not None) == (".lora_" in name), name


def test_the_adapter_is_float32_on_a_bfloat16_model() -> None:
    transformer = tiny_transformer().to(torch.bfloat16)
    attach_lora(transformer, LoraSettings(rank=2), seed=0)
    assert {parameter.dtype for parameter in learning_parameters(transformer).values()} == {torch.float32}
    assert transformer(**inputs(torch.bfloat16), return_dict=False)[0].dtype == torch.bfloat16


@pytest.mark.parametrize("options", [{}, {"alpha": 8.0, "rank_stabilised": True}, {"dora": True}])
def test_a_fresh_adapter_changes_nothing_and_is_the_same_for_the_same_seed(options: dict) -> None:
    plain, first, again, other = (tiny_transformer() for _ in range(4))
    for transformer, seed in ((first, 0), (again, 0), (other, 1)):
        attach_lora(transformer, LoraSettings(rank=2, **options), seed)
    with torch.no_grad():
        torch.testing.assert_close(first(**inputs())[0], plain(**inputs())[0], rtol=0, atol=0)
    a, b, c = (adapter_tensors(transformer) for transformer in (first, again, other))
    assert all(torch.equal(a[name], b[name]) for name in a)
    assert not all(torch.equal(a[name], c[name]) for name in a)


@pytest.mark.parametrize(
    ("options", "scale"),
    [({}, 1.0), ({"alpha": 2.0}, 0.5), ({"alpha": 6.0, "rank_stabilised": True}, 3.0)],
)
def test_alpha_and_rank_decide_how_strongly_the_adapter_counts(options: dict, scale: float) -> None:
    transformer = tiny_transformer()
    attach_lora(transformer, LoraSettings(rank=4, **options), seed=0)
    layers = [transformer.get_submodule(name) for name in adapted_layers(transformer)]
    assert {layer.scaling["fine_tuned"] for layer in layers} == {scale}


def test_putting_an_adapter_on_leaves_the_global_randomness_alone() -> None:
    transformer = tiny_transformer()
    before = torch.get_rng_state()
    attach_lora(transformer, LoraSettings(rank=2), seed=0)
    assert torch.equal(before, torch.get_rng_state())

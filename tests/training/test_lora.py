"""The adapter on the transformer: where it is put, what learns, and in which precision."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from diffusers import SD3Transformer2DModel

from generation.adapter_file import read_adapter_header
from generation.adapters import check_adapter
from generation.errors import AdapterRejected
from training.adapter_file import save_adapter
from training.config import TARGET_GROUPS, LoraSettings
from training.errors import LoraError
from training.lora import adapted_layers, adapter_tensors, attach_lora, largest_rank, learning_parameters


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


def test_a_fresh_adapter_changes_nothing_and_is_the_same_for_the_same_seed() -> None:
    plain, first, again, other = (tiny_transformer() for _ in range(4))
    for transformer, seed in ((first, 0), (again, 0), (other, 1)):
        attach_lora(transformer, LoraSettings(rank=2), seed)
    with torch.no_grad():
        torch.testing.assert_close(first(**inputs())[0], plain(**inputs())[0], rtol=0, atol=0)
    a, b, c = (adapter_tensors(transformer) for transformer in (first, again, other))
    assert all(torch.equal(a[name], b[name]) for name in a)
    assert not all(torch.equal(a[name], c[name]) for name in a)


def test_putting_an_adapter_on_leaves_the_global_randomness_alone() -> None:
    transformer = tiny_transformer()
    before = torch.get_rng_state()
    attach_lora(transformer, LoraSettings(rank=2), seed=0)
    assert torch.equal(before, torch.get_rng_state())

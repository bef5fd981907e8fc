"""A kohya file changes the original, joined layers by just what the adapter changes diffusers' layers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import SD3Transformer2DModel
from diffusers.loaders.single_file_utils import convert_sd3_transformer_checkpoint_to_diffusers
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from generation.adapters.file import WEIGHT_NAME, read_adapter_header
from generation.errors import AdapterRejected
from tests.small_models import build_small_transformer
from tests.warm_processes import WarmProgram
from training.__main__ import main
from training.adapter_file import save_adapter
from training.config import TARGET_GROUPS, LoraSettings
from training.errors import AdapterError
from training.kohya import write_kohya
from training.lora import attach_lora, learning_parameters

Tensors = dict[str, torch.Tensor]
ATTENTIONS = {
    "x_block.attn": ("attn.to_q", "attn.to_k", "attn.to_v", "attn.to_out.0", "attn.norm_q", "attn.norm_k"),
    "x_block.attn2": (
        *("attn2.to_q", "attn2.to_k", "attn2.to_v"),
        *("attn2.to_out.0", "attn2.norm_q", "attn2.norm_k"),
    ),
    "context_block.attn": (
        *("attn.add_q_proj", "attn.add_k_proj", "attn.add_v_proj"),
        *("attn.to_add_out", "attn.norm_added_q", "attn.norm_added_k"),
    ),
}
OTHERS = {
    "x_block.adaLN_modulation.1": "norm1.linear",
    "context_block.adaLN_modulation.1": "norm1_context.linear",
    "x_block.mlp.fc1": "ff.net.0.proj",
    "x_block.mlp.fc2": "ff.net.2",
    "context_block.mlp.fc1": "ff_context.net.0.proj",
    "context_block.mlp.fc2": "ff_context.net.2",
}
TOP = {
    "x_embedder.proj": "pos_embed.proj",
    "t_embedder.mlp.0": "time_text_embed.timestep_embedder.linear_1",
    "t_embedder.mlp.2": "time_text_embed.timestep_embedder.linear_2",
    "y_embedder.mlp.0": "time_text_embed.text_embedder.linear_1",
    "y_embedder.mlp.2": "time_text_embed.text_embedder.linear_2",
    "context_embedder": "context_embedder",
    "final_layer.linear": "proj_out",
    "final_layer.adaLN_modulation.1": "norm_out.linear",
}


def learned(dual_attention: bool = True, **options: Any) -> SD3Transformer2DModel:
    torch.manual_seed(0)
    transformer = build_small_transformer(dual_attention)
    attach_lora(transformer, LoraSettings(rank=4, **options), seed=0)
    for parameter in learning_parameters(transformer).values():
        parameter.data.add_(torch.randn(parameter.shape), alpha=0.1)
    return transformer


def original_names(state: Tensors, blocks: int) -> Tensors:
    """A transformer's weights as the original checkpoint names and joins them, which sd-scripts reads."""
    found = {"pos_embed": state["pos_embed.pos_embed"]}
    for kind in ("weight", "bias"):
        found |= {f"{new}.{kind}": state[f"{old}.{kind}"] for new, old in TOP.items()}
        for index in range(blocks):
            found |= original_block(state, index, kind)
    # The original gives shift before scale where diffusers has them the other way round.
    last = f"joint_blocks.{blocks - 1}.context_block.adaLN_modulation.1"
    for name in (last, "final_layer.adaLN_modulation.1"):
        for kind in ("weight", "bias"):
            found[f"{name}.{kind}"] = torch.cat(found[f"{name}.{kind}"].chunk(2)[::-1])
    return found


def original_block(state: Tensors, index: int, kind: str) -> Tensors:
    old, new, found = f"transformer_blocks.{index}", f"joint_blocks.{index}", {}
    for name, (query, key, value, out, query_norm, key_norm) in ATTENTIONS.items():
        thirds = [state.get(f"{old}.{third}.{kind}") for third in (query, key, value)]
        if thirds[0] is not None:
            found[f"{new}.{name}.qkv.{kind}"] = torch.cat(thirds)
        for there, here in (("proj", out), ("ln_q", query_norm), ("ln_k", key_norm)):
            found[f"{new}.{name}.{there}.{kind}"] = state.get(f"{old}.{here}.{kind}")
    found |= {f"{new}.{there}.{kind}": state.get(f"{old}.{here}.{kind}") for there, here in OTHERS.items()}
    return {name: value for name, value in found.items() if value is not None}


@pytest.mark.parametrize("dual_attention", [True, False])
@pytest.mark.parametrize(
    "options",
    [*({"targets": (group,)} for group in TARGET_GROUPS), {"alpha": 7.0, "frozen_share": 0.3}, {}],
)
def test_the_original_model_with_it_is_diffusers_with_the_adapter(
    dual_attention: bool, options: dict, tmp_path: Path
) -> None:
    trained = learned(dual_attention, **options)
    adapter = save_adapter(trained, tmp_path, {"step": 1})
    write_kohya(adapter, tmp_path / "kohya.safetensors")
    kohya = load_file(tmp_path / "kohya.safetensors")
    outside = original_names(build_state(dual_attention), blocks=3)
    for name in {key.split(".")[0] for key in kohya}:
        (place,) = (key for key in outside if key.replace(".", "_") == f"{name[len('lora_unet_') :]}_weight")
        down, up = kohya[f"{name}.lora_down.weight"], kohya[f"{name}.lora_up.weight"]
        outside[place] = outside[place] + kohya[f"{name}.alpha"] / down.shape[0] * (up @ down)
    trained.fuse_lora()
    trained.unload_lora()
    converted = convert_sd3_transformer_checkpoint_to_diffusers(outside)
    assert converted.keys() == trained.state_dict().keys()
    for key, weight in trained.state_dict().items():
        torch.testing.assert_close(converted[key], weight, rtol=0, atol=1e-6)


def build_state(dual_attention: bool) -> Tensors:
    torch.manual_seed(0)
    return build_small_transformer(dual_attention).state_dict()


def test_thirds_that_were_not_trained_change_nothing(tmp_path: Path) -> None:
    """The last block's text queries have no effect and no adapter; the layer still has three thirds."""
    write_kohya(save_adapter(learned(), tmp_path, {}), tmp_path / "kohya.safetensors")
    kohya = load_file(tmp_path / "kohya.safetensors")
    name = "lora_unet_joint_blocks_2_context_block_attn_qkv"
    down, up = kohya[f"{name}.lora_down.weight"], kohya[f"{name}.lora_up.weight"]
    assert (down.shape, up.shape, kohya[f"{name}.alpha"]) == ((12, 32), (96, 12), 12)
    assert not (up @ down)[:32].any()
    assert (up @ down)[32:].any()


def test_equal_adapters_are_equal_bytes_and_keep_their_record(tmp_path: Path) -> None:
    adapter = save_adapter(learned(), tmp_path, {"step": 3, "note": "Grüße"})
    first, again = tmp_path / "first.safetensors", tmp_path / "again.safetensors"
    assert write_kohya(adapter, first) == write_kohya(adapter, again) == (40, len(first_layers(first)))
    assert first.read_bytes() == again.read_bytes()
    with safe_open(first, framework="pt") as file:
        assert json.loads(file.metadata()["training_record"]) == read_adapter_header(adapter).record


def first_layers(path: Path) -> set[str]:
    return {key.split(".")[0] for key in load_file(path)}


def test_the_scale_of_an_adapter_from_elsewhere_is_folded_in(tmp_path: Path) -> None:
    adapter, out = save_adapter(learned(), tmp_path, {}), tmp_path / "kohya.safetensors"
    write_kohya(adapter, out)
    plain = load_file(out)
    metadata = {"lora_adapter_metadata": json.dumps({"transformer.r": 4, "transformer.lora_alpha": 2})}
    save_file(load_file(adapter), adapter, metadata)
    write_kohya(adapter, out)
    for key, value in load_file(out).items():
        assert torch.equal(value, plain[key] * (0.5 if "lora_up" in key else 1.0))


def test_what_cannot_be_said_in_these_names_is_refused_and_nothing_written(tmp_path: Path) -> None:
    out = tmp_path / "kohya.safetensors"
    with pytest.raises(AdapterError, match="is a DoRA, whose magnitudes have no place"):
        write_kohya(save_adapter(learned(dora=True), tmp_path / "dora", {}), out)
    adapter = save_adapter(learned(), tmp_path / "plain", {})
    tensors = {
        key.replace("attn.to_out.0", "norm1.linear"): value for key, value in load_file(adapter).items()
    }
    save_file(tensors, tmp_path / "modulation.safetensors")
    with pytest.raises(
        AdapterError, match=r"changes transformer_blocks\.\d\.norm1\.linear, which has no count"
    ):
        write_kohya(tmp_path / "modulation.safetensors", out)
    patterns = {"lora_adapter_metadata": json.dumps({"transformer.alpha_pattern": {"to_q": 2}})}
    save_file(load_file(adapter), tmp_path / "patterns.safetensors", patterns)
    with pytest.raises(AdapterError, match="an alpha or a rank of their own"):
        write_kohya(tmp_path / "patterns.safetensors", out)
    with pytest.raises(AdapterError, match="is the adapter itself"):
        write_kohya(adapter, adapter)
    with pytest.raises(AdapterError, match="does not end in .safetensors"):
        write_kohya(adapter, tmp_path / "kohya.pt")
    assert not out.exists()


def test_a_kohya_file_is_refused_where_diffusers_would_load_nothing(tmp_path: Path) -> None:
    write_kohya(save_adapter(learned(), tmp_path, {}), tmp_path / "kohya.safetensors")
    with pytest.raises(AdapterRejected, match="uses kohya's key names"):
        read_adapter_header(tmp_path / "kohya.safetensors")


def test_the_command_writes_the_file_or_says_why_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_adapter(learned(), tmp_path, {})
    out = tmp_path / "kohya.safetensors"
    program = WarmProgram(tmp_path / "said", "training", "kohya", str(tmp_path), "--out", str(out))
    code, said = program.end()
    assert code == 0, said
    own, joined = len(read_adapter_header(tmp_path / WEIGHT_NAME).modules()), len(first_layers(out))
    assert own > joined
    assert said == (
        f"Done: {out} holds the adapter's {own} layers as {joined} under kohya's names, where "
        "queries, keys and values are one layer; alpha is the rank.\n"
    )
    assert main(["kohya", str(tmp_path / "nowhere"), "--out", str(out)]) == 2
    assert capsys.readouterr().err.startswith("There is no adapter at nowhere: ")

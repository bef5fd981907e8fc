"""The adapter once more under the names of kohya's sd-scripts, for programs that know only those.

Their SD 3 keeps queries, keys and values in one layer; the three adapters become one of three times the rank.
Source: kohya-ss/sd-scripts, networks/lora_sd3.py (names, and how it joins what it trained split) and
library/sd3_models.py (layers).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from generation.adapters.file import RECORD_KEY, AdapterHeader, read_adapter_header
from prompt_engine.whole_file import replacing
from training.adapter_file import canonical
from training.errors import AdapterError

Pair = tuple[torch.Tensor, torch.Tensor]  # A (rank, inputs) and B (outputs, rank)

QUERY, KEY, VALUE = range(3)
# Where each of diffusers' layers lies in theirs, and as which third of it.
PLACES: Mapping[str, tuple[str, int | None]] = {
    "attn.to_q": ("x_block_attn_qkv", QUERY),
    "attn.to_k": ("x_block_attn_qkv", KEY),
    "attn.to_v": ("x_block_attn_qkv", VALUE),
    "attn.to_out.0": ("x_block_attn_proj", None),
    "attn2.to_q": ("x_block_attn2_qkv", QUERY),
    "attn2.to_k": ("x_block_attn2_qkv", KEY),
    "attn2.to_v": ("x_block_attn2_qkv", VALUE),
    "attn2.to_out.0": ("x_block_attn2_proj", None),
    "attn.add_q_proj": ("context_block_attn_qkv", QUERY),
    "attn.add_k_proj": ("context_block_attn_qkv", KEY),
    "attn.add_v_proj": ("context_block_attn_qkv", VALUE),
    "attn.to_add_out": ("context_block_attn_proj", None),
    "ff.net.0.proj": ("x_block_mlp_fc1", None),
    "ff.net.2": ("x_block_mlp_fc2", None),
    "ff_context.net.0.proj": ("context_block_mlp_fc1", None),
    "ff_context.net.2": ("context_block_mlp_fc2", None),
}


def write_kohya(adapter: Path, out: Path) -> tuple[int, int]:
    """Write the adapter under kohya's names; give how many layers it has, here and there.

    Alpha is the rank everywhere.

    Raises:
        AdapterRejected: the adapter is none.
        AdapterError: it cannot be said in these names, or `out` is the adapter or no safetensors file.
    """
    _check_out(adapter, out)
    header = read_adapter_header(adapter)
    layers = _kohya_layers(header)
    record = {RECORD_KEY: canonical(header.record)} if header.record else None
    with replacing(out) as beside:
        save_file(_tensors(layers), beside, record)
    return len(header.modules()), len(layers)


def _check_out(adapter: Path, out: Path) -> None:
    if out.suffix != ".safetensors":
        raise AdapterError(
            f"{out} does not end in .safetensors, by which programs know an adapter: name it so"
        )
    if out.exists() and out.samefile(adapter):
        raise AdapterError(f"{out} is the adapter itself, which diffusers needs: name another file")


def _kohya_layers(header: AdapterHeader) -> dict[str, Pair]:
    if header.is_dora:
        raise AdapterError(
            f"{header.path.name} is a DoRA, whose magnitudes have no place in a kohya file of joined layers: "
            "train with lora.dora = false"
        )
    tensors = load_file(header.path)
    parts: dict[str, dict[int | None, Pair]] = {}
    for module in header.modules():
        layer, part = _place(header, module)
        down, up = (tensors[f"transformer.{module}.lora_{side}.weight"].float() for side in "AB")
        parts.setdefault(layer, {})[part] = (down, up * _scale(header, down.shape[0]))
    return {layer: found[None] if None in found else _joined(found) for layer, found in parts.items()}


def _place(header: AdapterHeader, module: str) -> tuple[str, int | None]:
    blocks, _, rest = module.partition(".")
    index, _, suffix = rest.partition(".")
    if blocks != "transformer_blocks" or suffix not in PLACES:
        raise AdapterError(
            f"{header.path.name} changes {module}, which has no counterpart among kohya's names: train with "
            "lora.targets of this program"
        )
    layer, part = PLACES[suffix]
    return f"lora_unet_joint_blocks_{index}_{layer}", part


def _scale(header: AdapterHeader, rank: int) -> float:
    config = header.config or {}
    if config.get("alpha_pattern") or config.get("rank_pattern"):
        raise AdapterError(
            f"{header.path.name} gives layers an alpha or a rank of their own: train with one for all"
        )
    alpha = config.get("lora_alpha", rank)
    return float(alpha / math.sqrt(rank) if config.get("use_rslora") else alpha / rank)


def _joined(parts: Mapping[int | None, Pair]) -> Pair:
    """One pair for a layer of three thirds; a third that was not trained changes by nothing."""
    down, up = next(iter(parts.values()))
    nothing = torch.zeros_like(down), torch.zeros_like(up)
    downs, ups = zip(*(parts.get(part, nothing) for part in (QUERY, KEY, VALUE)), strict=True)
    return torch.cat(downs), torch.block_diag(*ups)


def _tensors(layers: Mapping[str, Pair]) -> dict[str, torch.Tensor]:
    tensors = {}
    for layer, (down, up) in layers.items():
        tensors[f"{layer}.lora_down.weight"] = down.contiguous()
        tensors[f"{layer}.lora_up.weight"] = up.contiguous()
        tensors[f"{layer}.alpha"] = torch.tensor(float(down.shape[0]))
    return tensors

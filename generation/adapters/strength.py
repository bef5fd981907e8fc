"""By how much each layer's change counts, and the configuration for peft that says so and nothing more."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

from generation.adapters.config import pattern_value
from generation.adapters.file import AdapterHeader


def alphas(header: AdapterHeader) -> dict[str, float]:
    """Per changed module its alpha; without a configuration the rank, as diffusers has it."""
    config = header.config
    if config is None:
        return {module: float(rank) for module, rank in header.ranks().items()}
    patterns, usual = config.get("alpha_pattern") or {}, config.get("lora_alpha", 8)  # 8 is peft's own
    return {module: pattern_value(patterns, module, usual) for module in header.modules()}


def scalings(header: AdapterHeader) -> dict[str, float]:
    """Per changed module the factor on B·A at strength 1."""
    by_module, stabilised = alphas(header), is_stabilised(header)
    return {
        module: by_module[module] / (math.sqrt(rank) if stabilised else rank)
        for module, rank in header.ranks().items()
    }


def is_stabilised(header: AdapterHeader) -> bool:
    """Whether alpha counts over the square root of the rank."""
    return bool((header.config or {}).get("use_rslora"))


def peft_settings(header: AdapterHeader) -> dict[str, Any]:
    """Arguments of peft's LoraConfig, made from the weights' shapes and the alphas alone."""
    ranks, by_module = header.ranks(), alphas(header)
    rank = Counter(ranks.values()).most_common(1)[0][0]
    alpha = Counter(by_module.values()).most_common(1)[0][0]
    return {
        "r": rank,
        "lora_alpha": alpha,
        # `^`: the whole name, not the end of one. A dot there is any letter, which no other name differs by.
        "rank_pattern": {f"^{module}": each for module, each in ranks.items() if each != rank},
        "alpha_pattern": {f"^{module}": each for module, each in by_module.items() if each != alpha},
        "target_modules": list(ranks),
        "use_dora": header.is_dora,
        "use_rslora": is_stabilised(header),
    }

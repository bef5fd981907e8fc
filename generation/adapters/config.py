"""PEFT's configuration beside an adapter's weights: what may count, and what is refused.

A stranger's configuration never reaches peft: some settings there run code by name, change the model below
the adapter, or match names by patterns that take for ever. `adapters` builds one from the weights and the few
values that are checked here.
"""

from __future__ import annotations

import re
import reprlib
import sys
from collections.abc import Mapping
from typing import Any

from generation.errors import AdapterRejected

_PREFIX = "transformer."
# A layer's name, or the end of one; with `^`, all of it. No other pattern: some take for ever to match.
_PLAIN = re.compile(r"\^?[A-Za-z0-9_.]+")
_MOST_PATTERNS = 5_000  # more than any model has layers

_USED = ("r", "lora_alpha", "rank_pattern", "alpha_pattern", "use_dora", "use_rslora", "target_modules")
# They tell of training, and change nothing of what the weights mean.
_OF_TRAINING = (
    *("base_model_name_or_path", "revision", "task_type", "peft_version", "inference_mode", "auto_mapping"),
    *("lora_dropout", "exclude_modules", "layers_to_transform", "layers_pattern", "ensure_weight_tying"),
    *("megatron_core", "qalora_group_size", "loftq_config", "eva_config", "runtime_config"),
)
# How weights began is past, unless it also took something out of the model below, which then is another one.
_STARTS = (True, False, "gaussian", "orthogonal", "eva")


def read_config(values: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The configuration of the transformer's adapter, checked.

    Raises:
        AdapterRejected: it asks for what the weights alone do not say, or its numbers cannot be used.
    """
    config = {key.removeprefix(_PREFIX): value for key, value in values.items()}
    if config.get("modules_to_save"):
        raise AdapterRejected(
            f"{name} says it replaces whole modules, which cannot be faded by a scale: use a LoRA."
        )
    _check_kind(config, name)
    _check_patterns(config, name)
    _check_alphas(config, name)
    return config


def _check_kind(config: Mapping[str, Any], name: str) -> None:
    """Refuse settings under which the same weights mean another change of the model."""
    if str(config.get("peft_type") or "LORA").upper() != "LORA":
        raise _refused(name, "peft_type", config["peft_type"])
    if config.get("init_lora_weights", True) not in _STARTS:
        raise _refused(name, "init_lora_weights", config["init_lora_weights"])
    if config.get("bias", "none") != "none":
        raise _refused(name, "bias", config["bias"])
    for key in ("use_dora", "use_rslora"):
        if config.get(key) not in (None, True, False):
            raise _refused(name, key, config[key])
    for key, value in config.items():
        checked = key in _USED or key in ("peft_type", "init_lora_weights", "bias")
        if not checked and key not in _OF_TRAINING and value:
            raise _refused(name, key, value)


def _check_patterns(config: Mapping[str, Any], name: str) -> None:
    for key in ("rank_pattern", "alpha_pattern"):
        patterns = config.get(key) or {}
        plain = isinstance(patterns, dict) and all(map(_PLAIN.fullmatch, patterns))
        if not plain or len(patterns) > _MOST_PATTERNS:
            raise _refused(name, key, patterns)
    ranks = [config.get("r", 1), *(config.get("rank_pattern") or {}).values()]
    if not all(type(rank) is int and rank > 0 for rank in ranks):
        raise AdapterRejected(
            f"{name} has ranks that cannot be used ({reprlib.repr(ranks)}): export it again."
        )


def _check_alphas(config: Mapping[str, Any], name: str) -> None:
    alphas = [config.get("lora_alpha", 1), *(config.get("alpha_pattern") or {}).values()]
    # JSON's whole numbers have no end: `math.isfinite` fails where one is larger than any float.
    usable = (type(alpha) in (int, float) and abs(alpha) <= sys.float_info.max for alpha in alphas)
    if not all(usable):
        raise AdapterRejected(
            f"{name} has alphas that cannot be used ({reprlib.repr(alphas)}): export it again."
        )


def pattern_value(patterns: Mapping[str, Any], module: str, otherwise: Any) -> Any:
    """What a layer's own entry says: as peft looks it up, the first that is its name or the end of that."""
    known = {f"^{module}", *ends(module)}
    return next((value for pattern, value in patterns.items() if pattern in known), otherwise)


def ends(module: str) -> list[str]:
    """All that a layer may be called in a list of layers: `a.b.c`, `b.c` and `c`."""
    parts = module.split(".")
    return [".".join(parts[start:]) for start in range(len(parts))]


def _refused(name: str, key: str, value: object) -> AdapterRejected:
    shown = key if key.isidentifier() and len(key) < 40 else reprlib.repr(key)
    return AdapterRejected(
        f"{name} was made with peft's {shown} = {reprlib.repr(value)}, under which its weights are no "
        "plain LoRA or DoRA: use one that is."
    )

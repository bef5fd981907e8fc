"""What an adapter's weights are called: LoRA or DoRA of the transformer as diffusers names it, or why not."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

from generation.errors import AdapterRejected

KEY = re.compile(r"transformer\.(?P<module>[\w.]+)\.(lora_[AB]\.weight|lora_magnitude_vector)", re.ASCII)

_KOHYA = ("lora_unet_", "lora_te", "lora_transformer_")
_AUTOENCODER = ("vae.", "first_stage_model.", "encoder.", "decoder.", "quant_conv.")
_OTHER_KINDS = {
    ".lokr_": "LoKr",
    ".hada_": "LoHa",
    ".oft_": "OFT",
    ".boft_": "BOFT",
    ".vera_": "VeRA",
    ".ia3_": "(IA)3",
}
_EXPORT = "export it again with `StableDiffusion3Pipeline.save_lora_weights`"


def check_keys(keys: Collection[str], name: str) -> None:
    """Refuse a file of which diffusers would load nothing, or not all.

    Raises:
        AdapterRejected: with what these weights are instead.
    """
    for problem in (_of_a_program(keys), _of_another_part(keys), _of_another_kind(keys), _of_some(keys)):
        if problem:
            raise AdapterRejected(f"{name} {problem}.")


def _of_a_program(keys: Collection[str]) -> str | None:
    if found := _first(keys, lambda key: key.startswith(_KOHYA)):
        return (
            f"uses kohya's key names ({found}), of which diffusers would load nothing: take the file in the "
            "diffusers format, which its author may offer beside it, or convert it"
        )
    if found := _first(keys, lambda key: key.startswith("base_model.model.")):
        return f"was saved by peft alone ({found}), of which diffusers would load nothing: {_EXPORT}"
    return None


def _of_another_part(keys: Collection[str]) -> str | None:
    if found := _first(keys, lambda key: key.startswith("text_encoder")):
        return (
            f"also changes the text encoder ({found}), so the two portraits would not share a prompt: "
            "use an adapter of the transformer only"
        )
    if found := _first(keys, lambda key: key.startswith(_AUTOENCODER)):
        return f"changes the autoencoder ({found}): use an adapter of the transformer only"
    if found := _first(keys, lambda key: key.startswith("unet.")):
        return f"was made for another model, one with a U-Net ({found}): use an adapter of SD 3.5"
    return None


def _of_another_kind(keys: Collection[str]) -> str | None:
    for key in sorted(keys):
        for part, kind in _OTHER_KINDS.items():
            if part in key:
                return f"is {kind} ({key}), which cannot be switched per portrait: use plain LoRA or DoRA"
    if not any("lora" in key for key in keys):
        return "holds no LoRA weights: give an adapter, not a whole model"
    return None


def _of_some(keys: Collection[str]) -> str | None:
    if found := _first(keys, lambda key: key.endswith(".alpha")):
        return f"keeps its strength as a weight ({found}), which diffusers would leave out: {_EXPORT}"
    if found := _first(keys, lambda key: key.endswith(".bias")):
        return f"also changes biases ({found}), which are not faded with it: train without them"
    if found := _first(keys, lambda key: key.endswith((".dora_scale", ".lora_magnitude_vector.weight"))):
        return f"is a DoRA in other words ({found}), of which diffusers would drop the magnitudes: {_EXPORT}"
    folded: dict[str, str] = {}
    for key in keys:
        if (twin := folded.setdefault(key.casefold(), key)) != key:
            return f"holds {twin} and {key}, which differ in nothing but capitals: {_EXPORT}"
    if found := _first(keys, lambda key: not KEY.fullmatch(key)):
        return (
            f"holds {found}, which is neither plain LoRA (transformer.….lora_A.weight) nor DoRA: "
            "export it as one of these in the diffusers format"
        )
    return None


def _first(keys: Collection[str], wanted: Callable[[str], bool]) -> str | None:
    return next((key for key in sorted(keys) if wanted(key)), None)

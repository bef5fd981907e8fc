"""Adapters that must be refused, each made from a good one, and the words that only its refusal holds."""

from __future__ import annotations

import json
import pickle
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from generation.adapters.file import METADATA_KEY, RECORD_KEY, WEIGHT_NAME

Tensors = dict[str, torch.Tensor]
Header = dict[str, Any]
Make = Callable[[Path, Path], str]  # a good adapter and an empty folder, to the name of a bad one there

LAYER = "transformer.transformer_blocks.0.attn.to_q"
A, B, MAGNITUDE = f"{LAYER}.lora_A.weight", f"{LAYER}.lora_B.weight", f"{LAYER}.lora_magnitude_vector"
FILE = "bad.safetensors"


def read_parts(path: Path) -> tuple[Header, bytes]:
    """A file's header and what lies behind it."""
    content = path.read_bytes()
    start = 8 + int.from_bytes(content[:8], "little")
    return json.loads(content[8:start]), content[start:]


def write_parts(path: Path, header: Header | bytes, data: bytes) -> str:
    """A file of any header, true or not."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)
    return str(path)


def with_tensors(change: Callable[[Tensors], Tensors]) -> Make:
    """Other weights, without a configuration."""

    def make(good: Path, folder: Path) -> str:
        save_file(change(load_file(good)), folder / FILE)
        return str(folder / FILE)

    return make


def with_header(change: Callable[[Header], object]) -> Make:
    """The same weights under a header that was changed in place."""

    def make(good: Path, folder: Path) -> str:
        header, data = read_parts(good)
        change(header)
        return write_parts(folder / FILE, header, data)

    return make


def with_config(**changes: Any) -> Make:
    """The same weights beside another configuration."""

    def change(header: Header) -> None:
        config = json.loads(header["__metadata__"][METADATA_KEY])
        config |= {f"transformer.{key}": value for key, value in changes.items()}
        header["__metadata__"][METADATA_KEY] = json.dumps(config)

    return with_header(change)


def with_metadata(key: str, value: Any) -> Make:
    return with_header(lambda header: header["__metadata__"].update({key: value}))


def with_bytes(change: Callable[[bytes], bytes]) -> Make:
    def make(good: Path, folder: Path) -> str:
        (folder / FILE).write_bytes(change(good.read_bytes()))
        return str(folder / FILE)

    return make


def renamed(old: str, new: str) -> Make:
    return with_tensors(lambda tensors: {key.replace(old, new): value for key, value in tensors.items()})


def added(key: str, value: torch.Tensor | None = None) -> Make:
    extra = torch.ones(1) if value is None else value
    return with_tensors(lambda tensors: {**tensors, key: extra.clone()})


def each(part: str, change: Callable[[torch.Tensor], torch.Tensor]) -> Make:
    """Every weight whose name holds `part`, changed."""

    def change_all(tensors: Tensors) -> Tensors:
        return {key: change(value).contiguous() if part in key else value for key, value in tensors.items()}

    return with_tensors(change_all)


def pair_of_rank(rank: int, other_rank: int | None = None) -> Make:
    pair = {A: torch.ones(rank, 192), B: torch.ones(192, rank if other_rank is None else other_rank)}
    return with_tensors(lambda tensors: {**tensors, **pair})


def magnitudes(tensors: Tensors, outputs: int) -> Tensors:
    keys = [key.replace("A.weight", "magnitude_vector") for key in tensors if "lora_A" in key]
    return {**tensors, **{key: torch.ones(outputs) for key in keys}}


def file_named(name: str, content: Callable[[bytes], bytes] = bytes) -> Make:
    def make(good: Path, folder: Path) -> str:
        (folder / name).write_bytes(content(good.read_bytes()))
        return str(folder / name)

    return make


def _several(good: Path, folder: Path) -> str:
    for name in ("mine.safetensors", "other.safetensors"):
        shutil.copy(good, folder / name)
    return str(folder)


def _link(good: Path, folder: Path) -> str:
    (folder / "theirs").mkdir()
    (folder / "theirs" / WEIGHT_NAME).symlink_to(good)
    return str(folder / "theirs")


def _link_to_another_kind(good: Path, folder: Path) -> str:
    (folder / "passwords").write_bytes(b"root:x:0:0")
    (folder / "mine.safetensors").symlink_to(folder / "passwords")
    return str(folder / "mine.safetensors")


def _folder_without(good: Path, folder: Path) -> str:
    (folder / "empty").mkdir()
    return str(folder / "empty")


def _header_bomb(good: Path, folder: Path) -> str:
    with (folder / FILE).open("wb") as file:
        file.write((150_000_000).to_bytes(8, "little") + b"{")
        file.truncate(200_000_000)  # no byte of these is on the disk
    return str(folder / FILE)


def _overlap(header: Header) -> None:
    header[A.replace("to_q", "to_out.0")] = header[A]


def _gap(good: Path, folder: Path) -> str:
    header, data = read_parts(good)
    for key in header.keys() - {"__metadata__"}:
        header[key]["data_offsets"] = [place + 16 for place in header[key]["data_offsets"]]
    return write_parts(folder / FILE, header, bytes(16) + data)


def _twice(good: Path, folder: Path) -> str:
    header, data = read_parts(good)
    text = json.dumps(header)
    return write_parts(folder / FILE, f'{text[:-1]}, "{A}": {json.dumps(header[A])}}}'.encode(), data)


def _renamed_key(new: str) -> Make:
    return with_header(lambda header: header.update({new: header.pop(A)}))


def go_off() -> None:
    """What a pickle has done by whoever opens it."""
    raise AssertionError("a pickle was opened")


class Bomb:
    """Goes off when it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (go_off, ())


BAD_NAMES: Mapping[str, tuple[Make, str]] = {
    "nothing": (lambda good, folder: str(folder / "nowhere"), "no adapter at .*nowhere"),
    "control characters": (lambda good, folder: "ada/lo\nra", r"'ada/lo\\nra' .*control characters"),
    "control characters in a file": (file_named("lo\x1bra.safetensors"), r"lo\\x1bra.* control characters"),
    "an empty folder": (_folder_without, f"no adapter at .*empty/{WEIGHT_NAME}"),
    "several files": (_several, "several adapters .mine.safetensors, other.safetensors"),
    "a link to another kind of file": (_link_to_another_kind, "link to a file that does not end in"),
    "a link out of its folder": (_link, "link to a file elsewhere"),
    "a .bin": (file_named("lora.bin", lambda content: pickle.dumps({"a": Bomb()})), "lora.bin is a pickle"),
    "a pickle in disguise": (
        file_named("disguised.safetensors", lambda content: pickle.dumps({"a": Bomb()})),
        "disguised.safetensors is a pickle",
    ),
    "another format": (file_named("lora.gguf"), "no safetensors file by its name"),
}

BAD_FILES: Mapping[str, tuple[Make, str]] = {
    "an empty file": (with_bytes(lambda content: b""), "it is empty"),
    "cut in its header": (with_bytes(lambda content: content[:100]), "end before its header does"),
    "cut in its weights": (with_bytes(lambda content: content[:-1]), "1 bytes are missing"),
    "a header bomb": (_header_bomb, "has a header of 150,000,000 bytes"),
    "no JSON": (lambda good, folder: write_parts(folder / FILE, b"{[", b""), r"is no JSON\)"),
    "no object": (lambda good, folder: write_parts(folder / FILE, b"[1]", b""), "no JSON object"),
    "a name twice": (_twice, "names something twice"),
    "metadata that is no text": (with_metadata("format", 1), "metadata is not text"),
    "another size": (with_header(lambda h: h[A].update(shape=[4, 191])), "bytes are set apart"),
    "overlapping": (with_header(_overlap), "overlaps with"),
    "bytes between": (_gap, "16 bytes before .* belong to nothing"),
    "bytes behind": (with_bytes(lambda content: content + b"more"), "at its end belong to nothing"),
    "less than nothing": (with_header(lambda h: h[A].update(shape=[-4, -192])), "says of .* is unreadable"),
    "a name that hides": (_renamed_key(f"{A}\u202e"), "not in plain letters"),
    "no number type": (with_header(lambda h: h[A].update(dtype="F5")), "'F5', which is no type"),
    "int8": (each("lora_A", lambda weight: weight.to(torch.int8)), "of type I8"),
    "float64": (each("lora_A", lambda weight: weight.double()), "of type F64"),
}

BAD_KEYS: Mapping[str, tuple[Make, str]] = {
    "kohya": (renamed("transformer.transformer_blocks.", "lora_unet_joint_blocks_"), "kohya"),
    "peft alone": (renamed("transformer.", "base_model.model."), "saved by peft alone"),
    "text encoder": (added("text_encoder.a.lora_A.weight"), "text encoder"),
    "autoencoder": (added("vae.decoder.lora_A.weight"), "changes the autoencoder"),
    "U-Net": (renamed("transformer.", "unet."), "one with a U-Net"),
    "LoKr": (renamed("lora_A.weight", "lokr_w1"), "is LoKr"),
    "LoHa": (renamed("lora_A.weight", "hada_w1_a"), "is LoHa"),
    "a whole model": (renamed(".lora_", "."), "not a whole model"),
    "alpha as a weight": (added(f"{LAYER}.lora.alpha"), "keeps its strength as a weight"),
    "biases": (added(f"{LAYER}.lora_B.bias"), "changes biases"),
    "another DoRA": (added(f"{LAYER}.lora.dora_scale"), "DoRA in other words"),
    "capitals": (added(A.replace("to_q", "To_Q")), "nothing but capitals"),
    "older names": (renamed("lora_A", "lora_down"), "neither plain LoRA"),
    "half a pair": (with_tensors(lambda t: {k: t[k] for k in t if k != B}), "lora_B.weight is missing"),
    "half a DoRA": (added(MAGNITUDE), "lora_magnitude_vector is missing"),
}  # fmt: skip

BAD_CONFIGS: Mapping[str, tuple[Make, str]] = {
    "unreadable": (with_metadata(METADATA_KEY, "{"), "unreadable lora_adapter_metadata"),
    "alpha is NaN": (with_config(lora_alpha=float("nan")), r"alphas .*\[nan"),
    "alpha without end": (with_config(lora_alpha=10**400), r"alphas .*\[1000"),
    "alpha in words": (with_config(lora_alpha="8"), r"alphas .*\['8'"),
    "no rank": (with_config(r=0), r"has ranks that cannot be used \(\[0"),
    "another rank": (with_config(r=8), "has rank 8, but holds 4"),
    "changes the base": (with_config(init_lora_weights="pissa"), "init_lora_weights = 'pissa'"),
    "names code to run": (with_config(megatron_config={"a": 1}), "megatron_config"),
    "a pattern without end": (with_config(rank_pattern={"(.*)*x": 4}), "rank_pattern = "),
    "alpha for a pattern": (with_config(alpha_pattern=[1]), "alpha_pattern = "),
    "replaced layers": (with_config(modules_to_save=["proj_out"]), "replaces whole modules"),
    "another kind": (with_config(peft_type="LOHA"), "peft_type = 'LOHA'"),
    "biases too": (with_config(bias="all"), "bias = 'all'"),
    "of another peft": (with_config(not_a_field=1), "not_a_field = 1"),
    "DoRA without magnitudes": (with_config(use_dora=True), "lacks DoRA's magnitudes"),
    "partial": (with_config(target_modules=["to_q", "to_k", "to_v", "net.2"]), "lists it lacks .*net.2"),
    "unreadable record": (with_metadata(RECORD_KEY, "[]"), "unreadable training_record"),
    "other prompts": (with_metadata(RECORD_KEY, '{"engine_version":"0"}'), "captions of prompt engine 0"),
    "a base of no model": (with_metadata(RECORD_KEY, '{"base_model":"x"}'), "names no base model"),
}

BAD_SHAPES: Mapping[str, tuple[Make, str]] = {
    "a wider model": (each("lora_", lambda weight: weight.repeat(8, 8)), r"and B \(1536, 32\)"),
    "B of another width": (each("to_q.lora_B", lambda weight: weight[:100]), r"and B \(100, 4\)"),
    "a deeper model": (renamed("blocks.5.", "blocks.23."), "it changes transformer_blocks.23"),
    "another family": (renamed("transformer_blocks", "single_blocks"), "it changes single_blocks"),
    "two ranks": (pair_of_rank(2, 4), "ranks 2 and 4"),
    "rank 0": (pair_of_rank(0), "ranks 0 and 0"),
    "rank 4096": (pair_of_rank(4096), "ranks 4096 and 4096"),
    "a DoRA of another width": (with_tensors(lambda t: magnitudes(t, 7)), r"magnitudes \(7,\)"),
}  # fmt: skip

BAD_WEIGHTS: Mapping[str, tuple[Make, str]] = {
    "NaN": (each("0.attn.to_q.lora_B", lambda weight: weight * torch.nan), "not finite .*to_q.lora_B"),
    "infinite": (each("0.attn.to_k.lora_A", lambda weight: weight / 0), "not finite .*to_k.lora_A"),
    "too large together": (each("to_v", lambda weight: weight * 1e25), "by more than any number holds"),
    "nothing": (each("lora_B", torch.zeros_like), "changes nothing: every layer adds zero"),
}

BAD_HEADERS = {**BAD_FILES, **BAD_KEYS, **BAD_CONFIGS, **BAD_SHAPES}
BAD_ADAPTERS: Mapping[str, tuple[Make, str]] = {
    **{f"name: {case}": bad for case, bad in BAD_NAMES.items()},
    **{f"header: {case}": bad for case, bad in BAD_HEADERS.items()},
    **{f"weights: {case}": bad for case, bad in BAD_WEIGHTS.items()},
}

"""Every bad adapter is refused for its own reason, while of the model nothing but its description is here."""

from __future__ import annotations

import json
import math
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from generation.adapters.check import inspect_adapter
from generation.adapters.file import METADATA_KEY, RECORD_KEY, build_adapter_header
from generation.adapters.fit import check_adapter
from generation.adapters.strength import scalings
from generation.adapters.transformer_outline import build_outline
from generation.errors import AdapterRejected
from generation.models import ModelSpec
from tests.generation.bad_adapters import BAD_ADAPTERS, A, B, read_parts


@pytest.fixture(scope="module")
def weightless(spec: ModelSpec, tmp_path_factory: pytest.TempPathFactory) -> ModelSpec:
    """The model without a single weight: nothing could go to a GPU."""
    folder = tmp_path_factory.mktemp("weightless")
    shutil.copytree(spec.repo, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.safetensors"))
    return replace(spec, repo=str(folder))


@pytest.fixture(scope="module")
def refusals(
    weightless: ModelSpec, adapter_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, str]:
    """Each bad adapter's refusal."""
    found = {}
    for case, (make, _) in BAD_ADAPTERS.items():
        name = make(adapter_path, tmp_path_factory.mktemp("bad"))
        with pytest.raises(AdapterRejected) as refusal:
            inspect_adapter(name, weightless)
        found[case] = str(refusal.value)
    return found


def test_the_good_adapter_that_they_are_made_of_is_taken(weightless: ModelSpec, adapter_path: Path) -> None:
    facts = inspect_adapter(str(adapter_path), weightless)
    assert (facts.kind, facts.ranks, facts.scalings, facts.dtypes) == ("LoRA", (4,), (2.0,), ("F32",))
    assert 0 < facts.layers < facts.model_layers


@pytest.mark.parametrize("case", BAD_ADAPTERS)
def test_a_bad_adapter_is_refused_for_its_reason_and_no_other_is(
    case: str, refusals: Mapping[str, str]
) -> None:
    reason = BAD_ADAPTERS[case][1]
    assert [each for each in refusals if re.search(reason, refusals[each])] == [case]


@pytest.mark.parametrize("case", BAD_ADAPTERS)
def test_a_refusal_is_one_printable_sentence_that_says_what_to_do_and_not_where_the_file_lies(
    case: str, refusals: Mapping[str, str]
) -> None:
    sentence = refusals[case]
    assert tempfile.gettempdir() not in sentence
    assert sentence.isprintable() and sentence.endswith(".") and ": " in sentence
    assert len(sentence) < 500


def test_the_corpus_is_large(refusals: Mapping[str, str]) -> None:
    assert len(set(refusals.values())) == len(BAD_ADAPTERS) >= 30


def test_one_that_is_a_million_times_too_loud_is_noted_with_a_figure(
    weightless: ModelSpec, adapter_path: Path, tmp_path: Path
) -> None:
    assert not any("noise" in note for note in inspect_adapter(str(adapter_path), weightless).notes)
    tensors = {key: weight * 1e3 for key, weight in load_file(adapter_path).items()}
    with safe_open(adapter_path, framework="pt") as file:
        save_file(tensors, tmp_path / "loud.safetensors", metadata=file.metadata())
    (note,) = [
        each
        for each in inspect_adapter(str(tmp_path / "loud.safetensors"), weightless).notes
        if "noise" in each
    ]
    assert re.search(r"adds up to [0-9,]{7,} to what transformer_blocks", note)


def test_what_speaks_against_one_that_can_be_used_is_noted(weightless: ModelSpec, tmp_path: Path) -> None:
    path = tmp_path / "alone.safetensors"
    save_file({A: torch.ones(129, 192), B: torch.ones(192, 129)}, path)
    facts = inspect_adapter(str(path), weightless)
    assert facts.layers == 1 and facts.ranks == (129,)
    told = " ".join(facts.notes)
    assert f"It changes 1 of {facts.model_layers} layers" in told and "there rank 128" in told


def test_a_header_of_any_depth_is_no_more_than_no_json(weightless: ModelSpec, tmp_path: Path) -> None:
    path = tmp_path / "deep.safetensors"
    text = b"[" * 100_000
    path.write_bytes(len(text).to_bytes(8, "little") + text)
    with pytest.raises(AdapterRejected, match="is no JSON"):
        inspect_adapter(str(path), weightless)


ODD: tuple[Any, ...] = (
    None,
    True,
    -1,
    10**30,
    1e308,
    "",
    "x" * 2000,
    "\x1b[2J\n",
    [],
    [[]],
    [None],
    {},
    {"a": {}},
    {"\n": 1},
)


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where something stands in JSON, inside of texts that hold JSON too."""
    inner = json.loads(value) if isinstance(value, str) and value.startswith("{") else value
    if path:
        yield path
    if isinstance(inner, dict):
        for key in inner:
            yield from _places(inner[key], (*path, key))


def _put(value: Any, path: tuple[Any, ...], odd: Any) -> Any:
    if not path:
        return odd
    text = isinstance(value, str)
    inner = json.loads(value) if text else dict(value)
    inner[path[0]] = _put(inner[path[0]], path[1:], odd)
    return json.dumps(inner) if text else inner


def test_whatever_stands_anywhere_in_a_header_is_taken_or_refused_in_a_sentence(
    weightless: ModelSpec, adapter_path: Path
) -> None:
    header, _ = read_parts(adapter_path)
    header = {"__metadata__": header["__metadata__"], A: header[A], B: header[B]}
    header[A]["data_offsets"], header[B]["data_offsets"] = [0, 3072], [3072, 6144]
    record = {"engine_version": "1", "base_model": {"key": "demo", "repo": "a/b"}}
    header["__metadata__"][RECORD_KEY] = json.dumps(record)
    config = json.loads(header["__metadata__"][METADATA_KEY])
    config["transformer.target_modules"] = ["0.attn.to_q"]
    header["__metadata__"][METADATA_KEY] = json.dumps(config)
    outline, taken = build_outline(weightless), 0
    for path in _places(header):
        for odd in ODD:
            content = json.dumps(_put(header, path, odd)).encode()
            try:
                read = build_adapter_header(Path("odd.safetensors"), content, 8 + len(content) + 6144)
                check_adapter(read, outline)
                assert all(map(math.isfinite, scalings(read).values()))
                taken += 1
            except AdapterRejected as refusal:
                assert str(refusal).isprintable() and len(str(refusal)) < 700
    assert taken > 100

"""Every bad adapter is refused for its own reason, while of the model nothing but its description is here."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from generation.adapter_check import inspect_adapter
from generation.errors import AdapterRejected
from generation.models import ModelSpec
from tests.generation.bad_adapters import BAD_ADAPTERS


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
def test_a_refusal_is_one_printable_sentence_that_says_what_to_do(
    case: str, refusals: Mapping[str, str]
) -> None:
    sentence = refusals[case]
    assert sentence.isprintable() and sentence.endswith(".") and ": " in sentence
    assert len(sentence) < 500


def test_the_corpus_is_large(refusals: Mapping[str, str]) -> None:
    assert len(set(refusals.values())) == len(BAD_ADAPTERS) >= 30


def test_a_header_of_any_depth_is_no_more_than_no_json(weightless: ModelSpec, tmp_path: Path) -> None:
    path = tmp_path / "deep.safetensors"
    text = b"[" * 100_000
    path.write_bytes(len(text).to_bytes(8, "little") + text)
    with pytest.raises(AdapterRejected, match="is no JSON"):
        inspect_adapter(str(path), weightless)

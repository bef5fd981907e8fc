"""`python -m generation adapter-check` as people and programs call it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from generation.__main__ import main
from generation.adapters.file import adapter_revision
from tests.generation.bad_adapters import BAD_KEYS


def test_an_adapter_that_fits_is_described(
    bundled: Path, adapter_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["adapter-check", "demo"]) == 0
    shown = capsys.readouterr().out
    assert "demo can be used with Demo model." in shown
    assert "kind: LoRA, rank 4; at strength 1 its products count 2 times" in shown
    assert "note: It has no record of its training" in shown


def test_programs_get_one_object(bundled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["adapter-check", "demo", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["schema"], facts["usable"], facts["name"], facts["model"]) == (1, True, "demo", "demo")
    assert facts["revision"] == adapter_revision(next(bundled.glob("assets/demo-adapter/*.safetensors")))


def test_a_refusal_is_a_sentence_or_an_object(
    bundled: Path, adapter_path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad").mkdir()
    bad = BAD_KEYS["kohya"][0](adapter_path, tmp_path / "bad")
    assert main(["adapter-check", bad]) == 2
    shown = capsys.readouterr()
    assert not shown.out and "kohya" in shown.err and shown.err.count("\n") == 1
    assert main(["adapter-check", bad, "--json"]) == 2
    told = json.loads(capsys.readouterr().out)
    assert (told["usable"], told["adapter"]) == (False, bad)
    assert told["problem"] == shown.err.strip()


def test_another_model_than_its_own_is_refused_also_where_that_is_not_here(
    bundled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["adapter-check", "demo", "--model", "large"]) == 2
    assert "made for another model" in capsys.readouterr().err
    assert main(["adapter-check", "demo", "--model", "lage"]) == 2
    assert "did you mean 'large'" in capsys.readouterr().err

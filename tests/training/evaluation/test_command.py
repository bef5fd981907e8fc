"""`python -m training evaluate`: what a person sees, and the exit codes."""

import json
import shutil
from pathlib import Path

import pytest
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from generation.adapters.file import RECORD_KEY, read_adapter_header, resolve_adapter
from generation.evaluation.report import read_report
from training.__main__ import main

QUICK = ["--count", "10", "--steps", "4", "--training-count", "5"]


def test_a_runs_adapter_is_evaluated_into_its_folder(
    tmp_path: Path, single_threaded: None, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "my-run"
    run.mkdir()
    shutil.copy(resolve_adapter("demo"), run)
    readme = tmp_path / "README.md"
    readme.write_text("<!-- quality: begin -->\n<!-- quality: end -->\n")
    assert main(["evaluate", str(run), *QUICK, "--write", str(readme)]) == 0
    out = capsys.readouterr().out
    assert "fine-tuned: 10 of 10 portraits" in out
    assert f"The page is {run / 'evaluation' / 'index.html'}." in out
    report = read_report(run)
    assert (report.conditions.adapter, report.conditions.training_faces) == ("my-run", 5)
    assert f"adapter {report.conditions.adapter_revision[:12]}" in readme.read_text()
    assert str(tmp_path) not in report.to_json()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nowhere.safetensors"], "There is no adapter at nowhere.safetensors"),
        (["demo", "--faces", "folder:/nowhere"], "/nowhere"),
        (["demo", "--faces", "martians"], "--faces = 'martians': Unknown source of faces"),
        (["demo", "--images", "1601-2000"], "--images chooses among real faces, and --faces is drawn"),
        (["demo", "--split", "test"], "--split chooses among real faces"),
        (["demo", "--blurry", "in", "--faces", "drawn:flat"], "and --faces is drawn:flat"),
        (["demo", "--features", "dinov2"], "--features classifier"),
        (["demo", "--classifier", "none.safetensors"], "no attribute classifier at none.safetensors"),
        (["demo", "--steps", "1000"], "Steps is 1000"),
        (["demo", "--scale", "9"], "Adapter scale is 9"),
        (["demo", "--model", "medium"], "weights of SD 3.5 Medium are not on this machine"),
        (["demo", "--write", "none.md"], "quality: begin"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    said: str,
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    assert main(["evaluate", "--out", str(tmp_path / "out"), *words]) == 2
    err = capsys.readouterr().err
    assert said in err and err.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_place_that_cannot_be_written_to_is_refused_before_anything_is_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("mine")
    for out in (tmp_path / "file", tmp_path / "file" / "evaluation"):
        assert main(["evaluate", "demo", *QUICK, "--out", str(out)]) == 2
    said = capsys.readouterr()
    assert said.err.count("choose another folder with --out") == 2
    assert said.out == ""


def test_an_adapter_of_an_unknown_model_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for base, code in (({"key": "gigantic"}, "Unknown model 'gigantic'"), ("demo", "")):
        path = tmp_path / "other.safetensors"
        header = read_adapter_header(resolve_adapter("demo"))
        record = {**(header.record or {}), "base_model": base}
        with safe_open(resolve_adapter("demo"), "pt") as file:
            metadata = {**file.metadata(), RECORD_KEY: json.dumps(record)}
        save_file(load_file(resolve_adapter("demo")), path, metadata)
        assert main(["evaluate", str(path), "--steps", "1000"]) == 2
        assert code in capsys.readouterr().err

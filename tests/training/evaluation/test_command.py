"""`python -m training evaluate`: what a person sees, and the exit codes."""

import shutil
from pathlib import Path

import pytest

from generation.adapter_file import resolve_adapter
from generation.evaluation_report import read_report
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
    assert "fine-tuned: 16 of 16 portraits" in out
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
        (["demo", "--faces", "martians"], "Unknown source of faces"),
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
    assert main(["evaluate", *words, "--out", str(tmp_path / "out")]) == 2
    err = capsys.readouterr().err
    assert said in err and err.count("\n") == 1
    assert not (tmp_path / "out").exists()

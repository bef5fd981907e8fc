"""`python -m training train`: what a person sees, and the exit codes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from training.__main__ import LAZY_COMMANDS, main

NO_CURVES = "tracking.tracker=none"


def test_bad_input_is_one_sentence_and_exit_code_2(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = str(repository / "training" / "configs" / "demo.toml")
    assert main(["train", "--config", config, "--set", "run.stepz=3", "--set", "lora.rank=0"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert "did you mean 'run.steps'" in err
    assert "lora.rank = 0: must be at least 1" in err


def test_a_missing_configuration_is_exit_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "--config", "none.toml"]) == 2
    assert "Cannot read the configuration none.toml" in capsys.readouterr().err


def test_a_dry_run_says_what_it_would_take_and_computes_nothing(
    random_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "run.toml"
    file.write_text(
        f'[model]\nfolder = "{random_model}"\n'
        f'[data]\ncount = 6\ncaptions_per_face = 2\ncache = "{tmp_path / "cache"}"\n'
        f'[run]\noutput = "{tmp_path / "run"}"\nsteps = 2\nbatch_size = 2\n[tracking]\ntracker = "none"\n'
    )
    assert main(["train", "--config", str(file), "--dry-run"]) == 0
    out = capsys.readouterr().out
    assert "Estimate, before anything is loaded" in out and "latents of 6 of 6 faces" in out
    assert not (tmp_path / "run").exists() and not list((tmp_path / "cache").glob("latents-*"))


def test_what_it_takes_is_said_where_neither_the_memory_nor_the_weights_are_there(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = str(repository / "training" / "configs" / "large-512-80gb.toml")
    assert main(["train", "--config", config, "--dry-run", "--set", NO_CURVES]) == 2
    said = capsys.readouterr()
    assert "for SD 3.5 Large at 512 px" in said.out
    assert ("GiB are free" in said.err or "are not on this machine" in said.err) and said.err.count("\n") == 1


def test_a_card_that_is_not_here_is_estimated_for_without_weights_or_faces(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = str(repository / "training" / "configs" / "medium-512-24gb.toml")
    asked = ["train", "--config", config, "--set", "data.faces=folder:/no/faces", "--dry-run", "--for"]
    assert main([*asked, "24gb"]) == 0
    out = capsys.readouterr().out
    assert "GPU memory" in out and "It fits a card of 24 GB, of which 22.3 GiB are taken to be free." in out
    assert main([*asked, "16 GB"]) == 2
    assert "14.9 GiB are free: set " in capsys.readouterr().err
    assert main([*asked[:-2], "--for", "24gb"]) == 2
    assert "add --dry-run" in capsys.readouterr().err
    for wrong in ("large", "0gb"):
        with pytest.raises(SystemExit):
            main([*asked, wrong])
        assert "is no size of a card: write it like 24gb" in capsys.readouterr().err


def test_wrong_words_are_one_sentence_and_exit_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["train"])
    assert left.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_run_by_command_reports_steps_and_where_the_adapter_is(
    random_model: Path, cache_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "run.toml"
    file.write_text(
        f'[model]\nfolder = "{random_model}"\n'
        f'[data]\ncount = 6\ncaptions_per_face = 2\ncache = "{cache_folder}"\n'
        f'[run]\noutput = "{tmp_path / "run"}"\nsteps = 2\nbatch_size = 2\nlog_every = 1\n'
    )
    assert main(["train", "--config", str(file), "--set", "lora.rank=2", "--set", NO_CURVES]) == 0
    out = capsys.readouterr().out
    assert "LoRA of rank 2 on" in out
    last = next(line for line in out.splitlines() if line.startswith("step 2/2  loss "))
    assert "learning rate " in last and " images/s  " in last and last.endswith(" GiB")
    assert f"Done: the adapter is in {tmp_path / 'run'}." in out
    for next_one in ("generation compare --adapter", "training evaluate", "training publish"):
        assert f"python -m {next_one} {tmp_path / 'run'}" in out
    assert (tmp_path / "run" / "pytorch_lora_weights.safetensors").is_file()


@pytest.mark.parametrize("command", ["train", *LAZY_COMMANDS])
def test_help_is_all_that_is_printed(repository: Path, command: str) -> None:
    asked = [sys.executable, "-m", "training", command, "--help"]
    done = subprocess.run(asked, cwd=repository, capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout.startswith("usage: python -m training")
    assert done.stderr == ""

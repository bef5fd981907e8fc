"""What can be refused without torch is refused without it: at once, and before anything is reckoned."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from training.__main__ import main
from training.config import TrainingConfig
from training.config_file import write_config
from training.loop import train

MakeConfig = Callable[..., TrainingConfig]
HEAVY = ("torch", "diffusers", "transformers", "accelerate")
PROGRAM = """
import json, sys
from training.__main__ import main

for arguments, said in json.loads(sys.argv[1]):
    print(f"expected: {said}", file=sys.stderr)
    assert main(arguments) == 2, arguments
    assert not [name for name in json.loads(sys.argv[2]) if name in sys.modules], arguments
"""


def test_no_heavy_library_is_imported_for_a_refusal(make_config: MakeConfig, tmp_path: Path) -> None:
    config = make_config(run_steps=1)
    train(config, say=lambda _line: None)
    path = tmp_path / "config.toml"
    write_config(make_config(run_steps=2), path)
    told = ["--config", str(path)]
    cases = [
        (["train", *told], "already holds a run of 1 steps"),
        (["train", *told, "--resume", "--set", "lora.rank=8"], "lora.rank was 4, is 8"),
        (["train", *told, "--set", "model.key=sdxl"], "Unknown model 'sdxl'"),
        (["train", *told, "--overwrite", "--set", "data.faces=folder:/nowhere"], "no CelebA folder /nowhere"),
        (["prepare", *told, "--set", "data.faces=folder:/nowhere"], "no CelebA folder /nowhere"),
        (["publish", "/nowhere", "--repo", "bad name!"], "is no name on the Hub"),
        (["publish", "/nowhere", "--repo", "ada/faces"], "holds no pytorch_lora_weights.safetensors"),
        (["launch", *told, "--on", "hf-jobs"], "needs --flavor and --timeout"),
        (["launch", *told, "--on", "local", "--flavor", "h200"], "--flavor is for Hugging Face Jobs"),
    ]
    command = [sys.executable, "-c", PROGRAM, json.dumps(cases), json.dumps(HEAVY)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = done.stderr.splitlines()
    assert done.returncode == 0, done.stderr
    for (_, said), expected, refusal in zip(cases, lines[::2], lines[1::2], strict=True):
        assert expected.endswith(said) and said in refusal


def test_a_disk_that_is_too_small_is_told_before_the_estimate(
    make_config: MakeConfig, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_config(make_config(run_kept_checkpoints=10**9), tmp_path / "config.toml")
    assert main(["train", "--config", str(tmp_path / "config.toml"), "--dry-run"]) == 2
    out, err = capsys.readouterr()
    assert out == "" and "set run.output to a larger disk" in err

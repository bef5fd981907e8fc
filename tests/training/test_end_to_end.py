"""The whole way, by the commands people type: prepare, train, kill, resume, publish, load, compare."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from huggingface_hub import hf_hub_download
from PIL import Image, ImageChops

from tests.hub_api.client import child_environment, use_hub
from tests.hub_api.server import HubApi
from tests.warm_processes import WarmProgram
from training.checkpoints import checkpoint_steps
from training.metrics import read_metrics
from training.sheet import tiles

CONFIG = """
[data]
faces = "drawn:photographic"
count = 8
captions_per_face = 2
cache = "cache"
[lora]
rank = 8
[optimizer]
learning_rate = 2e-3
warmup_steps = 2
[run]
output = "run"
steps = 20
batch_size = 4
log_every = 1
save_every = 5
[validation]
every = 10
prompts = ["a woman with blond hair"]
steps = 4
held_out = 4
[tracking]
tracker = "none"
"""
ADAPTER = "pytorch_lora_weights.safetensors"
KILLED_AFTER = 8


@pytest.fixture
def environment(repository: Path) -> dict[str, str]:
    return {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(repository)}


def run(folder: Path, environment: dict[str, str], *command: str) -> str:
    done = subprocess.run(
        [sys.executable, *command],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def run_warm(folder: Path, command: str, *options: str) -> str:
    """A command of the trainer, without the seconds of its imports."""
    arguments = (command, "--config", "config.toml", *options)
    code, said = WarmProgram(folder / f"{command}-says", "training", *arguments, folder=folder).end()
    assert code == 0, said
    return said


def train_and_kill(folder: Path) -> None:
    arguments = ("train", "--config", "config.toml")
    program = WarmProgram(folder / "killed-says", "training", *arguments, folder=folder)
    for line in program.lines():
        if line.startswith(f"step  {KILLED_AFTER}/"):
            program.process.kill()
    assert program.end() == (-signal.SIGKILL, "")
    assert 0 < checkpoint_steps(folder / "run")[-1] < 20


def test_from_faces_to_an_adapter_on_the_hub_and_back(
    environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config.toml").write_text(CONFIG)
    assert "8" in run_warm(tmp_path, "prepare")
    train_and_kill(tmp_path)
    resumed = run_warm(tmp_path, "train", "--resume")
    assert "Going on after step 5." in resumed and "Done: the adapter is in run." in resumed
    assert len([row for row in read_metrics(tmp_path / "run") if "loss" in row]) == 20
    pulled = publish_and_pull(tmp_path, environment, monkeypatch)
    assert (tmp_path / "run" / ADAPTER).read_bytes() == pulled.read_bytes()
    run(
        tmp_path, environment, "-m", "generation", "compare", "--prompt", "a woman with blond hair",
        "--adapter", str(pulled), "--seed", "7", "--steps", "4", "--out", "theirs",
    )  # fmt: skip
    vanilla, theirs = (Image.open(tmp_path / "theirs" / f"{arm}.png") for arm in ("vanilla", "fine-tuned"))
    assert vanilla.tobytes() != theirs.tobytes()
    sheet = Image.open(tmp_path / "run" / "validation" / "step-000020.png")
    ((_, place),) = tiles(96, rows=1)
    validated = sheet.crop(place)
    assert max(high for _, high in ImageChops.difference(theirs, validated).getextrema()) <= 1


def publish_and_pull(folder: Path, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Path:
    """Publish by the environment alone, and pull by name as anybody does who may see it."""
    with HubApi() as hub:
        online = {**environment, **child_environment(hub, folder / "published")}
        command = ["-m", "training", "publish", "run", "--repo", "ada/faces", "--private"]
        last = run(folder, online, *command).splitlines()[-1]
        assert last.startswith(f"Done: {hub.endpoint}/ada/faces/commit/")
        assert hub.repositories["ada/faces"].private
        use_hub(hub, monkeypatch, folder / "pulled")
        return Path(hf_hub_download("ada/faces", ADAPTER))

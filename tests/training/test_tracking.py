"""Curves in the trackers that people use, read back with those trackers' own readers."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from training.config import TrainingConfig
from training.errors import ConfigError, TrainingError
from training.loop import build_accelerator, train
from training.tracking import end_tracking, start_tracking, track

MakeConfig = Callable[..., TrainingConfig]


def silent(_line: str) -> None:
    pass


@pytest.fixture
def trackio(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The folder that Trackio keeps its curves in."""
    folder = tmp_path / "trackio"
    monkeypatch.setattr("trackio.utils.TRACKIO_DIR", folder)
    monkeypatch.setattr("trackio.sqlite_storage.TRACKIO_DIR", folder)
    return folder


def rows_in(trackio: Path) -> list[tuple[str, int, float]]:
    """Run, step and loss of every row, as they came."""
    with sqlite3.connect(next(trackio.glob("*.db"))) as database:
        rows = database.execute("select run_name, step, metrics from metrics order by id").fetchall()
    return [(run, step, json.loads(metrics)["loss"]) for run, step, metrics in rows]


def test_trackio_keeps_the_curves_on_this_machine(make_config: MakeConfig, trackio: Path) -> None:
    lines: list[str] = []
    train(make_config(run_steps=2, tracking_tracker="trackio", tracking_project="curves"), say=lines.append)
    assert "curves: trackio show --project curves" in lines
    rows = rows_in(trackio)
    assert [step for _, step, _ in rows] == [1, 2]
    assert all(loss > 0 for *_, loss in rows)


def test_a_run_goes_on_as_itself_and_every_other_is_another(make_config: MakeConfig, trackio: Path) -> None:
    """Also one in a folder of the same name, and one that takes the place of the first."""
    tracked = {"run_steps": 2, "tracking_tracker": "trackio", "tracking_project": "curves"}
    here, there = make_config("here/run", **tracked), make_config("there/run", **tracked)
    train(here, stop_after=1, say=silent)
    train(here, resume=True, say=silent)
    train(there, stop_after=1, say=silent)
    train(here, overwrite=True, stop_after=1, say=silent)
    rows = rows_in(trackio)
    names = [name for name, *_ in rows]
    assert [step for _, step, _ in rows] == [1, 2, 1, 1]
    assert names[0] == names[1] and len(set(names)) == 3
    assert all(re.fullmatch(r"run-[0-9a-f]{16}", name) for name in names)


def test_steps_that_are_done_again_are_kept_too(make_config: MakeConfig, trackio: Path) -> None:
    config = make_config(tracking_tracker="trackio", tracking_project="curves")
    accelerator = build_accelerator(config)
    start_tracking(config, accelerator)
    rows = [(1, 0.5), (2, 0.75), (3, 8.0), (2, 0.25)]
    for step, loss in rows:
        track(accelerator, {"step": step, "loss": loss, "skipped": "words are no curve"})
    end_tracking(accelerator)
    assert [(step, loss) for _, step, loss in rows_in(trackio)] == rows


def test_a_tracker_that_cannot_be_opened_is_told_and_the_run_goes_on_without(make_config: MakeConfig) -> None:
    config = make_config(run_steps=2, tracking_tracker="tensorboard")
    train(make_config(run_steps=2), stop_after=1, say=silent)
    (Path(config.run.output) / "tracker").write_bytes(b"where a folder should be")
    with pytest.raises(TrainingError, match="'tensorboard' cannot be opened .*--resume-or-start"):
        train(config, resume=True, say=silent)
    assert train(make_config(run_steps=2), resume=True, say=silent) == 2


def test_tensorboard_gets_them_beside_the_run(make_config: MakeConfig) -> None:
    config = make_config(run_steps=2, tracking_tracker="tensorboard", tracking_project="curves")
    train(config, say=silent)
    folder = next(
        path.parent
        for path in (Path(config.run.output) / "tracker").rglob("events.out.tfevents.*")
        if path.parent.name == "curves"
    )
    curves = EventAccumulator(str(folder)).Reload()
    assert [event.step for event in curves.Scalars("loss")] == [1, 2]


def test_a_tracker_that_is_not_installed_is_refused_before_anything_is_written(
    make_config: MakeConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = make_config(tracking_tracker="wandb")
    monkeypatch.setattr("training.tracking.find_spec", lambda _name: None)
    with pytest.raises(ConfigError, match="tracking.tracker = 'wandb' is not installed"):
        train(config, say=silent)
    assert not Path(config.run.output).exists()


@pytest.fixture
def wandb(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Weights & Biases, where it is installed, with nobody logged in."""
    library = pytest.importorskip("wandb", reason="Weights & Biases is not installed")
    for name in ("WANDB_API_KEY", "WANDB_MODE", "WANDB_IDENTITY_TOKEN_FILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("NETRC", "WANDB_CONFIG_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name))
    yield
    library.teardown()  # it reads the environment once in a process


@pytest.mark.usefixtures("wandb")
def test_wandb_without_a_login_is_refused_before_anything_is_written(make_config: MakeConfig) -> None:
    config = make_config(tracking_tracker="wandb")
    with pytest.raises(ConfigError, match=r"'wandb' has no login .*`wandb login`.*WANDB_MODE=offline"):
        train(config, say=silent)
    assert not Path(config.run.output).exists()


@pytest.mark.usefixtures("wandb")
def test_wandb_keeps_steps_that_are_done_again_and_needs_no_network_for_it(
    make_config: MakeConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANDB_MODE", "offline")
    config = make_config(tracking_tracker="wandb")
    accelerator = build_accelerator(config)
    start_tracking(config, accelerator)
    for step, loss in ((1, 0.111), (2, 0.222), (3, 0.333), (2, 0.444)):
        track(accelerator, {"step": step, "loss": loss})
    end_tracking(accelerator)
    written = next((Path(config.run.output) / "tracker").rglob("*.wandb"))
    assert all(loss in written.read_bytes() for loss in (b"0.111", b"0.222", b"0.333", b"0.444"))
    assert (written.parents[2] / "run-id").read_text() in written.name

"""Curves in the trackers that people use, read back with those trackers' own readers."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from training.config import TrainingConfig
from training.errors import ConfigError
from training.loop import train

MakeConfig = Callable[..., TrainingConfig]


def silent(_line: str) -> None:
    pass


def test_trackio_keeps_the_curves_on_this_machine(
    make_config: MakeConfig, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("trackio.utils.TRACKIO_DIR", tmp_path / "trackio")
    monkeypatch.setattr("trackio.sqlite_storage.TRACKIO_DIR", tmp_path / "trackio")
    lines: list[str] = []
    train(make_config(run_steps=2, tracking_tracker="trackio", tracking_project="curves"), say=lines.append)
    assert "curves: trackio show --project curves" in lines
    database = next((tmp_path / "trackio").glob("*.db"))
    rows = sqlite3.connect(database).execute("select step, metrics from metrics order by step").fetchall()
    assert [step for step, _ in rows] == [1, 2]
    assert all(json.loads(metrics)["loss"] > 0 for _, metrics in rows)


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

"""Whole runs on a model with random weights: they learn, repeat, stop, go on, and lose nothing."""

from __future__ import annotations

import json
import os
import shutil
import signal
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import torch
from accelerate.state import AcceleratorState
from PIL import Image

from generation.adapters.file import read_adapter_header
from prompt_engine.faces.drawn import DrawnFaces
from prompt_engine.query import Query
from training.batches import Batches
from training.config import PRECISIONS, TrainingConfig
from training.config_file import read_config
from training.errors import ConfigError, Diverged, RunError, TrainingError
from training.learning import Learner
from training.loop import train
from training.metrics import read_metrics
from training.sheet import sheet_size

ADAPTER = "pytorch_lora_weights.safetensors"
CHECKPOINTS = "checkpoints"

MakeConfig = Callable[..., TrainingConfig]


def silent(_line: str) -> None:
    pass


def written_by(config: TrainingConfig, name: str = ADAPTER) -> bytes:
    return (Path(config.run.output) / name).read_bytes()


def test_four_steps_equal_two_then_resume_then_two(make_config: MakeConfig) -> None:
    # Reported every 3 steps: what the first half gathered belongs to the second half's first report.
    straight, halved = (make_config(name, run_log_every=3) for name in ("straight", "halved"))
    assert train(straight, say=silent) == 4
    assert train(halved, stop_after=2, say=silent) == 2
    assert written_by(halved) != written_by(straight)
    assert train(halved, resume=True, say=silent) == 4
    assert written_by(halved) == written_by(straight)
    rows, expected = (read_metrics(Path(config.run.output)) for config in (halved, straight))
    assert [(row["step"], row["loss"]) for row in rows] == [(row["step"], row["loss"]) for row in expected]


def test_a_kill_between_adapter_and_state_loses_nothing(
    make_config: MakeConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    straight, killed = make_config("straight", run_steps=2), make_config("killed", run_steps=2)
    train(straight, say=silent)
    train(killed, stop_after=1, say=silent)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("training.run.save_state", interrupt)
        train(killed, resume=True, say=silent)
    assert train(killed, resume=True, say=silent) == 2
    assert written_by(killed) == written_by(straight)


def interrupt(*_arguments: object) -> None:
    raise KeyboardInterrupt


def test_pictures_on_the_way_change_nothing_and_are_saved(make_config: MakeConfig) -> None:
    plain = make_config("plain", run_steps=2)
    seen = make_config("seen", run_steps=2, validation_every=1, validation_prompts=["a man with a hat"])
    train(plain, say=silent)
    train(seen, say=silent)
    assert written_by(seen) == written_by(plain)
    sheets = sorted((Path(seen.run.output) / "validation").iterdir())
    assert [sheet.name for sheet in sheets] == ["step-000001.png", "step-000002.png"]
    assert Image.open(sheets[0]).size == sheet_size(96, rows=1)


def test_the_reported_rate_is_the_one_that_was_learned_with(
    make_config: MakeConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, rates = make_config(run_steps=3), []
    update = Learner.update

    def noted(self: Learner, rate: float) -> None:
        rates.append(rate)
        update(self, rate)

    monkeypatch.setattr(Learner, "update", noted)
    train(config, say=silent)
    assert [row["learning_rate"] for row in read_metrics(Path(config.run.output))] == rates


def test_the_configuration_alone_decides_precision_and_batch(
    make_config: MakeConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, among_settings = (make_config(name, run_steps=1) for name in ("plain", "among-settings"))
    train(plain, say=silent)
    AcceleratorState._reset_state(reset_partial_state=True)  # as at the start of a program
    monkeypatch.setenv("ACCELERATE_MIXED_PRECISION", "bf16")
    monkeypatch.setenv("ACCELERATE_GRADIENT_ACCUMULATION_STEPS", "4")
    monkeypatch.setenv("ACCELERATE_DYNAMO_BACKEND", "INDUCTOR")
    train(among_settings, say=silent)
    assert written_by(among_settings) == written_by(plain)
    norms = [read_metrics(Path(each.run.output))[0]["gradient_norm"] for each in (among_settings, plain)]
    assert norms[0] == norms[1]


def test_the_limit_on_gradients_reaches_the_run(make_config: MakeConfig) -> None:
    # Down here AdamW's epsilon outweighs the gradient: without the limit both would learn the same.
    limited = make_config("limited", run_steps=1, optimizer_max_gradient_norm=1e-6)
    free = make_config("free", run_steps=1, optimizer_max_gradient_norm=1e6)
    for config in (limited, free):
        train(config, say=silent)
    assert tensors_of(limited) != tensors_of(free)


def test_the_run_keeps_its_configuration_and_the_adapter_its_record(make_config: MakeConfig) -> None:
    config = make_config(run_steps=1)
    train(config, say=silent)
    folder = Path(config.run.output)
    assert read_config(folder / "config.toml") == config
    record = read_adapter_header(folder / ADAPTER).record
    assert record is not None
    assert record["step"] == 1
    assert record["engine_version"] == "1"
    assert record["faces"]["count"] == 6
    assert record["faces"]["drawn"] and record["faces"]["split"] is None
    assert record["captions"] == {
        "attributes": [2, 3, 4],
        "absences": 0.0,
        "tier_weights": [1.0, 1.0, 1.0],
        "style": "plain",
        "dropout": 0.1,
    }
    assert record["base_model"]["key"] == "demo"
    assert str(config.model.folder) not in json.dumps(record)


@pytest.mark.parametrize("precision", PRECISIONS)
def test_learning_a_few_faces_by_heart_lowers_the_loss(make_config: MakeConfig, precision: str) -> None:
    config = make_config(data_count=2, run_steps=20, run_log_every=5, lora_rank=32, run_precision=precision)
    train(config, say=silent)
    losses = [row["loss"] for row in read_metrics(Path(config.run.output))]
    assert losses[-1] < 0.97 * losses[0]


def test_ctrl_c_saves_and_the_run_goes_on_from_there(make_config: MakeConfig) -> None:
    config, straight = make_config("stopped"), make_config("straight")

    def press_ctrl_c(line: str) -> None:
        if line.startswith("step 2/"):
            os.kill(os.getpid(), signal.SIGINT)

    assert threading.current_thread() is threading.main_thread()
    assert train(config, say=press_ctrl_c) == 2
    assert train(config, resume=True, say=silent) == 4
    train(straight, say=silent)
    assert written_by(config) == written_by(straight)


def test_a_run_is_not_replaced_unasked(make_config: MakeConfig) -> None:
    config = make_config(run_steps=1)
    train(config, say=silent)
    before = written_by(config)
    with pytest.raises(RunError, match=r"already holds a run of 1 steps.*--resume.*--overwrite"):
        train(config, say=silent)
    assert written_by(config) == before
    assert train(config, overwrite=True, say=silent) == 1
    assert written_by(config) == before


def test_a_run_that_is_replaced_stays_whole_until_the_next_is_saved(
    make_config: MakeConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = make_config(run_steps=1), make_config(run_steps=1, run_seed=1)
    folder = Path(old.run.output)
    train(old, say=silent)
    before = files_in(folder)
    for _ in range(2):
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr("training.run.prune_checkpoints", interrupt)  # saved, but not to the end
            patch.setattr("training.run.save_adapter", interrupt)
            train(new, overwrite=True, say=silent)
        assert files_in(folder / ".replaced-run") == before
        assert ADAPTER not in files_in(folder)
    train(new, overwrite=True, say=silent)
    assert sorted(files_in(folder)) == sorted(before)


def files_in(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and ".replaced-run" not in path.relative_to(folder).parts
    }


def test_two_runs_do_not_share_a_folder(make_config: MakeConfig) -> None:
    config = make_config(run_steps=1)

    def start_another(line: str) -> None:
        if line.startswith("step 1/"):
            with pytest.raises(RunError, match="a run is at work in"):
                train(make_config(run_steps=1, run_seed=1), overwrite=True, say=silent)

    assert train(config, say=start_another) == 1
    assert read_config(Path(config.run.output) / "config.toml") == config


def test_a_run_killed_while_it_is_looked_at_is_looked_at_when_it_goes_on(
    make_config: MakeConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = make_config(run_steps=2, validation_every=2, validation_prompts=["a man with a hat"])
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("training.run.write_sheet", interrupt)
        train(config, say=silent)
    train(config, resume=True, say=silent)
    assert (Path(config.run.output) / "validation" / "step-000002.png").is_file()


def test_an_adapter_is_not_replaced_unasked(make_config: MakeConfig) -> None:
    config = make_config()
    folder = Path(config.run.output)
    folder.mkdir()
    (folder / ADAPTER).write_bytes(b"mine")
    with pytest.raises(RunError, match=r"already holds an adapter.*--overwrite"):
        train(config, say=silent)
    assert [path.read_bytes() for path in folder.iterdir()] == [b"mine"]


def test_a_run_is_resumed_only_on_its_own_base(
    make_config: MakeConfig, random_model: Path, tmp_path: Path
) -> None:
    config = make_config(run_steps=2)
    train(config, stop_after=1, say=silent)
    other = shutil.copytree(random_model, tmp_path / "other-model", copy_function=os.link)
    settings = other / "vae" / "config.json"
    text = json.loads(settings.read_text())
    settings.unlink()  # a link: the other model's stays
    settings.write_text(json.dumps({**text, "scaling_factor": text["scaling_factor"] / 2}))
    before = {path.parent for path in Path(config.data.cache).rglob("*.arrow")}
    with pytest.raises(RunError, match="another base model"):
        train(make_config(run_steps=2, model_folder=str(other)), resume=True, say=silent)
    assert {path.parent for path in Path(config.data.cache).rglob("*.arrow")} == before, "prepared in vain"


class LaterFaces(DrawnFaces):
    """The same source without its first face, so that another moves up."""

    def ids(self, query: Query | None = None) -> Sequence[int]:
        return super().ids(query)[1:]


def test_a_run_is_resumed_only_on_its_own_faces(
    make_config: MakeConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = make_config(run_steps=2)
    train(config, stop_after=1, say=silent)
    monkeypatch.setattr("training.preparation.survey.open_faces", lambda _spec: LaterFaces("photographic"))
    with pytest.raises(RunError, match="the run was started with other faces than now"):
        train(config, resume=True, say=silent)


def test_a_run_is_resumed_only_as_itself(make_config: MakeConfig) -> None:
    with pytest.raises(RunError, match="no run to resume"):
        train(make_config(), resume=True, say=silent)
    train(make_config(run_steps=2), stop_after=1, say=silent)
    with pytest.raises(RunError, match=r"run\.seed was 0, is 1"):
        train(make_config(run_steps=2, run_seed=1), resume=True, say=silent)
    newest = Path(make_config().run.output) / CHECKPOINTS / "step-000001.safetensors"
    newest.write_bytes(b"half")
    with pytest.raises(RunError, match=r"step-000001.safetensors is damaged.*remove it to go on"):
        train(make_config(run_steps=2), resume=True, say=silent)
    newest.unlink()
    assert train(make_config(run_steps=2), resume=True, say=silent) == 2


def test_gradients_that_are_no_numbers_stop_the_run_and_spare_the_adapter(
    make_config: MakeConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = make_config(run_steps=9, run_save_every=1, guard_patience=2)
    train(config, stop_after=1, say=silent)
    before = written_by(config)
    whole = Batches.batch

    def broken(self: Batches, step: int, process: int = 0, processes: int = 1) -> object:
        batch = whole(self, step, process, processes)
        batch.latents.fill_(torch.nan)
        return batch

    monkeypatch.setattr(Batches, "batch", broken)
    with pytest.raises(Diverged, match="optimizer.learning_rate"):
        train(config, resume=True, say=silent)
    assert tensors_of(config) == tensors_in(before)


def tensors_of(config: TrainingConfig) -> bytes:
    return tensors_in(written_by(config))


def tensors_in(content: bytes) -> bytes:
    """A safetensors file without its heading, which tells the step."""
    return content[8 + int.from_bytes(content[:8], "little") :]


@pytest.mark.parametrize(
    ("overrides", "error", "text"),
    [
        ({"model_key": "mediun"}, TrainingError, "medium"),
        ({"model_folder": "/no/such/model"}, TrainingError, "/no/such/model holds no diffusers model"),
        ({"data_faces": "folder:/no/such/celeba"}, TrainingError, "/no/such/celeba"),
        ({"lora_rank": 256}, ConfigError, r"lora\.rank = 256: must be at most 192 on this model"),
        ({"data_size_px": 112}, ConfigError, r"data\.size_px = 112: must be at most 96 on this model"),
        (
            {"validation_every": 1, "validation_prompts": ["a man"], "validation_steps": 999},
            ConfigError,
            "validation: Steps is 999",
        ),
    ],
)
def test_what_cannot_be_trained_is_refused_before_anything_is_written(
    make_config: MakeConfig, overrides: dict[str, object], error: type[TrainingError], text: str
) -> None:
    config = make_config(**overrides)
    with pytest.raises(error, match=text):
        train(config, say=silent)
    assert not Path(config.run.output).exists()

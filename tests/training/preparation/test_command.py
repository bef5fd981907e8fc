"""`python -m training prepare`: what a person sees, and what is refused before anything is made."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from training.__main__ import main
from training.config import TrainingConfig
from training.config_file import write_config


@pytest.fixture
def prepare(
    small_config: Callable[..., TrainingConfig], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Run the command with overrides; give exit code, output and errors."""

    def run(*options: str, **overrides: object) -> tuple[int, str, str]:
        write_config(small_config(**overrides), tmp_path / "config.toml")
        code = main(["prepare", "--config", str(tmp_path / "config.toml"), *options])
        return code, *capsys.readouterr()

    return run


Run = Callable[..., tuple[int, str, str]]


def rows(tmp_path: Path) -> list[Path]:
    return list((tmp_path / "cache").glob("*/shard-*"))


def test_a_dry_run_tells_what_disk_and_time_it_takes_and_makes_none_of_it(
    prepare: Run, tmp_path: Path
) -> None:
    code, out, _ = prepare("--dry-run", empty=True)
    assert code == 0
    assert "4 faces of Drawn portraits (flat), 2 captions each, 8 different ones\n" in out
    assert "To be made: latents of 4 of 4 faces, embeddings of 9 of 9 captions: 0.4 MB on disk\n" in out
    assert "It takes about " in out and "estimated from one batch of each" in out
    assert not rows(tmp_path)


def test_what_was_written_is_said_at_the_end(prepare: Run, tmp_path: Path) -> None:
    code, out, _ = prepare(empty=True)
    assert code == 0
    assert out.endswith(f"text embeddings are done: 0.4 MB written to {tmp_path / 'cache'}\n")


def test_a_second_run_says_that_all_is_there(prepare: Run) -> None:
    code, out, err = prepare()
    assert (code, err) == (0, "")
    assert out.endswith("All latents and text embeddings are there\n")
    assert "latents:" not in out


def test_a_disk_that_is_too_small_is_refused_before_anything_is_made(
    prepare: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: SimpleNamespace(free=300_000))
    code, out, err = prepare(empty=True)
    assert code == 2 and err.count("\n") == 1
    assert "need 0.4 MB, and 0.3 MB are free in" in err and "set data.cache to a larger disk" in err
    assert not rows(tmp_path)
    assert prepare("--set", "data.count=1")[0] == 0  # there already: nothing is needed


@pytest.mark.parametrize(
    ("overrides", "says"),
    [
        ({"data_faces": "folder:/no/such/place"}, "data.faces = 'folder:/no/such/place'"),
        ({"model_folder": "/no/such/place"}, "model.folder = /no/such/place holds no diffusers model"),
        ({"model_key": "demo"}, "set model.key to medium or large"),
        ({"data_size_px": 1040}, "data.size_px = 1040: must be at most 1024 on this model"),
        ({"data_count": 30_000, "validation_held_out": 3}, "none is left to hold out"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(
    prepare: Run, tmp_path: Path, overrides: dict[str, object], says: str
) -> None:
    code, out, err = prepare(empty=True, **overrides)
    assert (code, out) == (2, "") and err.count("\n") == 1
    assert says in err
    assert not list((tmp_path / "cache").glob("*/*"))


def test_a_model_without_its_settings_is_refused(prepare: Run, model: Path) -> None:
    (model / "vae" / "config.json").unlink()
    code, _, err = prepare(empty=True)
    assert code == 2 and "has no usable vae/config.json" in err and err.count("\n") == 1


def test_a_model_without_its_weights_is_refused(prepare: Run, model: Path, tmp_path: Path) -> None:
    (model / "vae" / "diffusion_pytorch_model.safetensors").unlink()
    code, _, err = prepare(empty=True)
    assert code == 2 and "is incomplete" in err
    assert not rows(tmp_path)


def test_a_list_without_images_is_refused(prepare: Run, photographs: Path) -> None:
    shutil.rmtree(photographs / "Img" / "img_align_celeba")
    (photographs / "Img" / "img_align_celeba").mkdir()
    code, _, err = prepare(data_faces=f"folder:{photographs}")
    assert code == 2 and "holds none of the images" in err and err.count("\n") == 1


def test_images_without_labels_are_refused(prepare: Run, photographs: Path) -> None:
    shutil.rmtree(photographs / "Anno")
    code, _, err = prepare(data_faces=f"folder:{photographs}")
    assert code == 2 and err.startswith("data.faces = ") and err.count("\n") == 1


def test_encoders_that_do_not_fit_are_told_in_a_sentence(
    prepare: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_large(*_: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory.\nTried to allocate a lot")

    monkeypatch.setattr("training.preparation.prepare.text_batches", too_large)
    code, _, err = prepare(empty=True)
    assert code == 2 and "do not fit into what is free of the GPU's memory" in err and err.count("\n") == 1

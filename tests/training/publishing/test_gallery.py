"""A run that left no pictures of its adapter has a gallery all the same, or is published without one."""

from __future__ import annotations

import re
import shutil
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from generation.png.metadata import read_recipe
from tests.hub_api.server import HubApi
from training.__main__ import main

REPO = "ada/faces"


def _publish(run_folder: Path, *options: str) -> int:
    return main(["publish", str(run_folder), "--repo", REPO, *options])


def _gallery(hub: HubApi) -> dict[str, bytes]:
    files = hub.repositories[REPO].files
    return {path: content for path, content in files.items() if path.startswith("gallery/")}


def _change_config(run_folder: Path, old: str, new: str) -> None:
    path = run_folder / "config.toml"
    text, changes = re.subn(old, new, path.read_text())
    assert changes == 1
    path.write_text(text)


def _pixels(content: bytes) -> np.ndarray:
    return np.asarray(Image.open(BytesIO(content)).convert("RGB"), dtype=float)


def test_pictures_are_made_as_the_run_would_have(
    hub: HubApi, run_folder: Path, capsys: pytest.CaptureFixture[str], single_threaded: None
) -> None:
    assert _publish(run_folder) == 0
    left_by_the_run = _gallery(hub)
    shutil.rmtree(run_folder / "validation")
    assert _publish(run_folder, "--dry-run") == 0
    said = capsys.readouterr().out
    assert "has no pictures of its adapter: 8 are made for the gallery" in said
    assert "to be made  gallery/01-vanilla.png" in said and " 0 bytes" not in said
    assert _publish(run_folder) == 0
    made = _gallery(hub)
    assert made.keys() == left_by_the_run.keys()
    for path, content in made.items():
        assert np.abs(_pixels(content) - _pixels(left_by_the_run[path])).mean() < 1


def test_pictures_of_an_earlier_step_are_not_taken(
    hub: HubApi, run_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = run_folder / "validation"
    (place / "step-000002.png").rename(place / "step-000001.png")
    assert _publish(run_folder, "--dry-run") == 0
    assert "8 are made for the gallery" in capsys.readouterr().out


def test_without_prompts_there_are_some_of_ours(
    hub: HubApi, run_folder: Path, tmp_path: Path, single_threaded: None
) -> None:
    shutil.rmtree(run_folder / "validation")
    _change_config(run_folder, r"prompts = .*", "prompts = []")
    _change_config(run_folder, r"seeds = .*", "seeds = [7]")
    assert _publish(run_folder) == 0
    assert len(_gallery(hub)) == 8
    (tmp_path / "one.png").write_bytes(_gallery(hub)["gallery/02-fine-tuned.png"])
    recipe = read_recipe(tmp_path / "one.png")
    assert recipe.prompt == "a man with black hair and a goatee, wearing eyeglasses"
    assert (recipe.adapter, recipe.steps) == (REPO, 4)


@pytest.mark.parametrize("change", ["gone", "another", "no GPU"])
def test_where_none_can_be_made_it_is_published_without(
    change: str,
    hub: HubApi,
    run_folder: Path,
    random_model: Path,
    small_sd35: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    shutil.rmtree(run_folder / "validation")
    other = Path(shutil.copytree(random_model, tmp_path / "model"))
    (other / "vae" / "config.json").write_text((other / "vae" / "config.json").read_text() + "\n")
    folder = {"gone": "/data/model", "another": str(other), "no GPU": str(random_model)}[change]
    _change_config(run_folder, r"folder = .*", f'folder = "{folder}"')
    if change == "no GPU":
        _change_config(run_folder, r'key = "demo"', 'key = "medium"')
        _change_config(run_folder, r"steps = 4", "steps = 10")
    assert _publish(run_folder) == 0
    reason = {"gone": "holds no diffusers model", "another": "is another one", "no GPU": "need a GPU"}[change]
    assert re.search(f"the gallery is left out: .*{reason}", capsys.readouterr().out)
    card = hub.repositories[REPO].files["README.md"].decode()
    assert not _gallery(hub) and "<Gallery />" not in card and "No pictures were made" in card
    assert "widget" not in card and "gallery" not in card

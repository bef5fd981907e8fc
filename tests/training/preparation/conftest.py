"""Small models and folders of one's own, to prepare from and to change."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from accelerate import Accelerator

from prompt_engine.attributes import LABELS
from prompt_engine.faces.drawn import DrawnFaces
from training.config import TrainingConfig
from training.config_file import build_config
from training.preparation.prepare import prepare


@pytest.fixture
def model(small_sd35: Path, tmp_path: Path) -> Path:
    """A model of one's own, with all three text encoders."""
    return Path(shutil.copytree(small_sd35, tmp_path / "model"))


@pytest.fixture(scope="session")
def filled_cache(small_sd35: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What four faces drawn flat at 32 px need, made once."""
    cache = tmp_path_factory.mktemp("filled-cache")
    tables = {
        "model": {"key": "medium", "folder": str(small_sd35)},
        "data": {
            "faces": "drawn:flat",
            "size_px": 32,
            "count": 4,
            "captions_per_face": 2,
            "cache": str(cache),
        },
    }
    prepare(build_config(tables), Accelerator(cpu=True), lambda _line: None)
    return cache


@pytest.fixture
def small_config(
    make_config: Callable[..., TrainingConfig], model: Path, tmp_path: Path, filled_cache: Path
) -> Callable[..., TrainingConfig]:
    """Configurations of those faces with a copy of that cache; `empty=True` with none."""

    def make(empty: bool = False, **overrides: object) -> TrainingConfig:
        cache = tmp_path / "cache"
        if not empty and not cache.exists():
            shutil.copytree(filled_cache, cache)
        small = {"model_key": "medium", "model_folder": str(model), "data_cache": str(cache)}
        drawn = {"data_faces": "drawn:flat", "data_size_px": 32, "data_count": 4}
        looked_at = {"validation_every": 2} if overrides.get("validation_held_out") else {}
        return make_config(**{**small, **drawn, **looked_at, **overrides})

    return make


@pytest.fixture
def photographs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in CelebA's layout that holds drawings: 12 to train on, 4 to validate on, the last blurry."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user-cache"))
    root, source = tmp_path / "celeba", DrawnFaces(size_px=64)
    for part in ("Anno", "Eval", "Img/img_align_celeba"):
        (root / part).mkdir(parents=True)
    names = [f"{number + 1:06d}.jpg" for number in range(16)]
    values = np.array([[label in source.labels(each) for label in LABELS] for each in range(16)])
    values[-1, LABELS.index("Blurry")] = True
    lines = [
        f"{name} {' '.join('1' if each else '-1' for each in row)}"
        for name, row in zip(names, values, strict=True)
    ]
    (root / "Anno" / "list_attr_celeba.txt").write_text("\n".join(["16", " ".join(LABELS), *lines, ""]))
    splits = [f"{name} {int(number >= 12)}" for number, name in enumerate(names)]
    (root / "Eval" / "list_eval_partition.txt").write_text("\n".join([*splits, ""]))
    for number, name in enumerate(names):
        source.face(number).image.save(root / "Img" / "img_align_celeba" / name, quality=95)
    return root

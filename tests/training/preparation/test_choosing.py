"""Which faces are learned from and which are held out; faces that cannot be had are refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from training.config import DataConfig, TrainingConfig
from training.dataset import open_faces
from training.errors import ConfigError, DataError
from training.preparation.choosing import candidate_ids, choose_faces

MakeConfig = Callable[..., TrainingConfig]


def silent(_line: str) -> None:
    pass


@pytest.mark.parametrize("spec", ["drawn:crayon", "folder:/no/such/place", "painted"])
def test_faces_that_are_not_there_are_refused(spec: str) -> None:
    with pytest.raises(DataError, match="data.faces"):
        open_faces(spec)


def test_only_the_asked_split_is_trained_on(celeba_dir: Path) -> None:
    source = open_faces(f"folder:{celeba_dir}")
    assert candidate_ids(source, DataConfig(split="train")) == candidate_ids(
        source, DataConfig(split="all")
    )  # the images here are of it
    with pytest.raises(DataError, match="split test, has no face to train on"):
        candidate_ids(source, DataConfig(split="test"))
    assert candidate_ids(open_faces("drawn:flat"), DataConfig(split="test"))[:3] == [0, 1, 2]


def test_a_range_of_images_is_told_by_celeba_s_numbers(celeba_dir: Path) -> None:
    source = open_faces(f"folder:{celeba_dir}")
    found = candidate_ids(source, DataConfig(images=(11, 40)))
    assert found == [each for each in source.ids() if 10 <= each < 40]
    with pytest.raises(DataError, match=r"images \[5000, 6000\], has no face to train on.* data.images"):
        candidate_ids(source, DataConfig(images=(5000, 6000)))
    for wrong in ((7,), (40, 11)):
        with pytest.raises(ConfigError, match="images = .*give the first and the last"):
            DataConfig(images=wrong)


def test_images_of_an_unknown_split_are_not_trained_on_unasked(
    celeba_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for part in ("Anno", "Img"):
        (tmp_path / part).symlink_to(celeba_dir / part)
    source = open_faces(f"folder:{tmp_path}")
    with pytest.raises(DataError, match="list_eval_partition.txt into Eval, or set data.split"):
        candidate_ids(source, DataConfig(split="train"))
    assert len(candidate_ids(source, DataConfig(split="all"))) > 10


def test_drawn_faces_after_those_learned_from_are_held_out(make_config: MakeConfig) -> None:
    chosen = choose_faces(make_config(data_count=5, validation_held_out=3), open_faces("drawn:flat"), silent)
    assert (chosen.learned, chosen.held_out, chosen.copies) == ([0, 1, 2, 3, 4], [5, 6, 7], 0)


def test_of_all_faces_the_last_ones_are_held_out(make_config: MakeConfig) -> None:
    some = make_config(validation_held_out=3)
    config = replace(some, data=replace(some.data, count=None))
    source = open_faces("drawn:flat")
    chosen = choose_faces(config, source, silent)
    assert [*chosen.learned, *chosen.held_out] == list(source.ids()) and len(chosen.held_out) == 3
    with pytest.raises(DataError, match="none is left to hold out: lower data.count"):
        choose_faces(make_config(data_count=10**6, validation_held_out=1), source, silent)

"""Which faces are learned from and which are held out; faces that cannot be had are refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from training.config import TrainingConfig
from training.dataset import open_faces
from training.errors import DataError
from training.preparation.choosing import choose_faces, split_ids

MakeConfig = Callable[..., TrainingConfig]


def silent(_line: str) -> None:
    pass


@pytest.mark.parametrize("spec", ["drawn:crayon", "folder:/no/such/place", "painted"])
def test_faces_that_are_not_there_are_refused(spec: str) -> None:
    with pytest.raises(DataError, match="data.faces"):
        open_faces(spec)


def test_only_the_asked_split_is_trained_on(celeba_dir: Path) -> None:
    source = open_faces(f"folder:{celeba_dir}")
    assert split_ids(source, "train") == split_ids(source, "all")  # the images here are of it
    with pytest.raises(DataError, match="split test, has no face to train on"):
        split_ids(source, "test")
    assert split_ids(open_faces("drawn:flat"), "test")[:3] == [0, 1, 2]


def test_images_of_an_unknown_split_are_not_trained_on_unasked(
    celeba_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for part in ("Anno", "Img"):
        (tmp_path / part).symlink_to(celeba_dir / part)
    source = open_faces(f"folder:{tmp_path}")
    with pytest.raises(DataError, match="list_eval_partition.txt into Eval, or set data.split"):
        split_ids(source, "train")
    assert len(split_ids(source, "all")) > 10


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

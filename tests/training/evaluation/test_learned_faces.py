"""Memorisation is told against the very faces that a run learned from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from accelerate import Accelerator

from training.config import TrainingConfig
from training.errors import DataError
from training.evaluation.faces import Choice
from training.evaluation.sides import FaceWishes, cautions, open_sides
from training.preparation.prepare import prepare

MakeConfig = Callable[..., TrainingConfig]
Learned = tuple[TrainingConfig, dict[str, Any], tuple[int, ...]]


@pytest.fixture
def learned(make_config: MakeConfig, drawn_celeba: Path, monkeypatch: pytest.MonkeyPatch) -> Learned:
    """A configuration of 12 of the 39 faces there are, what its record says, and their ids."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(drawn_celeba / "user-cache"))
    config = make_config(
        data_faces=f"folder:{drawn_celeba}", data_size_px=32, data_count=12, validation_held_out=5
    )
    prepared = prepare(config, Accelerator(cpu=True), lambda _line: None)
    faces = {"title": "CelebA", "count": 12, "split": "train", "images": None, "drawn": False}
    return config, {"faces": {**faces, "fingerprint": prepared.faces}}, tuple(prepared.examples.ids.tolist())


def _wishes(root: Path, config: TrainingConfig | None, **changed: Any) -> FaceWishes:
    return replace(FaceWishes(f"folder:{root}", Choice(split="test"), config=config), **changed)


@pytest.mark.parametrize("by_record", [False, True])
def test_training_faces_are_those_that_were_learned_from(
    learned: Learned, drawn_celeba: Path, by_record: bool
) -> None:
    config, record, ids = learned
    assert len(ids) == 12 and 2 not in ids  # the third is blurry
    sides = open_sides(_wishes(drawn_celeba, None if by_record else config), record, 5, 1)
    assert sides.training.ids == ids
    assert sides.training.words == "images 1 to 13, those that it learned from"
    assert not any("for certain" in each or "may have" in each for each in cautions(sides, record))


def test_some_of_them_can_be_asked_for_or_others(learned: Learned, drawn_celeba: Path) -> None:
    config, record, ids = learned
    some = open_sides(_wishes(drawn_celeba, config, training_count=6), record, 5, 1).training
    assert (some.ids, some.words) == (ids[:6], "images 1 to 7, 6 of the 12 that it learned from")
    others = open_sides(_wishes(drawn_celeba, config, training=(20, 30)), record, 5, 1).training
    assert others.ids == tuple(range(19, 30))


def test_what_was_learned_from_is_not_held_out_and_the_rest_may_be(
    learned: Learned, drawn_celeba: Path
) -> None:
    config, record, _ = learned
    with pytest.raises(DataError, match="learned from image 11, which is held out"):
        open_sides(_wishes(drawn_celeba, config, held_out=Choice(numbers=(11, 20))), record, 5, 1)
    sides = open_sides(_wishes(drawn_celeba, config, held_out=Choice(numbers=(14, 30))), record, 5, 1)
    assert len(sides.training.ids) == 12


def test_faces_that_are_others_than_the_records_are_told(learned: Learned, drawn_celeba: Path) -> None:
    config, record, ids = learned
    record["faces"]["fingerprint"] = "f00d"
    sides = open_sides(_wishes(drawn_celeba, config), record, 5, 1)
    assert sides.training.ids == ids
    assert sides.training.words.endswith("those that it may have learned from, by its record")
    assert any("not for certain those that the adapter learned from" in x for x in cautions(sides, record))


def test_of_drawn_people_they_are_the_first(make_config: MakeConfig) -> None:
    config = make_config(data_faces="drawn:flat", data_size_px=32, data_count=6)
    prepared = prepare(config, Accelerator(cpu=True), lambda _line: None)
    faces = {"title": prepared.source.title, "count": 6, "split": None, "images": None, "drawn": True}
    record = {"faces": {**faces, "fingerprint": prepared.faces}}
    for known in (config, None):
        sides = open_sides(FaceWishes("drawn:flat", config=known), record, 5, 1)
        assert sides.training.ids == tuple(prepared.examples.ids.tolist())
        assert sides.learned and sides.learned.certain

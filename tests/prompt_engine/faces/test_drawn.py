"""Drawn portraits: the same every time, every attribute visible, labels that follow CelebA's counts."""

import numpy as np
import pytest
from PIL import ImageChops

from prompt_engine.attributes import LABELS
from prompt_engine.buckets import GENDERS
from prompt_engine.catalogue import catalogue
from prompt_engine.counts import AggregateCounts
from prompt_engine.errors import FaceSourceError
from prompt_engine.faces import open_face_source, population
from prompt_engine.faces.consistency import EXCLUSIVE, NOT_ON_MEN, NOT_ON_WOMEN, consistent
from prompt_engine.faces.drawn import PEOPLE, DrawnFaces
from prompt_engine.faces.looks import LOOKS, draw
from prompt_engine.faces.person import person
from prompt_engine.faces.population import BATCH, Population
from prompt_engine.query import Query
from prompt_engine.selection import Selection

SIZE_PX = 96
NOT_DRAWN = {"Attractive", "No_Beard"}  # beauty cannot be drawn; no beard is the absence of four others


@pytest.fixture(scope="module")
def faces() -> DrawnFaces:
    return DrawnFaces()


def _portrait(labels: frozenset[str], look: str) -> np.ndarray:
    rng = np.random.default_rng(5)
    return np.asarray(draw(person(labels, rng), look, SIZE_PX, rng), dtype=float)


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("label", [label for label in LABELS if label not in NOT_DRAWN])
def test_every_drawable_attribute_changes_the_picture(label: str, look: str) -> None:
    gender = {"Male"} if label in NOT_ON_WOMEN else set()
    without = consistent({"Brown_Hair", *gender} - {label})
    changed = (
        np.abs(_portrait(consistent([label, *without]), look) - _portrait(without, look)).max(axis=2) > 24
    )
    assert changed.sum() >= 12, f"{label} changes {changed.sum()} pixels"


def test_the_two_looks_show_the_same_person_differently() -> None:
    flat, photographic = (DrawnFaces(look) for look in LOOKS)
    for number in range(5):
        first, second = flat.face(number), photographic.face(number)
        assert first.labels == second.labels and first.id == second.id
        assert ImageChops.difference(first.image, second.image).getbbox() is not None


def test_a_face_is_the_same_every_time(faces: DrawnFaces) -> None:
    again = DrawnFaces()
    for number in (0, 999, 1000, 19_999):
        assert faces.face(number).image.tobytes() == again.face(number).image.tobytes()
        assert faces.labels(number) == again.labels(number)


def test_sampled_faces_match_and_another_seed_gives_others(faces: DrawnFaces) -> None:
    selection = Selection("male", ("Bald", "Gray_Hair", "Smiling"))
    query = Query.of(selection)
    first, second = faces.sample(query, 8, seed=1), faces.sample(query, 8, seed=2)
    assert len({face.id for face in first}) == 8
    assert all(selection.matches(face.labels) for face in first + second)
    assert {face.id for face in first} != {face.id for face in second}
    assert [face.id for face in faces.sample(query, 8, seed=1)] == [face.id for face in first]


def test_names_are_sampled_without_a_drawing(faces: DrawnFaces, monkeypatch: pytest.MonkeyPatch) -> None:
    query = Query("male", ("Smiling",))
    shown = [face.id for face in faces.sample(query, 9, seed=5)]
    monkeypatch.setattr(faces, "_drawn", lambda _: pytest.fail("a face was drawn"))
    assert faces.sample_ids(query, 9, seed=5) == shown


def test_no_face_is_shown_where_celeba_has_none(faces: DrawnFaces) -> None:
    nobody = Query("male", ("Goatee", "Bangs", "Gray_Hair"))
    assert faces.match_count(nobody).images == 0
    assert faces.sample(nobody, 20, seed=1) == []


def test_the_population_follows_celebas_counts() -> None:
    counts = AggregateCounts.load()
    model = Population(counts)
    people = [labels for index in range(6000 // BATCH) for labels in model.batch(index)]
    for gender in ("male", "female"):
        group = [labels for labels in people if ("Male" in labels) == (gender == "male")]
        total = counts.genders[gender][()]
        for label in (
            "Smiling",
            "Young",
            "Eyeglasses",
            "Wearing_Lipstick",
            "Mustache",
            "Wearing_Hat",
            "Bangs",
        ):
            expected = counts.genders[gender][(LABELS.index(label),)] / total
            assert sum(label in labels for labels in group) / len(group) == pytest.approx(expected, abs=0.03)
        smiling, open_mouth = LABELS.index("Smiling"), LABELS.index("Mouth_Slightly_Open")
        expected = counts.genders[gender][tuple(sorted((smiling, open_mouth)))] / total
        together = sum({"Smiling", "Mouth_Slightly_Open"} <= labels for labels in group) / len(group)
        assert together == pytest.approx(expected, abs=0.03)


def test_no_rounding_error_decides_a_label(monkeypatch: pytest.MonkeyPatch) -> None:
    model = Population(AggregateCounts.load())
    people = [model.batch(index) for index in range(PEOPLE // BATCH)]
    exact, errors = population._GenderModel.margins, np.random.default_rng(3)
    monkeypatch.setattr(
        population._GenderModel,
        "margins",
        lambda gender, deviates: exact(gender, deviates) + errors.uniform(-1e-8, 1e-8, deviates.shape),
    )
    assert [model.batch(index) for index in range(PEOPLE // BATCH)] == people


def test_nobody_contradicts_themselves(faces: DrawnFaces) -> None:
    for number in range(2000):
        labels = faces.labels(number)
        assert all(len(labels & set(group)) <= 1 for group in EXCLUSIVE)
        assert not labels & (NOT_ON_MEN if "Male" in labels else NOT_ON_WOMEN)


def test_an_unknown_look_is_refused() -> None:
    with pytest.raises(FaceSourceError, match="'oil'.*flat or photographic"):
        DrawnFaces("oil")


def test_drawn_is_the_default_source() -> None:
    assert open_face_source(None).drawn


def test_every_prompt_that_celeba_has_a_face_for_has_a_drawn_one(faces: DrawnFaces) -> None:
    for gender in GENDERS:
        for triple in catalogue(gender)[::150]:
            query = Query(gender, triple)
            shown = faces.sample(query, 1, seed=1)
            assert bool(shown) == (faces.match_count(query).images > 0), query

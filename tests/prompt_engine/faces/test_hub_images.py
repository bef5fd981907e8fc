"""What is kept of a dataset's images, on disk and in memory: within bounds, and anew where damaged."""

from __future__ import annotations

from pathlib import Path

import pytest

from prompt_engine.errors import FaceSourceError
from prompt_engine.faces.hub import HubFaces
from prompt_engine.faces.prefetcher import Prefetcher
from prompt_engine.query import Query
from tests.prompt_engine.faces.hub_datasets import GROUP, SIZE_PX, Layout
from tests.prompt_engine.faces.hub_server import HubServer

EVERYONE = Query(blurry="in")
# What a machine that stops may leave of a file, and what a broken disk makes of one.
DAMAGES = {
    "empty": lambda data: b"",
    "a byte": lambda data: data[:1],
    "cut": lambda data: data[: len(data) // 2],
    "zeros": lambda data: bytes(len(data)),
    "something else": lambda data: b"\x89PNG cut",
}


@pytest.fixture(autouse=True)
def no_prefetch(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is asked for is what is fetched."""
    monkeypatch.setattr(Prefetcher, "start", lambda *_: None)


def _damage(folder: Path, pattern: str, damage: str) -> int:
    """Damage the kept files that are called so; how many there are."""
    files = [*folder.rglob(pattern)]
    for file in files:
        file.write_bytes(DAMAGES[damage](file.read_bytes()))
    return len(files)


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_images_on_this_disk_are_fetched_again(
    damage: str, hub: HubServer, layout: Layout, tmp_path: Path
) -> None:
    before = HubFaces(layout.name, tmp_path).sample(EVERYONE, 10, seed=1)
    assert _damage(tmp_path, "images/*/*.bin", damage) == 10
    faces = HubFaces(layout.name, tmp_path)
    assert faces.face(faces.number(before[0].id)).image.tobytes() == before[0].image.tobytes()
    again = faces.sample(EVERYONE, 10, seed=1)
    assert [(face.id, face.image.tobytes()) for face in again] == [
        (face.id, face.image.tobytes()) for face in before
    ]
    hub.forget()
    assert len(HubFaces(layout.name, tmp_path).sample(EVERYONE, 10, seed=1)) == 10
    assert not hub.stored


def test_empty_images_on_this_disk_are_fetched_together(
    hub: HubServer, layout: Layout, tmp_path: Path
) -> None:
    faces = HubFaces(layout.name, tmp_path)
    for row in range(GROUP):
        faces.face(row)
    assert _damage(tmp_path, "images/*/*.bin", "empty") == GROUP
    hub.forget()
    faces = HubFaces(layout.name, tmp_path)
    assert all(isinstance(each, bytes) and each for each in faces._images.read(range(GROUP)).values())
    assert len(hub.stored) == 1


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_footer_on_this_disk_is_fetched_again(
    damage: str, hub: HubServer, layout: Layout, tmp_path: Path
) -> None:
    before = HubFaces(layout.name, tmp_path).face(0).image.tobytes()
    assert _damage(tmp_path, "footers/**/*.bin", damage) == 1
    assert _damage(tmp_path, "images/*/*.bin", "empty") == 1
    assert HubFaces(layout.name, tmp_path).face(0).image.tobytes() == before
    hub.forget()
    HubFaces(layout.name, tmp_path).face(GROUP)
    assert len(hub.stored) == 1  # the images alone


def test_a_footer_that_comes_damaged_is_not_kept(hub: HubServer, layout: Layout, tmp_path: Path) -> None:
    faces = HubFaces(layout.name, tmp_path)
    sent = hub.files
    hub.files = {path: data[:-200] + bytes(192) + data[-8:] for path, data in sent.items()}
    with pytest.raises(FaceSourceError, match="is damaged at its end"):
        faces.face(0)
    assert not [*tmp_path.rglob("*.bin")]
    hub.files = sent
    assert faces.face(0).image.size == (SIZE_PX, SIZE_PX)

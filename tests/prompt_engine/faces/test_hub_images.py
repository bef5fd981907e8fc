"""What is kept of a dataset's images, on disk and in memory: within bounds, and anew where damaged."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from prompt_engine.errors import FaceSourceError
from prompt_engine.faces.hub import HubFaces
from prompt_engine.faces.prefetcher import Prefetcher
from prompt_engine.image_hashes import ImageHashes
from prompt_engine.near_duplicates import hash_image
from prompt_engine.query import Query
from tests.prompt_engine.faces.hub_datasets import GROUP, SIZE_PX, Layout, Portraits, parquet
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


def _kept_images(folder: Path) -> set[str]:
    return {str(file) for file in folder.rglob("images/*/*.bin")}


def _noise(size: tuple[int, int], seed: int) -> bytes:
    """An image file of which nothing can be packed."""
    pixels = np.random.default_rng(seed).integers(0, 256, (*size[::-1], 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "BMP")
    return file.getvalue()


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


def test_the_hashes_of_all_images_leave_what_is_kept(
    hub: HubServer, layout: Layout, portraits: Portraits, tmp_path: Path
) -> None:
    faces = HubFaces(layout.name, tmp_path)
    shown = {face.id for face in faces.sample(EVERYONE, 10, seed=1)}
    kept = _kept_images(tmp_path)
    hub.forget()
    hashes = ImageHashes(faces, tmp_path)
    assert len(list(hashes.make())) == len(faces.ids())
    assert len(shown) == len(kept) == 10
    assert _kept_images(tmp_path) == kept
    for row in faces.ids():
        with Image.open(io.BytesIO(portraits.images[row])) as image:
            assert hashes.by_id[row] == hash_image(image.convert("RGB"))
    rounds = [(each.path, each.start) for each in hub.stored]
    assert len(rounds) == len(set(rounds))  # no row group comes twice


def test_row_groups_in_memory_stay_within_32_mb(
    hub: HubServer, layout: Layout, portraits: Portraits, tmp_path: Path
) -> None:
    rows = 3 * GROUP
    images = tuple(_noise((512, 400), seed) for seed in range(rows))  # 12.3 MB a row group
    drawn = replace(portraits, values=portraits.values[:rows], images=images)
    hub.card, hub.files = None, {"train-0.parquet": parquet(drawn, slice(0, rows), False)}
    faces = HubFaces(layout.name, tmp_path)
    first, second, third = 0, GROUP, 2 * GROUP

    def fetched_mb(row: int) -> float:
        hub.forget()
        assert faces.face(row).image.size == (512, 400)
        return hub.received / 1e6

    assert fetched_mb(first) > 12 and fetched_mb(second) > 12
    assert fetched_mb(first + 1) == fetched_mb(second + 1) == fetched_mb(first + 2) == 0  # two fit
    assert fetched_mb(third) > 12
    assert fetched_mb(third + 1) == fetched_mb(first + 3) == 0
    assert fetched_mb(second + 2) > 12  # three do not: the one used longest ago went

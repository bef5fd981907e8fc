"""Images that look the same are found, and only those; hashes are made once."""

import hashlib
import io
import os
import shutil
import time
from collections.abc import Container
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageEnhance

from prompt_engine.errors import FaceSourceError
from prompt_engine.faces import Face
from prompt_engine.faces.drawn import DrawnFaces
from prompt_engine.faces.folder import FolderFaces
from prompt_engine.faces.looks import LOOKS
from prompt_engine.image_hashes import ImageHashes
from prompt_engine.near_duplicates import (
    MOST_BITS,
    MOST_FINE_BITS,
    MOST_PAIRS,
    ImageHash,
    count_disagreements,
    find_near_duplicates,
    find_pairs,
    hash_image,
)


@pytest.fixture(scope="module")
def portraits() -> list[Face]:
    """A few drawn people."""
    source = DrawnFaces(size_px=178)
    return [source.face(number) for number in range(8)]


class SmallSource:
    """Some faces, of which some may be unreadable; counts how often an image is read."""

    title, notice, drawn, filterable, versions = "Small", "for tests", False, False, ("aligned",)

    def __init__(
        self, images: list[Image.Image], labels: list[set[str]], damaged: Container[int] = ()
    ) -> None:
        self.images, self.all_labels, self.damaged, self.read = images, labels, damaged, 0

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(b"".join(image.tobytes() for image in self.images)).hexdigest()

    def ids(self) -> range:
        return range(len(self.images))

    def labels(self, id: int) -> frozenset[str]:
        return frozenset(self.all_labels[id])

    def glance(self, id: int) -> Face:
        self.read += 1
        if id in self.damaged:
            raise FaceSourceError(f"The image {id} cannot be read: fetch it again.")
        return Face(str(id), self.images[id], self.labels(id))


def saved_again(image: Image.Image) -> Image.Image:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=60)
    return Image.open(file).convert("RGB")


def bits_between(first: Image.Image, second: Image.Image) -> tuple[int, int]:
    """How many bits of the coarse and of the fine hashes differ."""
    one, other = hash_image(first), hash_image(second)
    return (one.coarse ^ other.coarse).bit_count(), (one.fine ^ other.fine).bit_count()


def is_near(bits: tuple[int, int]) -> bool:
    return bits[0] <= MOST_BITS and bits[1] <= MOST_FINE_BITS


def test_a_changed_copy_is_near_and_another_person_is_not(portraits: list[Face]) -> None:
    image = portraits[0].image
    assert bits_between(image, image.copy()) == (0, 0)
    assert is_near(bits_between(image, saved_again(image)))
    assert is_near(bits_between(image, ImageEnhance.Brightness(image).enhance(0.8)))
    assert is_near(bits_between(image, image.resize((120, 147))))
    assert not any(is_near(bits_between(image, other.image)) for other in portraits[1:])


def test_what_is_only_alike_at_a_glance_is_told_apart() -> None:
    hashes = {0: ImageHash(0, 0), 1: ImageHash(7, 2**MOST_FINE_BITS - 1), 2: ImageHash(1, 2**80 - 1)}
    source = SmallSource([], [{"Bald"}, {"Young"}, {"Bald"}])
    found = find_near_duplicates(source, hashes)
    assert [(each.ids, each.same_picture) for each in found] == [
        ((0, 1), True),
        ((1, 2), False),
        ((0, 2), False),
    ]


def test_every_near_pair_is_found_and_no_other() -> None:
    rng = np.random.default_rng(3)
    hashes = rng.integers(0, 2**63, size=300, dtype=np.uint64)
    for place in range(0, 300, 3):  # copies with 0 to 5 bits changed, anywhere
        for bit in rng.choice(64, size=place // 3 % 6, replace=False).tolist():
            hashes[place] ^= np.uint64(1) << np.uint64(bit)
        hashes[place + 1] = hashes[place]
        for bit in rng.choice(64, size=place // 3 % 6, replace=False).tolist():
            hashes[place + 1] ^= np.uint64(1) << np.uint64(bit)
    distances = np.bitwise_count(hashes[:, None] ^ hashes[None])
    first, second = np.nonzero(np.triu(distances <= MOST_BITS, 1))
    expected = np.column_stack([first, second, distances[first, second]])
    assert len(expected) >= 60
    assert find_pairs(hashes).tolist() == expected.tolist()


def test_copies_of_one_image_hide_no_other_pair() -> None:
    rng = np.random.default_rng(4)
    hashes = np.concatenate([np.full(2000, 7, np.uint64), rng.integers(2**32, 2**63, 10_000, np.uint64)])
    hashes[[500, 2500]] = hashes[[9000, 9001]] ^ np.uint64(1)
    started_s = time.monotonic()
    pairs = find_pairs(hashes)
    assert time.monotonic() - started_s < 5  # most of a minute when all are compared with all
    assert len(pairs) == MOST_PAIRS == len(np.unique(pairs[:, :2], axis=0))
    assert {(500, 9000, 1), (2500, 9001, 1)} <= {*map(tuple, pairs.tolist())}
    assert (pairs[:, 0] < pairs[:, 1]).all()
    first, second = hashes[pairs[:, 0]], hashes[pairs[:, 1]]
    assert (np.bitwise_count(first ^ second) == pairs[:, 2]).all()
    found = find_near_duplicates(
        SmallSource([], [set()] * len(hashes)),
        {place: ImageHash(each, 0) for place, each in enumerate(hashes.tolist())},
    )
    assert len(found) == MOST_PAIRS


def test_copies_pair_with_each_other_and_with_what_is_near() -> None:
    hashes = np.array([8, 0, 1, 8, 2**63, 0, 0], dtype=np.uint64)
    distances = np.bitwise_count(hashes[:, None] ^ hashes[None])
    first, second = np.nonzero(np.triu(distances <= MOST_BITS, 1))
    expected = np.column_stack([first, second, distances[first, second]])
    assert find_pairs(hashes).tolist() == expected.tolist()


@pytest.mark.parametrize("number", [0, 1, 2])
def test_few_images_are_no_problem(number: int) -> None:
    assert len(find_pairs(np.zeros(number, dtype=np.uint64))) == max(0, number - 1)


def test_labels_that_disagree_are_told(portraits: list[Face], tmp_path: Path) -> None:
    images = [portraits[0].image, portraits[1].image, saved_again(portraits[0].image)]
    source = SmallSource(images, [{"Young", "Smiling"}, {"Young"}, {"Young", "Bald"}])
    hashes = ImageHashes(source, tmp_path)
    assert list(hashes.make()) == [1, 2, 3]
    (found,) = find_near_duplicates(source, hashes.by_id)
    assert found.ids == (0, 2)
    assert found.same_picture
    assert found.disagreeing == ("Bald", "Smiling")
    assert count_disagreements([found]) == [("Bald", 1), ("Smiling", 1)]


def test_hashes_are_made_once_and_a_stop_loses_none(portraits: list[Face], tmp_path: Path) -> None:
    source = SmallSource([each.image for each in portraits[:4]], [set()] * 4, damaged={3})
    stopped = ImageHashes(source, tmp_path).make()
    assert [next(stopped), next(stopped)] == [1, 2]
    stopped.close()
    hashes = ImageHashes(source, tmp_path)
    assert hashes.missing == [2, 3]
    assert hashes.by_id[1] == hash_image(portraits[1].image)
    assert list(hashes.make()) == [3, 4]
    assert hashes.missing == []  # the damaged one is not tried again
    assert (sorted(hashes.by_id), source.read) == ([0, 1, 2], 4)


class GoneSource(SmallSource):
    """Nothing can be read from the image `gone_from` on, until it is back."""

    gone_from: int | None = 0

    def glance(self, id: int) -> Face:
        if self.gone_from is not None and id >= self.gone_from:
            raise FaceSourceError("The images cannot be reached: try again later.")
        return super().glance(id)


@pytest.mark.parametrize("gone_from", [0, 5])
def test_a_source_that_is_gone_is_told_each_time_and_all_is_hashed_once_it_is_back(
    gone_from: int, portraits: list[Face], tmp_path: Path
) -> None:
    source = GoneSource([portraits[0].image] * 50, [set()] * 50)
    source.gone_from = gone_from
    hashes = ImageHashes(source, tmp_path)
    for _ in range(3):
        with pytest.raises(FaceSourceError, match="try again later"):
            list(hashes.make())
        assert hashes.missing == list(range(gone_from, 50))
    source.gone_from = None
    assert list(hashes.make()) == list(range(gone_from + 1, 51))
    assert sorted(hashes.by_id) == list(range(50))


def test_what_failed_before_a_stop_is_tried_again(portraits: list[Face], tmp_path: Path) -> None:
    source = GoneSource([portraits[0].image] * 50, [set()] * 50)
    hashes = ImageHashes(source, tmp_path)
    for _ in range(3):  # a source that is away for a while, and someone who does not wait
        stopped = hashes.make()
        assert [next(stopped) for _ in range(15)] == list(range(1, 16))
        stopped.close()
    source.gone_from = None
    assert len(list(hashes.make())) == 50
    assert sorted(hashes.by_id) == list(range(50))


def test_a_damaged_image_before_others_is_tried_once(portraits: list[Face], tmp_path: Path) -> None:
    source = SmallSource([each.image for each in portraits[:4]], [set()] * 4, damaged={1})
    hashes = ImageHashes(source, tmp_path)
    stopped = hashes.make()
    assert [next(stopped) for _ in range(3)] == [1, 2, 3]
    stopped.close()
    assert hashes.missing == [3]


def test_damaged_images_among_others_end_no_search(portraits: list[Face], tmp_path: Path) -> None:
    source = SmallSource([portraits[0].image] * 90, [set()] * 90, damaged=range(0, 90, 2))
    hashes = ImageHashes(source, tmp_path)
    assert len(list(hashes.make())) == 90
    assert sorted(hashes.by_id) == list(range(1, 90, 2))
    assert hashes.missing == []


def test_damaged_hashes_are_made_again(portraits: list[Face], tmp_path: Path) -> None:
    source = SmallSource([portraits[0].image], [set()])
    hashes = ImageHashes(source, tmp_path)
    hashes.path.write_bytes(b"no archive")
    assert ImageHashes(source, tmp_path).missing == [0]


def _hashes_of(root: Path, cache_dir: Path) -> tuple[Path, list[int]]:
    hashes = ImageHashes(FolderFaces(root, cache_dir), cache_dir)
    return hashes.path, list(hashes.ids)


def test_other_images_have_other_hashes(invented_celeba: Path, tmp_path: Path) -> None:
    first = _hashes_of(invented_celeba, tmp_path)
    assert _hashes_of(invented_celeba, tmp_path) == first
    other = Path(shutil.copytree(invented_celeba, tmp_path / "other"))
    path, ids = _hashes_of(other, tmp_path)
    assert path != first[0] and ids == first[1]
    image = other / "Img" / "img_align_celeba" / "000001.jpg"
    Image.new("RGB", (8, 10), (0, 200, 0)).save(image)
    os.utime(image, (4e9, 4e9))
    replaced, ids = _hashes_of(other, tmp_path)
    assert replaced != path and ids == first[1]


def test_another_look_has_other_hashes(tmp_path: Path) -> None:
    sources = [DrawnFaces(), DrawnFaces(size_px=64), *map(DrawnFaces, LOOKS)]
    assert len({ImageHashes(each, tmp_path).path for each in sources}) == 1 + len(LOOKS)

"""Faces from a CelebA folder: which are shown, and what a wrong folder says."""

import contextlib
import itertools
import shutil
import struct
import tracemalloc
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from prompt_engine.errors import AttributeFileError, FaceSourceError
from prompt_engine.faces import open_face_source
from prompt_engine.faces.drawn import DrawnFaces
from prompt_engine.faces.folder import FolderFaces
from prompt_engine.faces.image_folder import ImageFolder
from prompt_engine.query import Query

SMILING = Query("male", ("Smiling",))


@pytest.fixture
def faces(invented_celeba: Path, tmp_path: Path) -> FolderFaces:
    """The invented folder: 300 rows, 100 images."""
    return FolderFaces(invented_celeba, tmp_path / "cache")


def test_missing_images_count_and_are_never_drawn(faces: FolderFaces) -> None:
    matches = faces.index.match_rows(SMILING)
    there = [row for row in matches.tolist() if row < 100]
    assert faces.match_count(SMILING).images == len(matches) > len(there)
    drawn = faces.sample(SMILING, 1000, seed=1)
    assert {face.id for face in drawn} == {faces.index.file_name(row) for row in there}


def test_faces_carry_what_was_asked_for(faces: FolderFaces) -> None:
    for face in faces.sample(SMILING, 20, seed=2):
        assert {"Male", "Smiling"} <= face.labels
        assert face.image.mode == "RGB"
        assert face.image.getpixel((4, 4))[0] == pytest.approx(int(face.id[:6]) - 1, abs=6)


def test_at_most_as_many_as_asked_all_different_and_repeatable(faces: FolderFaces) -> None:
    def ids(seed: int) -> list[str]:
        return [face.id for face in faces.sample(SMILING, 5, seed)]

    assert len(set(ids(1))) == 5
    assert ids(1) == ids(1)
    assert ids(1) != ids(2)


def test_names_are_drawn_without_an_image(
    faces: FolderFaces, invented_celeba: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = [[face.id for face in faces.sample(SMILING, count, seed)] for count, seed in ((3, 1), (8, 2))]
    monkeypatch.setattr(Image, "open", lambda *_: pytest.fail("an image was read"))
    assert [faces.sample_ids(SMILING, count, seed) for count, seed in ((3, 1), (8, 2))] == shown


def test_no_match_shows_no_face(faces: FolderFaces) -> None:
    rare = Query("male", ("Bald", "Goatee", "Gray_Hair", "Double_Chin", "Big_Nose", "Pale_Skin", "Smiling"))
    assert faces.match_count(rare).images == 0
    assert faces.sample(rare, 20, seed=1) == []


def test_ids_are_the_sharp_rows_that_can_be_shown(faces: FolderFaces) -> None:
    assert list(faces.ids()) == [row for row in faces.index.rows.tolist() if row < 100]
    first = faces.ids()[0]
    assert faces.face(first).labels == faces.index.labels(first)


@pytest.mark.parametrize("id", [-1, 250, 100_000])
def test_a_face_that_is_not_there_is_named(id: int, faces: FolderFaces) -> None:
    with pytest.raises(FaceSourceError, match=f"There is no image number {id} "):
        faces.face(id)


def test_blurry_faces_are_shown_when_asked_for(faces: FolderFaces) -> None:
    blurry = faces.sample(Query(blurry="only"), 1000, seed=1)
    assert all("Blurry" in face.labels for face in blurry)
    assert {int(face.id[:6]) - 1 for face in blurry} == set(range(100)) - set(faces.ids())


def test_a_damaged_image_is_left_out_of_the_gallery(invented_celeba: Path, tmp_path: Path) -> None:
    faces = FolderFaces(invented_celeba, tmp_path / "cache")
    everyone = faces.sample(SMILING, 1000, seed=1)
    damaged = everyone[0].id
    (invented_celeba / "Img" / "img_align_celeba" / damaged).write_bytes(b"\xff\xd8 cut")
    left = faces.sample(SMILING, 1000, seed=1)
    assert {face.id for face in everyone} - {face.id for face in left} == {damaged}
    with pytest.raises(FaceSourceError, match=f"{damaged} cannot be read"):
        faces.face(int(damaged[:6]) - 1)


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_whatever_byte_is_damaged_the_gallery_stays(
    suffix: str, invented_celeba: Path, tmp_path: Path
) -> None:
    first = invented_celeba / "Img" / "img_align_celeba" / "000001.jpg"
    with Image.open(first) as image:
        image.save(changed := first.with_suffix(suffix))
    whole = changed.read_bytes()
    faces = FolderFaces(invented_celeba, tmp_path / "cache")
    for place, flip in itertools.product(range(min(len(whole), 60)), (0x01, 0x20, 0x80)):
        changed.write_bytes(whole[:place] + bytes([whole[place] ^ flip]) + whole[place + 1 :])
        with contextlib.suppress(FaceSourceError):
            faces.face(0)


def test_an_image_of_absurd_size_is_refused(invented_celeba: Path, tmp_path: Path) -> None:
    first = invented_celeba / "Img" / "img_align_celeba" / "000001.jpg"
    faces = FolderFaces(invented_celeba, tmp_path / "cache")
    header = b"IHDR" + struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    chunks = struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header)) + b"\0\0\0\1IDAT"
    first.write_bytes(b"\x89PNG\r\n\x1a\n" + chunks)
    with pytest.raises(FaceSourceError, match=r"000001\.jpg cannot be read"):
        faces.face(0)


def test_png_files_are_found_under_jpg_names(invented_celeba: Path, tmp_path: Path) -> None:
    images = invented_celeba / "Img" / "img_align_celeba"
    before = FolderFaces(invented_celeba, tmp_path / "cache").ids()
    for path in list(images.iterdir()):
        with Image.open(path) as image:
            image.save(path.with_suffix(".png"))
        path.unlink()
    assert FolderFaces(invented_celeba, tmp_path / "cache").ids() == before


def test_a_flat_folder_is_read_too(invented_celeba: Path, tmp_path: Path) -> None:
    flat = tmp_path / "flat"
    flat.mkdir()
    shutil.move(invented_celeba / "Anno" / "list_attr_celeba.txt", flat)
    shutil.move(invented_celeba / "Img" / "img_align_celeba", flat)
    assert len(FolderFaces(flat, tmp_path / "cache").ids()) > 50


@pytest.mark.parametrize(
    ("remove", "says"),
    [
        (".", "There is no CelebA folder"),
        ("Anno", "lacks the attribute list"),
        ("Img", "lacks the aligned images"),
        ("Img/img_align_celeba", "lacks the aligned images"),
    ],
)
def test_half_a_folder_says_what_is_missing(remove: str, says: str, invented_celeba: Path) -> None:
    shutil.rmtree(invented_celeba / remove)
    with pytest.raises(FaceSourceError, match=says):
        FolderFaces(invented_celeba)


def test_a_folder_of_other_images_is_refused(invented_celeba: Path, tmp_path: Path) -> None:
    images = invented_celeba / "Img" / "img_align_celeba"
    shutil.rmtree(images)
    images.mkdir()
    (images / "holiday.jpg").write_bytes(b"")
    with pytest.raises(FaceSourceError, match="holds none of the images"):
        FolderFaces(invented_celeba, tmp_path / "cache")


def test_a_cut_list_is_refused(invented_celeba: Path) -> None:
    path = invented_celeba / "Anno" / "list_attr_celeba.txt"
    path.write_bytes(path.read_bytes()[:-3000])
    with pytest.raises(AttributeFileError, match="cut off"):
        FolderFaces(invented_celeba)


def test_sources_by_name(invented_celeba: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    source = open_face_source(f"folder:{invented_celeba}")
    assert not source.drawn
    assert "non-commercial" in source.notice
    with pytest.raises(FaceSourceError, match="There is no CelebA folder"):
        open_face_source(f"folder:{tmp_path / 'nothing'}")


@pytest.mark.parametrize("spec", ["folder:", "fodler:/tmp", "/tmp"])
def test_an_unknown_source_says_what_to_write(spec: str) -> None:
    with pytest.raises(FaceSourceError, match="write folder:PATH"):
        open_face_source(spec)


@pytest.mark.parametrize(
    "place", ["Img/img_celeba", "Img/img_celeba/img_celeba", "img_celeba", "Img/img_celeba_png"]
)
def test_images_in_the_wild_are_the_other_version(place: str, invented_celeba: Path, tmp_path: Path) -> None:
    wild = invented_celeba / place
    wild.mkdir(parents=True)
    suffix = ".png" if place.endswith("png") else ".jpg"
    Image.new("RGB", (50, 40), (0, 9, 0)).save(wild / f"000001{suffix}")
    faces = FolderFaces(invented_celeba, tmp_path / "cache")
    assert faces.versions == ("aligned", "in_the_wild")
    assert faces.face(0).image.size == faces.face(0, "aligned").image.size == (8, 10)
    assert faces.face(0, "in_the_wild").image.size == (50, 40)
    everyone = Query(blurry="in")
    assert [face.id for face in faces.sample(everyone, 20, 1, "in_the_wild")] == [f"000001{suffix}"]
    assert len(faces.sample(everyone, 20, 1)) == 20


def test_a_folder_with_images_in_the_wild_alone_shows_those(invented_celeba: Path, tmp_path: Path) -> None:
    (invented_celeba / "Img" / "img_align_celeba").rename(invented_celeba / "Img" / "img_celeba")
    faces = FolderFaces(invented_celeba, tmp_path / "cache")
    assert faces.versions == ("in_the_wild",)
    assert faces.face(0).image.size == (8, 10)
    with pytest.raises(FaceSourceError, match="no 'aligned' images here: choose in_the_wild"):
        faces.face(0, "aligned")


def test_an_empty_folder_of_one_version_is_no_version(invented_celeba: Path, tmp_path: Path) -> None:
    (invented_celeba / "Img" / "img_celeba").mkdir()
    assert FolderFaces(invented_celeba, tmp_path / "cache").versions == ("aligned",)


@pytest.mark.parametrize("place", ["Img/img_align_celeba_png", "img_align_celeba/img_align_celeba"])
def test_other_places_of_the_aligned_images(place: str, invented_celeba: Path, tmp_path: Path) -> None:
    shutil.move(invented_celeba / "Img" / "img_align_celeba", tmp_path / "images")
    (invented_celeba / place).parent.mkdir(exist_ok=True)
    shutil.move(tmp_path / "images", invented_celeba / place)
    assert len(FolderFaces(invented_celeba, tmp_path / "cache").ids()) > 50


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_a_face_is_found_by_its_name(suffix: str, invented_celeba: Path, tmp_path: Path) -> None:
    images = invented_celeba / "Img" / "img_align_celeba"
    for path in images.iterdir():
        path.rename(path.with_suffix(suffix))
    faces = FolderFaces(invented_celeba, tmp_path / "cache")
    for face in faces.sample(Query(), 5, seed=1):
        assert faces.face(faces.number(face.id)).id == face.id
    for name in ("", "1.jpg", "000301.jpg", "\u00e9.jpg"):
        with pytest.raises(FaceSourceError, match="No image is called"):
            faces.number(name)


def test_the_partition_lies_beside_the_list(invented_celeba: Path, tmp_path: Path) -> None:
    assert not FolderFaces(invented_celeba, tmp_path / "cache").splittable
    (invented_celeba / "Eval").mkdir()
    lines = [f"{number:06d}.jpg {number % 3}" for number in range(1, 301)]
    (invented_celeba / "Eval" / "list_eval_partition.txt").write_text("\n".join(lines) + "\n")
    faces = FolderFaces(invented_celeba, tmp_path / "cache")
    assert faces.splittable
    for split, number in (("train", 0), ("validation", 1), ("test", 2)):
        rows = faces.index.match_rows(Query(split=split, blurry="in"))
        assert rows.tolist() == [row for row in range(300) if (row + 1) % 3 == number]


def test_file_names_of_every_kind_are_found_again(tmp_path: Path) -> None:
    names = ["b.jpg", "a.jpg", "a.b.jpg", "sub/c.jpg", "plain", ".jpg", "gone.jpg", "d.jpg"]
    for file in ("a.png", "a.jpg", "b.JPEG", "a.b.jpg", "c.png", "plain.jpg", ".jpg", "d.txt", "other.jpg"):
        (tmp_path / file).touch()
    (tmp_path / "\u00e9.jpg").touch()
    images = ImageFolder.list(tmp_path, np.array(names, dtype=np.bytes_))
    found = [images.path(row).name if there else None for row, there in enumerate(images.there)]
    assert found == ["b.JPEG", "a.jpg", "a.b.jpg", "c.png", "plain.jpg", None, None, None]


def test_all_of_celeba_fits_in_20_mb(celeba_dir: Path, tmp_path: Path) -> None:
    FolderFaces(celeba_dir, tmp_path)
    tracemalloc.start()
    try:
        faces = FolderFaces(celeba_dir, tmp_path)
        faces.sample(Query(wanted=("Smiling",), split="train"), 5, seed=1)
        held_mb = tracemalloc.get_traced_memory()[0] / 1e6
    finally:
        tracemalloc.stop()
    assert held_mb < 20


def test_the_celeba_folder(celeba_dir: Path, tmp_path: Path) -> None:
    faces = FolderFaces(celeba_dir, tmp_path)
    query = Query("female", ("Smiling", "Blond_Hair"))
    shown = faces.sample(query, 20, seed=4)
    assert 0 < len(shown) <= 20
    assert all({"Smiling", "Blond_Hair"} <= face.labels and face.image.size == (178, 218) for face in shown)
    assert faces.match_count(query).images > len(faces.ids())


@pytest.mark.parametrize("count", [1, 10, 20])
def test_fewer_faces_are_the_first_of_more(count: int, invented_celeba: Path, tmp_path: Path) -> None:
    for source in (FolderFaces(invented_celeba, tmp_path), DrawnFaces("flat")):
        for seed in range(5):
            names = [face.id for face in source.sample(Query("male"), 25, seed)]
            assert [face.id for face in source.sample(Query("male"), count, seed)] == names[:count]

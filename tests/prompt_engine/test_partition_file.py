"""CelebA's partition: every way it is written, and everything that makes it no partition of these images."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from prompt_engine.errors import AttributeFileError
from prompt_engine.partition_file import read_partition

IDS = tuple(f"{number:06d}.jpg" for number in range(1, 101))
SPLITS = np.random.default_rng(4).integers(0, 3, 100)
OFFICIAL = "".join(f"{name} {split}\n" for name, split in zip(IDS, SPLITS, strict=True))
CSV = "image_id,partition\n" + OFFICIAL.replace(" ", ",")

WRITTEN = {
    "official": OFFICIAL,
    "Kaggle's CSV": CSV,
    "CSV without a header": OFFICIAL.replace(" ", ","),
    "with a header": "image_id partition\n" + OFFICIAL,
    "tabs": OFFICIAL.replace(" ", "\t"),
    "BOM and CRLF": "\ufeff" + CSV.replace("\n", "\r\n"),
    "blank lines at the end": OFFICIAL + "\n \n",
    "no newline at the end": OFFICIAL.rstrip("\n"),
    "quoted": '"' + CSV.replace(",", '","').replace("\n", '"\n"').removesuffix('"'),
    "other order": "".join(reversed(OFFICIAL.splitlines(keepends=True))),
    "more images": OFFICIAL + "999999.jpg 1\n" + "0.jpg 2\n",
}


@pytest.mark.parametrize("written", WRITTEN)
def test_every_way_says_the_same(written: str, tmp_path: Path) -> None:
    (tmp_path / "partition").write_text(WRITTEN[written], newline="")
    read = read_partition(tmp_path / "partition", IDS)
    assert read.dtype == np.uint8
    assert read.tolist() == SPLITS.tolist()
    assert read_partition(tmp_path / "partition", IDS[40:10:-3]).tolist() == SPLITS[40:10:-3].tolist()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "holds no images"),
        ("image_id,partition\n", "holds no images"),
        (OFFICIAL[:-2], "Line 100 of .* has 1 words, not a file name and 0, 1 or 2"),
        (OFFICIAL[: len(OFFICIAL) // 2 - 2], "has 1 words|lacks 50 of the 100 images"),
        (OFFICIAL.replace("000007.jpg", "7.jpg"), "lacks 1 of the 100 images, the first of them 000007.jpg"),
        (OFFICIAL + "000007.jpg 1\n", "lists 000007.jpg twice"),
        (OFFICIAL + "000101.jpg 3\n", "puts 000101.jpg into the split '3'"),
        (OFFICIAL + "000101.jpg train\n", "puts 000101.jpg into the split 'train'"),
        (OFFICIAL + "000101.jpg -1\n", "puts 000101.jpg into the split '-1'"),
        ("100\n" + OFFICIAL, "Line 1 of .* has 1 words"),
        (CSV.replace("000007.jpg,", "000007.jpg,,"), "Line 8 of .* has an empty cell"),
        (CSV + "000101.jpg 1\n", "Line 102 of .* has an empty cell"),
        ("a b c\n", "Line 1 of .* has 3 words"),
    ],
)  # fmt: skip
def test_every_fault_is_named_in_one_sentence(text: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "partition").write_text(text, newline="")
    with pytest.raises(AttributeFileError, match=says) as caught:
        read_partition(tmp_path / "partition", IDS)
    assert "\n" not in str(caught.value)


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(AttributeFileError, match="There is no partition file"):
        read_partition(tmp_path / "nothing", IDS)
    with pytest.raises(AttributeFileError, match="cannot be read"):
        read_partition(tmp_path, IDS)


def test_the_official_file(celeba_dir: Path) -> None:
    ids = tuple(f"{number:06d}.jpg" for number in range(1, 202_600))
    splits = read_partition(celeba_dir / "Eval" / "list_eval_partition.txt", ids)
    assert np.bincount(splits).tolist() == [162_770, 19_867, 19_962]
    assert (np.diff(splits.astype(int)) >= 0).all()

"""A small invented attribute list, and a CelebA folder made of it."""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from prompt_engine.attribute_file import AttributeTable
from prompt_engine.attributes import LABELS
from prompt_engine.index import AttributeIndex, open_index


def official_text(table: AttributeTable) -> str:
    """An attribute list as CelebA publishes it, trailing space and double spaces included."""
    rows = [
        f"{name} " + " ".join(f"{1 if value else -1:2d}" for value in row)
        for name, row in zip(table.ids, table.values, strict=True)
    ]
    return "\n".join([str(len(table.ids)), " ".join(LABELS) + " ", *rows]) + "\n"


@pytest.fixture(scope="session")
def table() -> AttributeTable:
    """300 images with random labels: rows that fill no whole word, both genders, some blurry."""
    values = np.random.default_rng(5).random((300, len(LABELS))) < 0.4
    return AttributeTable(tuple(f"{number:06d}.jpg" for number in range(1, 301)), values)


@pytest.fixture(scope="session")
def split_table(table: AttributeTable) -> AttributeTable:
    """The same images, divided among training, validation and testing."""
    return replace(table, splits=np.random.default_rng(6).integers(0, 3, len(table.ids)).astype(np.uint8))


@pytest.fixture(scope="session")
def index(table: AttributeTable) -> AttributeIndex:
    """The index of the invented table."""
    return AttributeIndex.build(table)


@pytest.fixture
def invented_celeba(tmp_path: Path, table: AttributeTable) -> Path:
    """A folder in the official layout in which only the first 100 images are there."""
    root = tmp_path / "celeba"
    images = root / "Img" / "img_align_celeba"
    images.mkdir(parents=True)
    (root / "Anno").mkdir()
    (root / "Anno" / "list_attr_celeba.txt").write_text(official_text(table))
    for number, name in enumerate(table.ids[:100]):
        Image.new("RGB", (8, 10), (number, 0, 0)).save(images / name)
    return root


@pytest.fixture(scope="session")
def celeba_index(celeba_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> AttributeIndex:
    """The index of the real attribute list."""
    return open_index(
        celeba_dir / "Anno" / "list_attr_celeba.txt",
        celeba_dir / "Eval" / "list_eval_partition.txt",
        tmp_path_factory.mktemp("index"),
    )


@pytest.fixture(scope="session")
def expected_statistics(celeba_dir: Path) -> list[dict[str, str]]:
    """The counts that must come out of the real attribute list, row by row."""
    path = celeba_dir.parent / "seed" / "prompt_stats.csv"
    if not path.is_file():
        pytest.skip(f"no expected counts at {path}: they lie beside the CelebA folder")
    with path.open(newline="") as file:
        return list(csv.DictReader(file))

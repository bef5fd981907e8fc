"""What the index is measured against counts the same."""

from pathlib import Path

import numpy as np

from bench.column_scan import read_columns, scan_catalogue
from prompt_engine.attributes import LABELS
from prompt_engine.buckets import GENDERS
from prompt_engine.catalogue import catalogue, count_catalogue
from prompt_engine.index import open_index


def test_a_scan_counts_as_the_index_does(tmp_path: Path) -> None:
    values = (np.random.default_rng(5).random((300, len(LABELS))) < 0.4).astype(int).astype(str)
    rows = [f"{number:06d}.jpg,{','.join(row)}" for number, row in enumerate(values.tolist(), 1)]
    path = tmp_path / "list_attr_celeba.csv"
    path.write_text("\n".join([f"image_id,{','.join(LABELS)}", *rows]) + "\n")
    counted = {
        (row.gender, row.labels): row.count for row in count_catalogue(open_index(path, cache_dir=tmp_path))
    }
    prompts = [(gender, labels) for gender in GENDERS for labels in catalogue(gender)]
    assert dict(zip(prompts, scan_catalogue(read_columns(path)), strict=True)) == counted
    assert sum(counted.values()) > 8_343

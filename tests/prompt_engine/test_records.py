"""Where an exported image is found."""

import numpy as np
import pytest

from prompt_engine.attribute_file import AttributeTable
from prompt_engine.attributes import LABELS
from prompt_engine.index import AttributeIndex
from prompt_engine.query import SPLITS, Query
from prompt_engine.records import ListedImages, image_records


@pytest.mark.parametrize("blurry", ["out", "in", "only"])
def test_rows_without_a_name_count_through_their_split_blurry_ones_too(
    blurry: str, split_table: AttributeTable
) -> None:
    assert split_table.splits is not None
    nameless = AttributeTable.without_names(split_table.values, split_table.splits)
    expected = []
    for row, split in enumerate(split_table.splits.tolist()):
        is_blurry = bool(split_table.values[row, LABELS.index("Blurry")])
        if blurry == "in" or is_blurry == (blurry == "only"):
            place = int(np.count_nonzero(split_table.splits[:row] == split))
            labels = sorted(np.array(LABELS)[split_table.values[row]].tolist())
            expected.append({"split": SPLITS[split], "row": place, "attributes": labels})
    images = ListedImages(AttributeIndex.build(nameless))
    assert list(image_records(images, Query(blurry=blurry)).rows) == expected

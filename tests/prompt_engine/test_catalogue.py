"""The whole catalogue against the documented counts, with and without CelebA."""

import csv
import hashlib
from pathlib import Path

import pytest

from prompt_engine.catalogue import COLUMNS, catalogue, count_catalogue, write_statistics
from prompt_engine.counts import AggregateCounts
from prompt_engine.errors import PromptEngineError
from prompt_engine.index import AttributeIndex
from prompt_engine.query import Query
from prompt_engine.realiser import parse
from prompt_engine.selection import Selection

# SHA-256 of the documented statistics: header and 8,343 lines of gender, count and three attributes.
DOCUMENTED = "213516ff2ba7dfefb92e179b217fb0be0951e832c88ce11e668924897aea24a0"


@pytest.fixture(scope="module")
def statistics(
    celeba_index: AttributeIndex, tmp_path_factory: pytest.TempPathFactory
) -> list[dict[str, str]]:
    """The statistics file of the real attribute list, read back."""
    path = tmp_path_factory.mktemp("statistics") / "prompts.csv"
    assert write_statistics(celeba_index, path) == 8343
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_number_of_valid_prompts() -> None:
    assert len(catalogue("male")) == 4570
    assert len(catalogue("female")) == 3773


@pytest.mark.parametrize("gender", ["male", "female"])
def test_every_triple_is_a_selection_in_its_own_order_and_only_once(gender: str) -> None:
    triples = catalogue(gender)
    assert len(set(triples)) == len(triples)
    assert all(Selection(gender, triple).wanted == triple for triple in triples)


def test_the_shipped_counts_give_the_documented_statistics_byte_for_byte() -> None:
    counts = AggregateCounts.load()
    rows = [
        (gender, counts.match_count(Query(gender, triple)).images, *triple)
        for gender in ("male", "female")
        for triple in catalogue(gender)
    ]
    rows.sort(key=lambda row: row[1])
    lines = [",".join(COLUMNS[:5]), *(",".join(map(str, row)) for row in rows)]
    assert hashlib.sha256(("\n".join(lines) + "\n").encode()).hexdigest() == DOCUMENTED
    assert sum(row[1] == 0 for row in rows) == 171
    assert sum(row[1] >= 200 for row in rows) == 4621


def test_the_statistics_equal_the_documented_ones_row_by_row(
    statistics: list[dict[str, str]], expected_statistics: list[dict[str, str]]
) -> None:
    assert [{name: row[name] for name in COLUMNS[:5]} for row in statistics] == expected_statistics


def test_buckets_and_prompt_belong_to_the_row(statistics: list[dict[str, str]]) -> None:
    assert tuple(statistics[0]) == COLUMNS
    assert statistics[0]["Buckets"] == "facial_hair|hair_structure|hair_color"
    for row in statistics[::40]:
        said = parse(row["Prompt"])
        assert said.gender == row["Gender"]
        assert said.wanted == (row["Attribute_1"], row["Attribute_2"], row["Attribute_3"])


def test_counts_are_those_of_single_selections(index: AttributeIndex) -> None:
    rows = count_catalogue(index)
    assert [row.count for row in rows] == sorted(row.count for row in rows)
    assert all(row.count == index.count(Query.of(row.selection)) for row in rows[::50])


def test_a_failed_write_leaves_the_old_file_and_nothing_else(index: AttributeIndex, tmp_path: Path) -> None:
    with pytest.raises(PromptEngineError, match="Cannot write .*choose a file in a folder that exists"):
        write_statistics(index, tmp_path / "no" / "such" / "file.csv")
    with pytest.raises(PromptEngineError, match="it is a folder"):
        write_statistics(index, tmp_path)
    assert not list(tmp_path.iterdir())

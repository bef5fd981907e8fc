"""Files that the page gives away: what is in them, and what never is."""

import csv
import json
import os
from pathlib import Path

import numpy as np
import pytest

from prompt_engine.attribute_file import AttributeTable
from prompt_engine.attributes import LABELS
from prompt_engine.captions import CaptionRules
from prompt_engine.counts import CELEBA_MD5
from prompt_engine.dataset_facts import Dataset
from prompt_engine.errors import FaceSourceError, UnknownName
from prompt_engine.faces.drawn import DrawnFaces
from prompt_engine.faces.folder import FolderFaces
from prompt_engine.index import AttributeIndex
from prompt_engine.prompt_filter import PromptFilter
from prompt_engine.query import Query
from prompt_engine.realiser import parse
from prompt_engine.reliability import RELIABILITY, Tier
from studio.export_folder import KEPT_S, ExportFolder
from studio.exports import SUFFIXES, WHAT, Asked, Exporter
from studio.services import Services
from studio.settings import Settings

SMILING = Query("female", ("Smiling",), ("Eyeglasses",))


@pytest.fixture(scope="module")
def invented_table() -> AttributeTable:
    """300 images with random labels."""
    values = np.random.default_rng(5).random((300, len(LABELS))) < 0.4
    return AttributeTable(tuple(f"{number:06d}.jpg" for number in range(1, 301)), values)


@pytest.fixture
def drawn(tmp_path: Path) -> Exporter:
    """What the page writes with no dataset at all."""
    source = DrawnFaces()
    return Exporter(source, Dataset.of(source), tmp_path, gives_single_images=True)


def _indexed(table: AttributeTable, folder: Path, gives_single_images: bool = True) -> Exporter:
    index = AttributeIndex.build(table)
    source = DrawnFaces()
    source.facets = index.facets  # type: ignore[method-assign]
    return Exporter(source, Dataset(index), folder, gives_single_images)


def _records(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_view_is_its_counts(drawn: Exporter) -> None:
    records = _records(drawn.write(Asked("view", ".jsonl", SMILING)))
    assert [each["label"] for each in records] == list(LABELS)
    young = records[LABELS.index("Young")]
    expected = drawn.source.match_count(Query("female", ("Smiling", "Young"), ("Eyeglasses",)))
    assert (young["with_label"], young["exact"]) == (expected.images, True)
    assert (young["data_md5"], young["engine_version"], young["seed"]) == (CELEBA_MD5, "1", None)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_catalogue_is_whole(drawn: Exporter, suffix: str) -> None:
    path = drawn.write(Asked("catalogue", suffix, SMILING))
    assert path.name == f"catalogue{suffix}"
    if suffix == ".csv":
        with path.open(newline="") as file:
            rows = list(csv.DictReader(file))
        assert (len(rows), sum(row["kept"] == "True" for row in rows)) == (8343, 4621)


def test_wildcards_hold_the_kept_prompts(drawn: Exporter) -> None:
    text = drawn.write(Asked("wildcards", ".csv", SMILING)).read_text()
    assert text.startswith(f"# data_md5 {CELEBA_MD5}")
    assert text.count('\n      - "a') == 4621


def test_captions_carry_the_seed(invented_table: AttributeTable, tmp_path: Path) -> None:
    exporter = _indexed(invented_table, tmp_path)
    path = exporter.write(Asked("captions", ".jsonl", SMILING, seed=7))
    records = _records(path)
    assert path.name == "metadata.jsonl"
    assert len(records) == exporter.dataset.index.count(SMILING) > 0  # type: ignore[union-attr]
    assert all(parse(each["text"]).gender == "female" and each["seed"] == 7 for each in records)


def test_captions_follow_their_rules(invented_table: AttributeTable, tmp_path: Path) -> None:
    exporter = _indexed(invented_table, tmp_path)
    rules = CaptionRules(tier_weights=(1, 1, 0))
    path = exporter.write(Asked("captions", ".jsonl", SMILING, rules=rules))
    named = {label for each in _records(path) for label in parse(each["text"]).wanted}
    assert named and Tier.RANDOM not in {RELIABILITY[label].tier for label in named}
    assert Asked("view", ".csv", SMILING, rules=rules) == Asked("view", ".csv", SMILING)


def test_strangers_get_nothing_about_single_images(
    invented_table: AttributeTable, drawn: Exporter, tmp_path: Path
) -> None:
    own, public = (_indexed(invented_table, tmp_path, gives) for gives in (True, False))
    assert own.offered == list(WHAT)
    assert public.offered == drawn.offered == ["view", "catalogue", "wildcards"]
    for exporter in (public, drawn):
        for what in ("images", "captions"):
            with pytest.raises(FaceSourceError, match="only where the app runs for yourself"):
                exporter.write(Asked(what, ".csv", SMILING))


@pytest.mark.parametrize(("host", "gives"), [("127.0.0.1", True), ("0.0.0.0", False)])
def test_whether_single_images_are_given_away_is_decided_by_who_may_reach_the_page(
    tmp_path: Path, host: str, gives: bool
) -> None:
    services = Services(Settings(host=host, results_dir=tmp_path), DrawnFaces(), Path("nowhere"))
    assert services.gives_single_images == services.exporter.gives_single_images == gives
    assert services.exporter.dataset is services.dataset


def test_unknown_exports_and_formats_are_refused() -> None:
    with pytest.raises(UnknownName, match="did you mean 'catalogue'"):
        Asked("catalog", ".csv", SMILING)
    with pytest.raises(UnknownName, match="format"):
        Asked("catalogue", ".xlsx", SMILING)


def test_equal_asks_are_one_file(invented_table: AttributeTable, tmp_path: Path) -> None:
    exporter = _indexed(invented_table, tmp_path)
    first = exporter.write(Asked("captions", ".jsonl", SMILING))
    written = first.stat().st_mtime_ns
    assert exporter.write(Asked("captions", ".jsonl", SMILING, PromptFilter(7))) == first
    assert first.stat().st_mtime_ns == written
    others = [
        Asked("captions", ".jsonl", SMILING, seed=1),
        Asked("captions", ".csv", SMILING),
        Asked("captions", ".jsonl", Query("male")),
        Asked("catalogue", ".csv", SMILING),
        Asked("catalogue", ".csv", SMILING, PromptFilter(7)),
        Asked("catalogue", ".csv", SMILING, PromptFilter(least_lift=0.5)),
    ]
    assert len({first, *map(exporter.write, others)}) == 7
    assert exporter.write(Asked("catalogue", ".csv", Query("male"))) == exporter.write(others[3])


def test_nobody_can_work_out_where_a_file_of_another_run_lies(
    invented_table: AttributeTable, tmp_path: Path
) -> None:
    asked = Asked("images", ".csv", SMILING)
    assert _indexed(invented_table, tmp_path).write(asked) != _indexed(invented_table, tmp_path).write(asked)


def test_files_that_nobody_asked_for_lately_are_removed(drawn: Exporter) -> None:
    old = drawn.write(Asked("view", ".csv", SMILING))
    os.utime(old.parent, (0, old.parent.stat().st_mtime - 2 * KEPT_S))
    new = drawn.write(Asked("view", ".csv", Query("male")))
    assert new.exists() and not old.exists()


def test_the_oldest_files_make_room(tmp_path: Path) -> None:
    kept = ExportFolder(tmp_path, most_bytes=25)
    files = []
    for number in range(4):
        files.append(kept.write_once(number, "ten", lambda path: path.write_bytes(bytes(10))))
        os.utime(files[-1].parent, (0, files[-1].parent.stat().st_mtime - 100 + number))
    assert [file.exists() for file in files] == [False, False, True, True]
    large = kept.write_once("large", "much", lambda path: path.write_bytes(bytes(100)))
    assert [file for file in (*files, large) if file.exists()] == [large]


def test_a_file_that_is_asked_for_again_is_kept_as_if_it_were_new(tmp_path: Path) -> None:
    kept = ExportFolder(tmp_path)
    first = kept.write_once("first", "ten", lambda path: path.write_bytes(bytes(10)))
    os.utime(first.parent, (0, first.parent.stat().st_mtime - KEPT_S - 1))
    assert kept.write_once("first", "ten", lambda path: path.unlink()) == first
    kept.write_once("second", "ten", lambda path: path.write_bytes(bytes(10)))
    assert first.exists()


def test_written_images_are_the_files_that_are_there(invented_table: AttributeTable, tmp_path: Path) -> None:
    images = tmp_path / "celeba" / "img_align_celeba"
    images.mkdir(parents=True)
    rows = ["image_id," + ",".join(LABELS)]
    for name, values in zip(invented_table.ids, invented_table.values.astype(int).astype(str), strict=True):
        rows.append(",".join([name, *values]))
    (images.parent / "list_attr_celeba.csv").write_text("\n".join(rows) + "\n")
    for name in invented_table.ids[:40]:
        (images / name).with_suffix(".png").touch()
    source = FolderFaces(images.parent, tmp_path / "cache")
    exporter = Exporter(source, Dataset.of(source), tmp_path / "out", True)
    for what in ("images", "captions"):
        written = _records(exporter.write(Asked(what, ".jsonl", Query(blurry="in"))))
        assert [each["file_name"] for each in written] == sorted(path.name for path in images.iterdir())

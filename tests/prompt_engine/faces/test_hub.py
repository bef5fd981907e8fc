"""Faces from the Hub: attributes first, images as they are shown, all from one commit, kept on disk."""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image

from prompt_engine import image_names
from prompt_engine.__main__ import main
from prompt_engine.attributes import LABELS
from prompt_engine.errors import FaceSourceError
from prompt_engine.faces import open_face_source
from prompt_engine.faces.hub import HubFaces
from prompt_engine.faces.prefetcher import Prefetcher
from prompt_engine.query import Query
from tests.prompt_engine.faces.hub_datasets import GROUP, LAYOUTS, ROWS, Layout, Portraits, dataset
from tests.prompt_engine.faces.hub_server import COMMIT, Faults, HubServer

EVERYONE = Query(blurry="in")


@pytest.fixture
def no_prefetch(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is asked for is what is shown."""
    monkeypatch.setattr(Prefetcher, "start", lambda *_: None)


def _pixels(data: bytes) -> bytes:
    with Image.open(io.BytesIO(data)) as image:
        return image.convert("RGB").tobytes()


def _image_spans(hub: HubServer) -> dict[str, list[tuple[int, int]]]:
    """Where the images of every row group lie in every file."""
    spans: dict[str, list[tuple[int, int]]] = {}
    for path, data in hub.files.items():
        if path.endswith(".parquet"):
            meta = pq.read_metadata(io.BytesIO(data))
            chunks = [meta.row_group(group).column(0) for group in range(meta.num_row_groups)]
            starts = [chunk.dictionary_page_offset or chunk.data_page_offset for chunk in chunks]
            spans[path] = [
                (start, start + chunk.total_compressed_size)
                for start, chunk in zip(starts, chunks, strict=True)
            ]
    return spans


def _image_groups(hub: HubServer) -> set[tuple[str, int]]:
    """The row groups of whose images at least half was sent."""
    return {
        (path, start)
        for path, spans in _image_spans(hub).items()
        for start, stop in spans
        for asked in hub.stored
        if asked.path == path and min(stop, asked.stop) - max(start, asked.start) > (stop - start) / 2
    }


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_every_layout_is_read_in_celebas_order(layout: Layout, hub: HubServer, portraits: Portraits) -> None:
    faces = HubFaces(layout.name)
    assert faces.index.names.tolist() == [b"row-%06d" % number for number in range(1, 241)]
    for row in (0, 79, 80, 159, 160, 199, 200, 239):
        face = faces.face(row)
        assert face.labels == {label for label, has in zip(LABELS, portraits.values[row], strict=True) if has}
        assert face.image.tobytes() == _pixels(portraits.images[row])
    assert not faces.index.named
    sizes = [faces.match_count(Query(split=split, blurry="in")).images for split in ROWS]
    assert sizes == list(ROWS.values())


@pytest.mark.parametrize("column", ["image.path", "image_file"])
def test_names_are_read_where_the_dataset_has_some(
    column: str, hub: HubServer, layout: Layout, portraits: Portraits, tmp_path: Path
) -> None:
    names = [f"{number:06d}.jpg" for number in np.random.default_rng(1).permutation(240).tolist()]
    hub.files = dataset(replace(portraits, names=tuple(names)), layout, column)
    for _ in range(2):  # fetched, then from this disk
        faces = HubFaces(layout.name, tmp_path)
        assert [faces.index.file_name(row) for row in range(240)] == names
    assert faces.face(100).id == names[100]
    assert faces.number(names[100]) == 100


def test_opening_tells_which_files_are_read(hub: HubServer, layout: Layout) -> None:
    told: list[tuple[int, int]] = []

    def watch(files: Iterable[Any], number: int) -> Iterator[Any]:
        for done, file in enumerate(files, start=1):
            told.append((done, number))
            yield file

    for _ in range(2):  # the second time nothing is fetched
        HubFaces(layout.name, watch=watch)
        assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_all_of_celeba_in_its_order_has_its_names(
    hub: HubServer, layout: Layout, portraits: Portraits, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = hashlib.sha256(np.packbits(portraits.values).tobytes()).hexdigest()
    monkeypatch.setattr(image_names, "_CELEBA_SHA256", digest)
    for _ in range(2):  # fetched, then from this disk
        index = HubFaces(layout.name).index
        assert index.named and index.file_name(239) == "000240.jpg"


def test_names_that_occur_twice_name_no_image(hub: HubServer, layout: Layout, portraits: Portraits) -> None:
    names = [f"{number % 80}.jpg" for number in range(240)]
    hub.files = dataset(replace(portraits, names=tuple(names)), layout, "image_id")
    assert HubFaces(layout.name).index.file_name(0) == "row-000001"


def test_captions_are_not_fetched_for_names(hub: HubServer, layout: Layout, portraits: Portraits) -> None:
    captions = [f"{number} " + np.random.default_rng(number).bytes(2000).hex() for number in range(240)]
    hub.files = dataset(replace(portraits, names=tuple(captions)), layout, "caption")
    HubFaces(layout.name)
    assert hub.received < sum(map(len, captions)) / 2  # a few lie in the footers


def test_opening_fetches_no_image(hub: HubServer, layout: Layout) -> None:
    HubFaces(layout.name)
    sizes = sum(map(len, hub.files.values()))
    assert hub.received < sizes * 0.1
    assert _image_groups(hub) == set()


def test_a_gallery_fetches_its_own_row_groups_alone(
    hub: HubServer, layout: Layout, no_prefetch: None
) -> None:
    faces = HubFaces(layout.name)
    hub.forget()
    shown = faces.sample(EVERYONE, 20, seed=4)
    groups = _image_groups(hub)
    assert len(shown) == 20
    assert {(int(face.id[4:]) - 1) // GROUP for face in shown} == {
        _number(hub, path, start) for path, start in groups
    }
    assert len(groups) <= 6
    hub.forget()
    assert [face.id for face in HubFaces(layout.name).sample(EVERYONE, 20, seed=4)] == [
        face.id for face in shown
    ]
    assert hub.received == 0


def _number(hub: HubServer, path: str, start: int) -> int:
    """A row group's number through all files, as rows count."""
    order = ["train-00000", "train-00001", "valid", "test"]
    spans = _image_spans(hub)
    by_order = sorted(spans, key=lambda each: next(i for i, name in enumerate(order) if name in each))
    return [(each, first) for each in by_order for first, _ in spans[each]].index((path, start))


def test_faces_match_and_seeds_decide(hub: HubServer, layout: Layout, no_prefetch: None) -> None:
    faces = HubFaces(layout.name)
    query = Query("male", ("Smiling",), split="train")
    shown = faces.sample(query, 8, seed=1)
    assert all({"Male", "Smiling"} <= face.labels and int(face.id[4:]) <= 160 for face in shown)
    ids = [[face.id for face in faces.sample(query, 8, seed)] for seed in (1, 1, 2)]
    assert ids[0] == ids[1] != ids[2]
    assert len(set(ids[0])) == 8
    matches = faces.index.match_rows(query).tolist()
    everyone = faces.sample(query, 1000, seed=1)
    assert sorted(int(face.id[4:]) - 1 for face in everyone) == matches


@pytest.mark.parametrize("query", [EVERYONE, Query("male"), Query(wanted=("Bald", "Young"))], ids=repr)
def test_fewer_faces_are_the_first_of_more(query: Query, hub: HubServer, layout: Layout) -> None:
    faces = HubFaces(layout.name)
    for seed in range(20):
        drawn = faces.sample_ids(query, 240, seed)
        assert len(set(drawn)) == len(drawn) == faces.match_count(query).images
        assert all(faces.sample_ids(query, count, seed) == drawn[:count] for count in (1, 10, 20, 70))


def test_names_are_drawn_without_an_image(hub: HubServer, layout: Layout, no_prefetch: None) -> None:
    faces = HubFaces(layout.name)
    hub.forget()
    names = faces.sample_ids(EVERYONE, 7, seed=3)
    assert hub.received == 0
    assert names == [face.id for face in faces.sample(EVERYONE, 7, seed=3)]


def test_the_faces_of_the_next_seed_are_fetched_beside(
    hub: HubServer, layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    faces = HubFaces(layout.name)
    faces.sample(EVERYONE, 5, seed=7)
    assert faces.prefetcher.wait(10)
    monkeypatch.setattr(Prefetcher, "start", lambda *_: None)
    hub.forget()
    assert len(faces.sample(EVERYONE, 5, seed=8)) == 5
    assert hub.received == 0
    faces.sample(EVERYONE, 5, seed=9)
    assert hub.received > 0


def test_the_second_start_fetches_nothing(hub: HubServer, layout: Layout) -> None:
    before = HubFaces(layout.name)
    hub.forget()
    again = HubFaces(layout.name)
    assert (hub.api_calls, hub.received) == (1, 0)
    assert all(
        np.array_equal(one.words, other.words)
        for one, other in zip(before.index.parts, again.index.parts, strict=True)
    )
    hub.forget()
    HubFaces(f"{layout.name}@{COMMIT}")
    assert hub.api_calls == 0


def test_a_new_commit_is_read_anew_and_an_old_source_stays(
    hub: HubServer, layout: Layout, portraits: Portraits, no_prefetch: None
) -> None:
    before = HubFaces(layout.name)
    old = {path: data for path, data in hub.files.items() if "test" not in path}
    hub.files, hub.commit = old, "f" * 40
    after = HubFaces(layout.name)
    assert (before.commit, after.commit) == (COMMIT, "f" * 40)
    assert before.fingerprint != after.fingerprint
    assert len(after.index.names) == 200
    with pytest.raises(FaceSourceError, match="a file of it is gone"):
        before.face(0)


def test_the_cache_stays_within_its_bounds(
    hub: HubServer, layout: Layout, tmp_path: Path, no_prefetch: None
) -> None:
    faces = HubFaces(layout.name, tmp_path, cache_mb=0.4)
    shown = [face.id for seed in range(12) for face in faces.sample(EVERYONE, 20, seed)]
    assert len(set(shown)) > 100
    kept = [file.stat().st_size for file in (tmp_path / "hub").rglob("*.bin")]
    assert 0 < sum(kept) <= 0.4e6 * 1.05
    assert list(tmp_path.rglob("*.npz"))


def test_a_damaged_table_on_this_disk_is_fetched_again(
    hub: HubServer, layout: Layout, tmp_path: Path
) -> None:
    before = HubFaces(layout.name, tmp_path)
    (kept,) = tmp_path.rglob("table.npz")
    kept.write_bytes(kept.read_bytes()[:-100])
    assert HubFaces(layout.name, tmp_path).match_count(EVERYONE) == before.match_count(EVERYONE)


def test_nothing_can_be_kept(hub: HubServer, layout: Layout, tmp_path: Path, no_prefetch: None) -> None:
    (tmp_path / "file").touch()
    assert len(HubFaces(layout.name, tmp_path / "file").sample(EVERYONE, 5, 1)) == 5


def test_one_row_after_another_fetches_each_row_group_once(
    hub: HubServer, layout: Layout, tmp_path: Path
) -> None:
    faces = HubFaces(layout.name)
    hub.forget()
    for row in range(3 * GROUP):
        faces.face(row)
    assert len(_image_groups(hub)) == 3
    assert len(hub.stored) <= 3 + 2  # and the footer, in two parts


def test_many_visitors_fetch_each_row_group_once_and_few_at_a_time(
    hub: HubServer, layout: Layout, no_prefetch: None
) -> None:
    before = set(threading.enumerate())
    faces = HubFaces(layout.name)
    _ = faces.face(0), faces.face(80)  # so that footers and addresses are known
    hub.forget()
    hub.faults = Faults(delay_s=0.2)
    rows = [*range(20, 60), *range(100, 140)]
    at_once: list[int] = []

    def visit(_: int) -> None:
        assert all(isinstance(image, bytes) for image in faces._images.read(rows).values())
        new = set(threading.enumerate()) - before
        at_once.append(sum("images of" in each.name for each in new))

    with ThreadPoolExecutor(12) as visitors:
        list(visitors.map(visit, range(12)))
    assert len(hub.stored) == len(_image_groups(hub)) == 4
    assert max(at_once) <= 8


def test_the_hub_itself_is_asked_once_a_file(hub: HubServer, layout: Layout) -> None:
    HubFaces(layout.name)
    assert len(hub.asked) < len(hub.stored)
    assert not any(each.authorised for each in hub.stored)


def test_a_process_of_its_own_reads_its_environment(
    hub: HubServer, layout: Layout, tmp_path: Path, repository: Path
) -> None:
    """The real client, in its own process, set by environment variables alone."""
    hub.token = "hf_secret"
    code = (
        "from prompt_engine.faces import open_face_source\n"
        "from prompt_engine.query import Query\n"
        f"faces = open_face_source('hub:{layout.name}')\n"
        "print(len(faces.sample(Query('female'), 6, 1)), len(faces.ids()))\n"
    )
    environment = {**os.environ, "HF_ENDPOINT": hub.endpoint, "HF_TOKEN": "hf_secret", "HF_HUB_OFFLINE": "0"}
    environment["XDG_CACHE_HOME"] = str(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=repository,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split()[0] == "6", done.stderr
    assert "hf_secret" not in done.stdout + done.stderr
    assert all(each.authorised for each in hub.asked)


def test_sources_by_name(hub: HubServer, layout: Layout) -> None:
    source = open_face_source(f"hub:{layout.name}")
    assert layout.name in source.title
    assert "non-commercial" in source.notice
    assert source.versions == ("aligned",)
    assert not source.drawn
    assert source.splittable
    assert source.number("row-000007") == 6


@pytest.mark.parametrize("spec", ["hub:", "hub:celeba", "hub:../..", "hub:a/b/c", "hub:@main"])
def test_a_name_that_is_none_is_refused(spec: str) -> None:
    with pytest.raises(FaceSourceError, match="write (hub:OWNER/NAME|folder:PATH)"):
        open_face_source(spec)


@pytest.mark.parametrize("command", [("captions",), ("export", "images")], ids=" ".join)
def test_images_without_names_are_written_by_their_row_in_the_split(
    command: tuple[str, ...], hub: HubServer, layout: Layout, portraits: Portraits, tmp_path: Path
) -> None:
    out = tmp_path / "images.jsonl"
    source = ["--celeba", f"hub:{layout.name}", "--blurry", "in", "--split", "validation"]
    assert main([*command, *source, "--out", str(out)]) == 0
    records = [json.loads(line) for line in out.read_text().splitlines()]
    assert [(each["split"], each["row"]) for each in records] == [("validation", row) for row in range(40)]
    assert not any("file_name" in each for each in records)

"""How fast the attribute index opens, counts and draws, on the official attribute file."""

import gc
import random
import statistics
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from bench.column_scan import read_columns, scan_catalogue
from bench.table import Row, times_faster
from prompt_engine.buckets import GENDERS
from prompt_engine.catalogue import count_catalogue
from prompt_engine.counts import AggregateCounts
from prompt_engine.distribution import MODES
from prompt_engine.index import AttributeIndex, open_index
from prompt_engine.prompt_sampler import PromptSampler
from prompt_engine.query import Query
from prompt_engine.realiser import realise
from prompt_engine.relations import all_triples, pair_lifts
from prompt_engine.sampler import sample_selection
from prompt_engine.selection import Selection

REPEATS = 5
SELECTIONS = 1_000
IDS_DRAWN = 20
DRAWS = 100_000
TARGETS = (
    ("attribute file to index, cold", 2.0, "s"),
    ("attribute file to index, cached", 0.1, "s"),
    ("memory of the index", 20.0, "MB"),
    ("all 8,343 counts", 60.0, "ms"),
    ("one selection: count and 20 ids", 1.0, "ms"),
    ("facet counts of all 40 attributes", 0.5, "ms"),
    ("all pairs and triples with lift", 1.0, "s"),
    ("100,000 seeded draws with sentences", 3.0, "s"),
)


def measure_index(attribute_file: Path) -> Iterator[Row]:
    if not attribute_file.is_file():
        reason = f"no CelebA at {attribute_file.parent.parent}: name one with --celeba"
        yield from (Row(what, most, None, unit, reason) for what, most, unit in TARGETS)
        return
    with tempfile.TemporaryDirectory() as folder:
        yield _measure_cold(attribute_file, Path(folder))
        cached_s = _median_s(lambda: open_index(attribute_file, cache_dir=Path(folder)))
        yield _row("attribute file to index, cached", cached_s)
        yield _measure_memory(attribute_file, Path(folder))
        index = open_index(attribute_file, cache_dir=Path(folder))
    yield _measure_catalogue(index, attribute_file)
    yield _measure_selections(index)
    yield _measure_facets(index)
    relations_s = _median_s(lambda: _relate(index))
    yield _row(
        "all pairs and triples with lift", relations_s, "both genders, 780 pairs and 9,880 triples each"
    )
    yield _measure_draws()


def _row(what: str, measured: float, note: str = "") -> Row:
    most, unit = next((most, unit) for name, most, unit in TARGETS if name == what)
    return Row(what, most, measured, unit, note)


def _measure_cold(attribute_file: Path, folder: Path) -> Row:
    """Index the file with no cache, the last time into `folder`."""
    caches = iter([folder / str(number) for number in range(REPEATS - 1)] + [folder])
    cold_s = _median_s(lambda: open_index(attribute_file, cache_dir=next(caches)))
    size_mb = attribute_file.stat().st_size / 1e6
    return _row("attribute file to index, cold", cold_s, f"{size_mb:.0f} MB")


def _measure_memory(attribute_file: Path, folder: Path) -> Row:
    """What the index holds once it is open and has answered every kind of query."""
    gc.collect()
    tracemalloc.start()
    index = open_index(attribute_file, cache_dir=folder)
    index.facets(Query(strict=True))
    gc.collect()
    held_mb = tracemalloc.get_traced_memory()[0] / 1e6
    tracemalloc.stop()
    return _row("memory of the index", held_mb, f"{len(index.names):,} images")


def _measure_facets(index: AttributeIndex) -> Row:
    """Time the counts of all 40 labels under random queries, half of them over all images."""
    rng = random.Random(1)
    queries = [Query.of(sample_selection(rng, size=number % 5)) for number in range(SELECTIONS // 2)]
    queries += [replace(query, gender=None, blurry="in") for query in queries]
    times_ms = sorted(1000 * _seconds(partial(index.facets, query)) for query in queries)
    median_ms, slow_ms = statistics.median(times_ms), times_ms[int(0.99 * len(times_ms))]
    return _row(
        "facet counts of all 40 attributes", slow_ms, f"99 % of {len(queries):,}; median {median_ms:.2g} ms"
    )


def _relate(index: AttributeIndex) -> None:
    counts = AggregateCounts.build(index)
    for gender in GENDERS:
        pair_lifts(counts, gender)
        all_triples(counts, gender)


def _measure_draws() -> Row:
    """Draw prompts in each mode, sentences included; the verdict is about the slowest mode."""
    counts = AggregateCounts.load()
    times_s = {mode: _seconds(partial(_draw, mode, counts)) for mode in MODES}
    slowest = max(times_s, key=lambda mode: times_s[mode])
    note = ", ".join(f"{mode} {time_s:.2g} s" for mode, time_s in times_s.items())
    return _row("100,000 seeded draws with sentences", times_s[slowest], note)


def _draw(mode: str, counts: AggregateCounts) -> None:
    sampler, rng = PromptSampler(mode, counts), random.Random(7)
    for _ in range(DRAWS):
        realise(sampler.draw(rng))


def _measure_catalogue(index: AttributeIndex, attribute_file: Path) -> Row:
    columns = read_columns(attribute_file)
    scan_s = _median_s(lambda: scan_catalogue(columns))
    count_s = _median_s(lambda: count_catalogue(index))
    return _row("all 8,343 counts", 1000 * count_s, times_faster(scan_s, count_s, "a scan of the columns"))


def _measure_selections(index: AttributeIndex) -> Row:
    """Time random selections of one to four attributes; the verdict is about the slowest hundredth."""
    rng = random.Random(0)
    selections = [sample_selection(rng, size=1 + number % 4) for number in range(SELECTIONS)]
    times_ms = sorted(1000 * _seconds(partial(_answer, index, selection)) for selection in selections)
    slow_ms = times_ms[int(0.99 * SELECTIONS)]
    note = f"99 % of {SELECTIONS:,} selections; median {statistics.median(times_ms):.2g} ms"
    return _row("one selection: count and 20 ids", slow_ms, note)


def _answer(index: AttributeIndex, selection: Selection) -> None:
    index.count(Query.of(selection))
    index.sample(Query.of(selection), IDS_DRAWN, seed=0)


def _median_s(work: Callable[[], object]) -> float:
    return statistics.median(_seconds(work) for _ in range(REPEATS))


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started

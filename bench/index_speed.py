"""How fast the attribute index opens, counts and draws, on the official attribute file."""

import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.table import Row, times_faster
from prompt_engine.catalogue import count_catalogue
from prompt_engine.index import AttributeIndex, open_index
from prompt_engine.sampler import sample_selection
from prompt_engine.selection import Selection

REPEATS = 5
SELECTIONS = 1_000
IDS_DRAWN = 20

# Published figures of the program that this one replaces.
REPLACED_CATALOGUE_S = 20.0
REPLACED_SELECTION_MS = (95.0, 204.0)


def measure_index(attribute_file: Path) -> Iterator[Row]:
    if not attribute_file.is_file():
        yield from _not_measured(f"no CelebA at {attribute_file.parent.parent}: name one with --celeba")
        return
    with tempfile.TemporaryDirectory() as folder:
        yield _measure_cold(attribute_file, Path(folder))
        index = open_index(attribute_file, Path(folder))
        cached_s = _median_s(lambda: open_index(attribute_file, Path(folder)))
    yield Row("attribute file to index, cached", 0.1, cached_s, "s")
    count_s = _median_s(lambda: count_catalogue(index))
    note = times_faster(REPLACED_CATALOGUE_S, count_s)
    yield Row("all 8,343 counts", 0.1, count_s, "s", note)
    yield _measure_selections(index)


def _not_measured(reason: str) -> Iterator[Row]:
    yield Row("attribute file to index, cold", 2.0, None, "s", reason)
    yield Row("attribute file to index, cached", 0.1, None, "s", reason)
    yield Row("all 8,343 counts", 0.1, None, "s", reason)
    yield Row("one selection: count and 20 ids", 1.0, None, "ms", reason)


def _measure_cold(attribute_file: Path, folder: Path) -> Row:
    """Index the file with no cache, the last time into `folder`."""
    caches = iter([folder / str(number) for number in range(REPEATS - 1)] + [folder])
    cold_s = _median_s(lambda: open_index(attribute_file, next(caches)))
    return Row(
        "attribute file to index, cold", 2.0, cold_s, "s", f"{attribute_file.stat().st_size / 1e6:.0f} MB"
    )


def _measure_selections(index: AttributeIndex) -> Row:
    """Time random selections of one to four attributes; the verdict is about the slowest hundredth."""
    rng = random.Random(0)
    selections = [sample_selection(rng, size=1 + number % 4) for number in range(SELECTIONS)]
    times_ms = sorted(1000 * _answer_s(index, selection) for selection in selections)
    slow_ms = times_ms[int(0.99 * SELECTIONS)]
    ratio = "–".join(f"{before_ms / slow_ms:,.0f}" for before_ms in REPLACED_SELECTION_MS)
    note = f"99 % of {SELECTIONS:,} selections; median {statistics.median(times_ms):.2g} ms; "
    note += f"{ratio} times faster than the program this replaces (95–204 ms)"
    return Row("one selection: count and 20 ids", 1.0, slow_ms, "ms", note)


def _answer_s(index: AttributeIndex, selection: Selection) -> float:
    started = time.perf_counter()
    index.count(selection)
    index.sample(selection, IDS_DRAWN, seed=0)
    return time.perf_counter() - started


def _median_s(work: Callable[[], object]) -> float:
    times_s = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        work()
        times_s.append(time.perf_counter() - started)
    return statistics.median(times_s)

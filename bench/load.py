"""python -m bench.load: visitors who click through Explore while others have portraits made.

Exit code 1 when a target was missed or an action failed, 0 otherwise.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median, quantiles

import psutil

from bench.app_process import RunningApp, started_app
from bench.load_page import Plan
from bench.load_queue import LATEST_PLACE_S, Made, keep_asking
from bench.load_visitors import THINKS_S, Times, click_through, open_client
from bench.table import NEVER, Row, render_table
from bench.visitors import FLAT, held_megabytes

MEDIAN_MS, LATE_MS = 100, 500
LATE = 0.95
WARM_UP_S = 15  # the first visitors come, caches fill, the model is loaded: not counted
EARLY = 0.2  # of the run, when memory is looked at first


@dataclass
class Run:
    """What a run was, and what was measured in it."""

    visitors: int
    in_flight: int
    seconds: float
    times: Times = field(default_factory=Times)
    made: Made = field(default_factory=Made)
    memory: dict[str, tuple[float, float]] = field(default_factory=dict)  # MB, of page and workshop, by when
    busy: tuple[float, float] = (0.0, 0.0)  # cores taken by the page's process, and by those below it
    load: float = 0.0  # of the machine, at the end


def main() -> int:
    arguments = read_arguments()
    with tempfile.TemporaryDirectory() as folder, started_app(Path(folder)) as app:
        app.wait_until_answering()
        run = asyncio.run(press(app, arguments.visitors, arguments.in_flight, 60 * arguments.minutes))
        said = app.log.read_text(errors="replace")
    rows = list(measured(run, "Traceback" in said))
    print(describe(run), "", render_table(rows), "", render_actions(run), sep="\n")
    for problem in [*map(": ".join, run.times.problems), *run.made.problems][:10]:
        print(problem, file=sys.stderr)
    if arguments.json:
        arguments.json.write_text(json.dumps(_told(run, rows), indent=2) + "\n", encoding="utf-8")
    return int(any(row.ok is False for row in rows))


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.load",
        description="Have visitors click through Explore while portraits are made.",
    )
    parser.add_argument("--visitors", type=int, default=200, help="who clicks at once (default: %(default)s)")
    parser.add_argument(
        "--in-flight", type=int, default=20, help="comparisons asked for at once (default: %(default)s)"
    )
    parser.add_argument("--minutes", type=float, default=10, help="how long (default: %(default)s)")
    parser.add_argument("--json", type=Path, help="also write what was measured to this file")
    return parser.parse_args()


async def press(app: RunningApp, visitors: int, in_flight: int, seconds: float) -> Run:
    """Have them all work for so long; a warm-up comes before, and is not counted."""
    run = Run(visitors, in_flight, seconds)
    async with open_client(app.url, 2 * visitors + in_flight) as client:
        plan = await Plan.fetch(client)
        end = time.monotonic() + WARM_UP_S + seconds
        makers = [keep_asking(client, plan, seed, end, run.made) for seed in range(in_flight)]
        asking = asyncio.gather(*makers)
        worked: dict[str, tuple[float, float]] = {}
        begun = asyncio.Event()
        asyncio.get_running_loop().call_later(WARM_UP_S, begun.set)

        def look() -> None:
            left = end - time.monotonic()
            if begun.is_set() and "at the start" not in run.memory:
                run.times.forget()
                run.memory["at the start"] = held_megabytes(app.process.pid)
                worked["at the start"] = _worked_s(app)
            elif left <= (1 - EARLY) * seconds and "early" not in run.memory:
                run.memory["early"] = held_megabytes(app.process.pid)
            elif left <= 1 and "at the end" not in run.memory:
                run.memory["at the end"] = held_megabytes(app.process.pid)
                worked["at the end"] = _worked_s(app)

        await click_through(client, plan, visitors, end, run.times, look)
        await asking
    run.busy = _cores(worked, seconds)
    run.load = psutil.getloadavg()[0]
    return run


def _worked_s(app: RunningApp) -> tuple[float, float]:
    """Processor seconds of the page's process, and of those below it."""
    process = psutil.Process(app.process.pid)
    page, below = process.cpu_times(), [each.cpu_times() for each in process.children(recursive=True)]
    return page.user + page.system, sum(each.user + each.system for each in below)


def _cores(worked: Mapping[str, tuple[float, float]], seconds: float) -> tuple[float, float]:
    if len(worked) < 2:
        return 0.0, 0.0
    page, below = (after - before for before, after in zip(*worked.values(), strict=True))
    return page / seconds, below / seconds


def measured(run: Run, traceback: bool) -> Iterator[Row]:
    """The targets and what was reached."""
    problems = [*run.times.problems, *run.made.problems]
    asked = run.times.done + len(run.made.seconds)
    traced = "a traceback in the log" if traceback else "no traceback in the log"
    yield Row("errors", 0, len(problems) + traceback, "errors", f"of {asked:,} actions; {traced}")
    for what in ("prompt and counts", "faces", "shown"):
        taken = [each for (_, shown), times in run.times.taken.items() if shown == what for each in times]
        yield from _time_rows(f"Explore action, from the click to {what}", taken)
    yield from _queue_rows(run.made)
    for place, whose in enumerate(("the page's process", "the process that makes portraits")):
        held = {when: each[place] for when, each in run.memory.items()}
        if {"early", "at the end"} <= held.keys():
            note = ", ".join(f"{megabytes:,.0f} MB {when}" for when, megabytes in held.items())
            yield Row(f"memory of {whose}", FLAT, held["at the end"] / held["early"], "times", note)


def _time_rows(what: str, taken: list[float]) -> Iterator[Row]:
    middle, late = (1000 * each for each in figures(taken)) if taken else (NEVER, NEVER)
    yield Row(f"{what}, median", MEDIAN_MS, middle, "ms", f"{len(taken):,} times")
    yield Row(
        f"{what}, 95 of 100", LATE_MS, late, "ms", f"the slowest {1000 * max(taken, default=0):,.0f} ms"
    )


def _queue_rows(made: Made) -> Iterator[Row]:
    if not made.seconds:
        yield Row("comparisons that were made", 0, NEVER, "missing", "none")
        return
    middle, late = figures(made.seconds)
    note = f"{len(made.seconds):,} comparisons, from the click to the portraits {middle:.1f} s, {late:.1f} s"
    yield Row("waiting visitors who are not told their place", 0, made.untold, "visitors", note)
    _, told = figures(made.told_after_s) if made.told_after_s else (NEVER, NEVER)
    note = f"95 of 100; {made.with_a_time:,} of {len(made.told_after_s):,} were told how long, too"
    yield Row("from the click to the place in the queue", LATEST_PLACE_S, told, "s", note)


def figures(taken: list[float]) -> tuple[float, float]:
    """The median, and what 95 of 100 stay below."""
    late = quantiles(taken, n=100, method="inclusive")[round(100 * LATE) - 1] if len(taken) > 1 else taken[0]
    return median(taken), late


def describe(run: Run) -> str:
    """What the run was, in some sentences."""
    (least, most), (page, below) = THINKS_S, run.busy
    return (
        f"{run.visitors} visitors on Explore who act every {least:g} to {most:g} s, and {run.in_flight} "
        f"comparisons in flight, for {run.seconds / 60:g} min on {psutil.cpu_count()} cores. The page took "
        f"{page:.2f} of a core, the portraits {below:.2f}. The machine's load at the end was {run.load:.1f}."
    )


def render_actions(run: Run) -> str:
    """A table of all actions, as Markdown."""
    failed = [action for action, _ in run.times.problems]
    lines = ["| action | until | times | median | 95 of 100 | errors |", "|---|---|---|---|---|---|"]
    for (action, what), taken in sorted(run.times.taken.items()):
        middle, late = (f"{1000 * each:,.0f} ms" for each in figures(taken))
        cells = (action, what, f"{len(taken):,}", middle, late, str(failed.count(action)))
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _told(run: Run, rows: list[Row]) -> Mapping[str, object]:
    actions = [
        {"action": action, "until": what, "times": len(taken), "median_s": one, "late_s": other}
        for (action, what), taken in run.times.taken.items()
        for one, other in [figures(taken)]
    ]
    return {
        "visitors": run.visitors,
        "in_flight": run.in_flight,
        "seconds": run.seconds,
        "cores": psutil.cpu_count(),
        "busy_cores": run.busy,
        "load": run.load,
        "memory_mb": run.memory,
        "rows": [asdict(row) | {"ok": row.ok} for row in rows],
        "actions": actions,
        "problems": run.times.problems + [("comparison", each) for each in run.made.problems],
    }


if __name__ == "__main__":
    sys.exit(main())

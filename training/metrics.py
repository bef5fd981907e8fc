"""What a run reports: a line for people, a line of JSON for programs."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prompt_engine.whole_file import replacing
from training.errors import RunError

METRICS_FILE = "metrics.jsonl"
SCHEMA = 2
EVENTS = ("skipped", "rolled_back_from")  # keys of rows that tell why a run went back


@dataclass(frozen=True)
class StepMetrics:
    """How the last steps went; loss and gradient norm are means, None when all steps were skipped.

    `memory_gib` is the most that the run has needed so far.
    """

    step: int
    loss: float | None
    gradient_norm: float | None
    learning_rate: float
    images_per_s: float
    skipped_steps: int
    memory_gib: float


def start_metrics(folder: Path, step: int) -> None:
    """Begin the file, or where a run goes on after a step, or back to it, cut off what came after it.

    What tells of skipped steps and of going back stays, whichever step it is of: it happened, and a step that
    is done again may be told of again.

    Raises:
        RunError: the file cannot be written.
    """
    path = folder / METRICS_FILE
    rows = read_metrics(folder)
    kept = [row for row in rows if row["step"] <= step or not row.keys().isdisjoint(EVENTS)]
    lines = [json.dumps(row) + "\n" for row in ({"schema": SCHEMA}, *kept)]
    with _writing(path), replacing(path) as beside:
        beside.write_text("".join(lines), encoding="utf-8")


def append_metrics(folder: Path, row: Mapping[str, Any]) -> None:
    """Add one line to the file; `row` has at least its `step`.

    Raises:
        RunError: the file cannot be written.
    """
    path = folder / METRICS_FILE
    with _writing(path), path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(dict(row)) + "\n")


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise RunError(
            f"{path} cannot be written ({error.strerror or error}): make room, or move run.output to a "
            "larger disk, and go on with --resume"
        ) from error


def read_metrics(folder: Path) -> list[dict[str, Any]]:
    """The lines of the file without its heading; a last line that was cut off is left out."""
    path = folder / METRICS_FILE
    lines = path.read_text(encoding="utf-8").split("\n")[1:-1] if path.is_file() else []
    return [json.loads(line) for line in lines]


class Meter:
    """Gathers losses and gradient norms between two reports."""

    def __init__(self, batch_size: int) -> None:
        self._batch_size = batch_size
        self._clear()

    def _clear(self) -> None:
        self._losses: list[float] = []
        self._norms: list[float] = []
        self._skipped = 0
        self._since = time.perf_counter()

    @property
    def state(self) -> dict[str, Any]:
        """What was gathered since the last report, to be saved and taken up again."""
        seconds = time.perf_counter() - self._since
        return {"losses": self._losses, "norms": self._norms, "skipped": self._skipped, "seconds": seconds}

    def take_up(self, state: Mapping[str, Any]) -> None:
        """Go on from a saved state."""
        self._losses, self._norms = list(state["losses"]), list(state["norms"])
        self._skipped = state["skipped"]
        self._since = time.perf_counter() - state["seconds"]

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Leave out the time of something else that is done between two steps."""
        began = time.perf_counter()
        yield
        self._since += time.perf_counter() - began

    def skip(self) -> None:
        """Note one step that was not learned from: it counts as such and not in the means."""
        self._skipped += 1

    def add(self, loss: float, gradient_norm: float) -> None:
        """Note one step."""
        self._losses.append(loss)
        self._norms.append(gradient_norm)

    def report(self, step: int, learning_rate: float, memory_gib: float) -> StepMetrics:
        """Sum up the steps since the last report, and begin again."""
        taken = len(self._losses)
        seconds = max(time.perf_counter() - self._since, 1e-9)
        metrics = StepMetrics(
            step=step,
            loss=sum(self._losses) / taken if taken else None,
            gradient_norm=sum(self._norms) / taken if taken else None,
            learning_rate=learning_rate,
            images_per_s=(taken + self._skipped) * self._batch_size / seconds,
            skipped_steps=self._skipped,
            memory_gib=memory_gib,
        )
        self._clear()
        return metrics


def seconds_left(metrics: StepMetrics, steps: int, batch_size: int) -> float:
    """How long the rest of the run takes at the rate of the last steps."""
    return (steps - metrics.step) * batch_size / max(metrics.images_per_s, 1e-9)


def render_line(metrics: StepMetrics, steps: int, left_s: float, price_per_hour: float | None) -> str:
    """The console's line: how far, how well, how fast, how large, how long still and at what cost."""
    loss = "none" if metrics.loss is None else f"{metrics.loss:.4f}"
    line = (
        f"step {metrics.step:>{len(f'{steps:,}')},}/{steps:,}  loss {loss}"
        f"  learning rate {metrics.learning_rate:.2e}  {metrics.images_per_s:,.1f} images/s"
        f"  {metrics.memory_gib:.1f} GiB"
    )
    if metrics.step < steps:
        line += f"  {render_duration(left_s)} left"
        if price_per_hour is not None:
            line += f" (${left_s / 3600 * price_per_hour:,.2f})"
    return line + (f"  {metrics.skipped_steps} steps skipped" if metrics.skipped_steps else "")


def render_duration(seconds: float) -> str:
    """A duration in its two largest units: `2 h 05 min`, `3 min 20 s`, `45 s`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"

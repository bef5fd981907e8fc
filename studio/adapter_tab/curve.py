"""The course of a training: its loss, and the loss on held-out faces, as a drawing and as a table."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Point = tuple[int, float]  # a step, a loss

MOST_POINTS = 200  # of the training loss in the drawing: each is the mean of its stretch
MOST_ROWS = 40  # of the table
_WIDTH, _HEIGHT = 1000, 100
_MOST_STEPS = 10**9


@dataclass(frozen=True)
class Curve:
    """Losses by step: of training, and means over noise levels on held-out faces of both arms."""

    training: tuple[Point, ...]
    vanilla: tuple[Point, ...]
    fine_tuned: tuple[Point, ...]

    def __bool__(self) -> bool:
        return bool(self.training or self.fine_tuned)


def read_curve(path: Path) -> Curve:
    """Read the lines of a run; whatever cannot be read of them is left out."""
    rows = [_row(line) for line in path.read_text(encoding="utf-8", errors="replace").splitlines()]
    held_out = [(row["step"], row["held_out"]) for row in rows if isinstance(row.get("held_out"), dict)]
    return Curve(
        tuple((row["step"], row["loss"]) for row in rows if _is_loss(row.get("loss"))),
        _means(held_out, "vanilla"),
        _means(held_out, "fine_tuned"),
    )


def render_curve(curve: Curve) -> str:
    """The drawing with its axes and legend, what it shows in a sentence, and the same as a table."""
    scale = _Scale.around(curve)
    drawn = (
        ("training", "loss in training", _thinned(curve.training)),
        ("vanilla", "vanilla, on held-out faces", curve.vanilla),
        ("fine-tuned", "fine-tuned, on held-out faces", curve.fine_tuned),
    )
    there = [(kind, title, points) for kind, title, points in drawn if points]
    lines = "".join(_line(kind, points, scale) for kind, _, points in there)
    dots = "".join(_dots(kind, points, scale) for kind, _, points in there if kind != "training")
    keys = "".join(f'<span class="key {kind}">{title}</span>' for kind, title, _ in there)
    return (
        f'<p class="summary">{_summary(curve)}</p>'
        f'<div class="curve"><div class="plot">{scale.grid()}'
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" preserveAspectRatio="none" role="img" '
        f'aria-label="Loss by step; the table below says the same">{lines}{dots}</svg></div>'
        f'<div class="axis" aria-hidden="true"><span>0</span><span>step {scale.last:,}</span></div>'
        f'<p class="legend">{keys}</p>{_table(curve)}</div>'
    )


@dataclass(frozen=True)
class _Scale:
    """What the drawing spans: steps from 0 to `last`, losses from `low` to `high`."""

    last: int
    low: float
    high: float

    @classmethod
    def around(cls, curve: Curve) -> _Scale:
        """All that is held out, and the training loss but for single peaks."""
        losses = sorted(loss for _, loss in _thinned(curve.training))
        kept = losses[len(losses) // 50 : len(losses) - len(losses) // 50]
        every = [*kept, *(loss for _, loss in (*curve.vanilla, *curve.fine_tuned))]
        last = max(step for step, _ in (*curve.training, *curve.vanilla, *curve.fine_tuned))
        room = (max(every) - min(every) or max(every) or 1.0) * 0.08
        return cls(max(last, 1), max(0.0, min(every) - room), max(every) + room)

    def place(self, point: Point) -> str:
        step, loss = point
        share = min(1.0, max(0.0, (loss - self.low) / (self.high - self.low)))
        return f"{_WIDTH * step / self.last:.1f},{_HEIGHT * (1 - share):.2f}"

    def grid(self) -> str:
        """Lines at round losses."""
        span = self.high - self.low
        power = 10.0 ** math.floor(math.log10(span))
        step = next(each * power for each in (0.2, 0.5, 1, 2, 5) if span / (each * power) <= 5)
        first = math.ceil(self.low / step)
        digits = max(0, -math.floor(math.log10(step)))
        marks = (number * step for number in range(first, math.floor(self.high / step) + 1))
        return "".join(
            f'<span class="line" style="bottom: {(mark - self.low) / span:.2%}">{mark:.{digits}f}</span>'
            for mark in marks
        )


def _row(line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    usable = isinstance(row, dict) and type(row.get("step")) is int and 0 <= row["step"] <= _MOST_STEPS
    return row if usable else {}


def _is_loss(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e9


def _means(held_out: Iterable[tuple[int, dict[str, Any]]], arm: str) -> tuple[Point, ...]:
    found = []
    for step, losses in held_out:
        values = losses.get(arm)
        if isinstance(values, list) and values and all(map(_is_loss, values)):
            found.append((step, sum(values) / len(values)))
    return tuple(found)


def _thinned(points: Sequence[Point]) -> tuple[Point, ...]:
    """At most MOST_POINTS, each the mean of its stretch."""
    length = max(1, math.ceil(len(points) / MOST_POINTS))
    stretches = (points[start : start + length] for start in range(0, len(points), length))
    return tuple((each[-1][0], sum(loss for _, loss in each) / len(each)) for each in stretches)


def _line(kind: str, points: Sequence[Point], scale: _Scale) -> str:
    return f'<polyline class="{kind}" points="{" ".join(map(scale.place, points))}"/>'


def _dots(kind: str, points: Sequence[Point], scale: _Scale) -> str:
    """Where it was measured, as long as single places can be told apart."""
    places = points if len(points) <= MOST_ROWS else ()
    # Lines of no length, with round ends: a circle would be stretched with the drawing.
    return f'<path class="{kind}" d="{"".join(f"M{scale.place(each)}h0" for each in places)}"/>'


def _summary(curve: Curve) -> str:
    if curve.vanilla and curve.fine_tuned:
        (_, before), (step, after) = curve.vanilla[-1], curve.fine_tuned[-1]
        return (
            f"On faces that were not learned from, the mean loss is <strong>{after:.4f}</strong> with the "
            f"adapter at step {step:,}, and {before:.4f} without it."
        )
    step, loss = curve.training[-1] if curve.training else curve.fine_tuned[-1]
    return f"The loss at step {step:,}, the last that is recorded, is <strong>{loss:.4f}</strong>."


def _table(curve: Curve) -> str:
    columns = [dict(points) for points in (curve.training, curve.vanilla, curve.fine_tuned)]
    steps = sorted(columns[2] or columns[0])
    every = max(1, math.ceil(len(steps) / MOST_ROWS))
    shown = dict.fromkeys([*steps[::every], steps[-1]])
    heads = ("Step", "Training", "Vanilla, held out", "Fine-tuned, held out")
    rows = "".join(
        f'<tr><th scope="row">{step:,}</th>{"".join(map(_cell, (each.get(step) for each in columns)))}</tr>'
        for step in shown
    )
    head = "".join(f'<th scope="col">{each}</th>' for each in heads)
    return (
        "<details><summary>As a table</summary><table><thead>"
        f"<tr>{head}</tr></thead><tbody>{rows}</tbody></table></details>"
    )


def _cell(loss: float | None) -> str:
    return "<td>–</td>" if loss is None else f"<td>{loss:.4f}</td>"

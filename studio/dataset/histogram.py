"""How many images the prompts of the catalogue have: bars over a log scale, and the threshold to drag."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from math import ceil, log10

import numpy as np
import numpy.typing as npt

from prompt_engine.buckets import GENDERS
from prompt_engine.prompt_filter import Assessed

PER_DECADE = 5
_TICKS = (1, 10, 100, 1_000, 10_000, 100_000)
_BAR = 10  # units a bar is wide in the drawing
_HEIGHT = 100
_STEPS = 1_000  # places of the threshold between both ends

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Scale:
    """A place for no image at all, then PER_DECADE bars for each power of ten."""

    edges: tuple[int, ...]  # the least count of each bar but the first

    @classmethod
    def up_to(cls, most: int) -> Scale:
        """Enough bars for a count."""
        bars = int(PER_DECADE * log10(max(most, 10))) + 1
        return cls(tuple(ceil(10 ** (bar / PER_DECADE) - 1e-9) for bar in range(bars)))

    @property
    def bars(self) -> int:
        """How many there are, the one for no image included."""
        return len(self.edges) + 1

    def share(self, count: int) -> float:
        """Where a count lies, from 0 at the left end to 1 at the right; as in dataset_histogram.js."""
        return min(1.0, (1 + PER_DECADE * log10(count)) / self.bars) if count else 0.0

    def heights(self, counts: Counts) -> list[int]:
        """How many of the counts lie in each bar."""
        return np.bincount(np.searchsorted(self.edges, counts, side="right"), minlength=self.bars).tolist()

    def names(self) -> list[str]:
        """What each bar is about, such as "100 to 158"."""
        last = [f"{self.edges[-1]:,} and more"]
        between = [
            f"{low:,}" if high == low + 1 else f"{low:,} to {high - 1:,}"
            for low, high in pairwise(self.edges)
        ]
        return ["0", *between, *last]


@dataclass(frozen=True)
class Spread:
    """The counts of the prompts that only the threshold can drop, by gender, and those dropped anyway."""

    eligible: dict[str, Counts]
    others: Counts

    @classmethod
    def of(cls, judged: Sequence[Assessed]) -> Spread:
        """Of prompts judged without a threshold."""
        eligible = {
            gender: _counts([each for each in judged if each.kept and each.row.gender == gender])
            for gender in GENDERS
        }
        return cls(eligible, _counts([each for each in judged if not each.kept]))

    @property
    def together(self) -> Counts:
        """The counts of both genders."""
        return np.concatenate([*self.eligible.values()])

    @property
    def most(self) -> int:
        """The largest count of all."""
        return int(
            max((part.max() for part in (*self.eligible.values(), self.others) if len(part)), default=1)
        )


def render_histogram(spread: Spread, threshold: int) -> str:
    """The plot with its threshold, what that keeps and drops in words, and the same as a table."""
    scale = Scale.up_to(spread.most)
    heights, others = scale.heights(spread.together), scale.heights(spread.others)
    top, lines = _grid(max(map(sum, zip(heights, others, strict=True))))
    data = {gender: np.diff(counts, prepend=0).tolist() for gender, counts in spread.eligible.items()}
    return (
        f'<div class="histogram" style="--threshold: {scale.share(threshold):.4%}" data-bars="{scale.bars}" '
        f'data-per-decade="{PER_DECADE}" data-others="{len(spread.others)}" '
        f'data-counts="{escape(json.dumps(data, separators=(",", ":")))}">'
        f'<p class="summary" role="status">{render_kept(spread, threshold)}</p>'
        f'<div class="plot">{lines}{_drawing(heights, others, top)}'
        f"{_handle(scale, threshold)}</div>{_axis(scale)}{_legend(bool(len(spread.others)))}"
        f"{_table(scale, heights, others)}</div>"
    )


def render_kept(spread: Spread, threshold: int) -> str:
    """ "4,621 kept, 3,722 dropped", and how many of each gender; as in dataset_histogram.js."""
    kept = {gender: int((counts >= threshold).sum()) for gender, counts in spread.eligible.items()}
    every = sum(map(len, spread.eligible.values())) + len(spread.others)
    total = sum(kept.values())
    return (
        f"<strong>{total:,}</strong> kept, <strong>{every - total:,}</strong> dropped "
        f'<span class="quiet">{kept["male"]:,} of men and {kept["female"]:,} of women kept</span>'
    )


def _counts(judged: Sequence[Assessed]) -> Counts:
    return np.sort(np.array([each.row.count for each in judged], dtype=np.int64))


def _drawing(heights: Sequence[int], others: Sequence[int], top: int) -> str:
    """Two drawings on each other: all bars as dropped, and as kept, cut off left of the threshold."""
    box = f'viewBox="0 0 {_BAR * len(heights)} {_HEIGHT}" preserveAspectRatio="none"'
    bars = "".join(_rect(place, 0, count, top) for place, count in enumerate(heights))
    above = "".join(
        _rect(place, below, count, top, "other")
        for place, (below, count) in enumerate(zip(heights, others, strict=True))
        if count
    )
    return (
        f'<svg class="dropped" {box} role="img" aria-label="Prompts by the number of their images, '
        f'on a log scale; the table below says the same">{bars}{above}</svg>'
        f'<svg class="kept" {box} aria-hidden="true">{bars}</svg>'
    )


def _rect(place: int, below: int, count: int, top: int, kind: str = "") -> str:
    height = _HEIGHT * count / top
    y = _HEIGHT - _HEIGHT * below / top - height
    named = f' class="{kind}"' if kind else ""
    return f'<rect{named} x="{_BAR * place + 0.5:g}" y="{y:.1f}" width="{_BAR - 1}" height="{height:.1f}"/>'


def _grid(most: int) -> tuple[int, str]:
    """The top of the scale and its lines: two to five of them, at round numbers."""
    step = next(
        step for step in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000) if most <= 5 * step
    )
    lines = range(step, most + 1, step)
    top = max(most * 1.04, step)
    return ceil(top), "".join(
        f'<span class="line" style="bottom: {line / ceil(top):.2%}">{line:,}</span>' for line in lines
    )


def _handle(scale: Scale, threshold: int) -> str:
    return (
        f'<input type="range" min="0" max="{_STEPS}" value="{round(_STEPS * scale.share(threshold))}" '
        'aria-label="Threshold: the fewest images of a prompt that is kept" '
        f'aria-valuetext="{threshold:,} images">'
        f'<output class="flag">{threshold:,}</output>'
    )


def _axis(scale: Scale) -> str:
    marks = "".join(
        f'<span style="left: {scale.share(tick):.2%}">{tick:,}</span>'
        for tick in _TICKS
        if tick < 10 ** (len(scale.edges) / PER_DECADE)
    )
    return f'<div class="axis" aria-hidden="true"><span style="left: 0">0</span>{marks}</div>'


def _legend(others: bool) -> str:
    more = '<span class="key other">dropped for another reason</span>' if others else ""
    return (
        '<p class="legend"><span>Images of a prompt. Drag the line.</span>'
        f'<span class="key named">kept</span><span class="key dropped">below the threshold</span>{more}</p>'
    )


def _table(scale: Scale, heights: Sequence[int], others: Sequence[int]) -> str:
    rows = "".join(
        f"<tr><th scope=row>{name}</th><td>{count + other:,}</td></tr>"
        for name, count, other in zip(scale.names(), heights, others, strict=True)
    )
    return (
        "<details><summary>As a table</summary><table class=numbers><thead><tr>"
        "<th scope=col>Images</th><th scope=col>Prompts</th></tr></thead>"
        f"<tbody>{rows}</tbody></table></details>"
    )

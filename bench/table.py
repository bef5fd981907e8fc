"""The rows of the bench and the table they make."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

NEVER = math.inf  # measured, and it did not happen: a missed target

HEADER = ("what", "at most", "measured", "", "note")


@dataclass(frozen=True)
class Row:
    """One target and what was measured, both in `unit`; None where nothing was, and `note` says why."""

    what: str
    limit: float
    measured: float | None
    unit: str
    note: str = ""

    @property
    def ok(self) -> bool | None:
        return None if self.measured is None else self.measured <= self.limit


def render_table(rows: Iterable[Row]) -> str:
    """The rows as a Markdown table, its columns aligned for a terminal."""
    cells = [HEADER, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(HEADER))]
    lines = ["| " + " | ".join(map(str.ljust, line, widths)) + " |" for line in cells]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def times_faster(before_s: float, now_s: float, before: str) -> str:
    """How many times faster `now_s` is than what was measured `before` it in the same run."""
    return f"{_number(before_s / now_s)} times faster than {before}"


def _cells(row: Row) -> tuple[str, ...]:
    verdict = {True: "ok", False: "MISSED", None: "not measured"}[row.ok]
    measured = "" if row.measured is None else f"{_number(row.measured)} {row.unit}"
    measured = "never" if row.measured == NEVER else measured
    return (row.what, f"{_number(row.limit)} {row.unit}", measured, verdict, row.note)


def _number(value: float) -> str:
    """Three significant digits, never in scientific notation."""
    if value >= 100 or value == 0:
        return f"{value:,.0f}"
    return f"{value:.3g}" if value >= 0.001 else f"{value:.5f}"

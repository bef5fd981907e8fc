"""How long portraits took in this browser's history: a plot and an average a model, a table run by run."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from math import floor, log10

from generation.models import MODELS
from studio.history.entry import Entry
from studio.history.words import describe_seconds, describe_time
from studio.models_tab.speed import Run, Speed, runs, speeds
from studio.render import render_note

MOST_RUNS = 20
NO_TIMES = "Once something was made, its times are compared here."
NOTE = (
    "Each dot is one comparison of this history: both of its portraits, without loading the model or waiting "
    "for a turn. Comparisons differ in steps and size, so models are best compared by the time of one step."
)


def render_performance(entries: Sequence[Entry]) -> str:
    """The plot with the averages, then the table."""
    known = speeds(entries)
    if not known:
        return render_note(NO_TIMES)
    return f"{_plot(known)}{render_note(NOTE)}{_table(runs(entries), [speed.model for speed in known])}"


def _plot(known: Sequence[Speed]) -> str:
    """A row a model: a dot a comparison, a line at the average, on one axis of seconds."""
    most = axis_end(max(max(speed.seconds) for speed in known))
    ticks = "".join(
        f'<span style="left: {share:.0%}">{describe_tick(share * most)}</span>'
        for share in (0, 0.25, 0.5, 0.75, 1)
    )
    rows = "".join(_row(speed, most) for speed in known)
    return (
        f'<div class="speeds">{rows}<div class="axis" aria-hidden="true"><span></span>'
        f'<div class="ticks">{ticks}</div><span></span></div></div>'
    )


def _row(speed: Speed, most: float) -> str:
    dots = "".join(f'<i style="left: {seconds / most:.2%}"></i>' for seconds in speed.seconds)
    line = f'<b style="left: {speed.average_s / most:.2%}"></b>'
    count = len(speed.seconds)
    counted = f"on average of {count} comparisons" if count > 1 else "in one comparison"
    return (
        f'<div class="speed"><span class="model">{speed.title}</span>'
        f'<div class="track" aria-hidden="true">{dots}{line}</div>'
        f'<span class="average"><strong>{describe_seconds(speed.average_s)}</strong> {counted}, '
        f"{describe_step(speed.step_s)} a step of one portrait</span></div>"
    )


def axis_end(seconds: float) -> float:
    """The first of 1, 2, 4, 6, 8, 10 times a power of ten that is no less."""
    power = 10.0 ** floor(log10(max(seconds, 0.01)))
    return next(end * power for end in (1, 2, 4, 6, 8, 10, 20) if end * power >= seconds)


def describe_tick(seconds: float) -> str:
    """ "0", "0.5 s", "30 s"."""
    return f"{seconds:g} s" if seconds else "0"


def describe_step(seconds: float) -> str:
    """ "48 ms", "0.39 s"."""
    return f"{seconds * 1000:.0f} ms" if seconds < 0.1 else f"{seconds:.2f} s"


def _table(listed: Sequence[Run], models: Sequence[str]) -> str:
    heads = "".join(f'<th scope="col">{MODELS[model].title}</th>' for model in models)
    rows = "".join(_run(run, models) for run in listed[:MOST_RUNS])
    rest = len(listed) - MOST_RUNS
    more = render_note(f"{rest} older runs are left out here; the averages count them.") if rest > 0 else ""
    table = f'<thead><tr><th scope="col">Run</th>{heads}</tr></thead><tbody>{rows}</tbody>'
    region = 'class="scroll" tabindex="0" role="region" aria-label="Times by run and model"'
    return f"<div {region}><table>{table}</table></div>{more}"


def _run(run: Run, models: Sequence[str]) -> str:
    cells = "".join(_cell(run.by_model.get(model)) for model in models)
    return (
        f'<tr><th scope="row"><span class="said" lang="en">{escape(run.prompt)}</span>'
        f"<small>{describe_time(run.made_s)}</small></th>{cells}</tr>"
    )


def _cell(entry: Entry | None) -> str:
    if entry is None:
        return '<td class="none">–</td>'
    recipe = entry.recipe
    alone = "" if recipe.adapter else ", vanilla alone"
    steps = f"{recipe.steps} step{'' if recipe.steps == 1 else 's'}"
    said = f"{steps}, guidance {recipe.guidance:g}{alone}"
    return f"<td>{describe_seconds(entry.seconds)}<small>{said}</small></td>"

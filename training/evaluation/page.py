"""A report as one page that needs no other file: figures, their drawings, and pairs of portraits."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from pathlib import Path

from PIL import Image

from generation.evaluation.numbers import BY_CHANCE, Parts, change_parts, figure_parts, joined, points_parts
from generation.evaluation.report import AttributeResult, Conditions, EvaluationReport, Measure, Nearness
from generation.events import ARMS, Arm
from training.evaluation.bars import interval_bars, span_of
from training.evaluation.table import headline_rule

STYLE = Path(__file__).with_name("page.css")
LARGEST_PX = 256  # of a portrait on the page
TILES = ("attributes_seen", "kid", "diversity", "memorised_features")
_WORDS = {"higher": "higher is better", "lower": "lower is better", "held_out": "like held-out faces is best"}


def render_page(report: EvaluationReport, pictures: Mapping[Arm, Sequence[Image.Image]]) -> str:
    """The whole page; `pictures` are both arms' portraits of the report's pairs."""
    title = f"What the adapter “{escape(report.conditions.adapter)}” changes"
    parts = [
        f"<header><h1>{title}</h1>{_introduction(report.conditions)}</header>",
        _tiles(report),
        _LEGEND,
        _section("Portraits", _pairs(report, pictures)),
        _section("Every measure", _measures(report.measures)),
        _section("Attribute by attribute", _attributes(report)),
        _section("Nearest training faces", _nearness(report.nearness)),
        _section("Conditions", _conditions(report)),
        "<footer><p class=quiet>All portraits on this page are AI-generated, none shows a person. "
        "No image of the dataset is shown.</p></footer>",
    ]
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>'
        f"<style>{STYLE.read_text(encoding='utf-8')}</style></head>\n<body>{''.join(parts)}</body></html>\n"
    )


_LEGEND = (
    '<ul class="legend quiet"><li><i class="vanilla"></i>vanilla</li><li><i class="tuned"></i>fine-tuned</li>'
    '<li><i class="real"></i>held-out faces</li><li>thin lines and brackets: 95 % intervals</li></ul>'
)


def _introduction(was: Conditions) -> str:
    return (
        f"<p>{was.selections:,} prompts, each made into two portraits from the same noise: by "
        f"{escape(was.model)} as it is, and with the adapter. Both are compared with "
        f"{was.held_out_faces:,} faces that were not trained on: {escape(was.faces)}, "
        f"{escape(was.held_out)}.</p>"
    )


def _section(title: str, content: str) -> str:
    return f"<section><h2>{title}</h2>{content}</section>"


def _tiles(report: EvaluationReport) -> str:
    found = [each for key in TILES if (each := report.measure(key))]
    return f'<div class="tiles">{"".join(map(_tile, found))}</div>'


def _tile(measure: Measure) -> str:
    value, interval = figure_parts(measure.fine_tuned, measure.unit)
    vanilla = joined(figure_parts(measure.vanilla, measure.unit))
    return (
        f'<div class="tile"><span>{escape(measure.title)}</span><b>{value}</b>'
        f"<small>({interval})</small><small>vanilla {vanilla}</small></div>"
    )


def _pairs(report: EvaluationReport, pictures: Mapping[Arm, Sequence[Image.Image]]) -> str:
    figures = []
    for pair, *both in zip(report.pairs, *(pictures[arm] for arm in ARMS), strict=True):
        images = "".join(
            f'<img src="{_data(image)}" alt="{arm.replace("_", "-")}: {escape(pair.prompt)}">'
            for arm, image in zip(ARMS, both, strict=True)
        )
        caption = f"{escape(pair.prompt)} · seed {pair.seed}"
        figures.append(f"<figure><div>{images}</div><figcaption>{caption}</figcaption></figure>")
    lead = "<p class=quiet>The first prompts, not chosen: vanilla on the left, fine-tuned on the right.</p>"
    return f'{lead}<div class="pairs">{"".join(figures)}</div>'


def _data(image: Image.Image) -> str:
    small = image.copy()
    small.thumbnail((LARGEST_PX, LARGEST_PX))
    buffer = io.BytesIO()
    small.save(buffer, format="PNG")
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def _measures(measures: Sequence[Measure]) -> str:
    heads = ("measure", "vanilla", "fine-tuned", "change", "held-out faces", "")
    return _table(heads, (_measure(each) for each in measures), "figures")


def _measure(each: Measure) -> list[str]:
    spans = span_of((each.vanilla, each.fine_tuned, each.held_out))
    held_out = _stacked(figure_parts(each.held_out, each.unit)) if each.held_out else ""
    note = f"{escape(each.note)} {_WORDS[each.better].capitalize()}."
    return [
        f"{escape(each.title)}<small>{note}</small>",
        _stacked(figure_parts(each.vanilla, each.unit)),
        _stacked(figure_parts(each.fine_tuned, each.unit)),
        _stacked(change_parts(each)),
        held_out,
        interval_bars(each.vanilla, each.fine_tuned, each.held_out, spans, escape(each.title)),
    ]


def _attributes(report: EvaluationReport) -> str:
    heads = ("attribute", "vanilla", "fine-tuned", "change", "held-out faces", "")
    counted = [each for each in report.attributes if each.headline]
    others = [each for each in report.attributes if not each.headline]
    lead = f"Shares of the portraits in which it is seen. {headline_rule(report)} {BY_CHANCE}"
    parts = [f"<p class=quiet>{lead}</p>"]
    parts += [_table(heads, map(_attribute, counted), "figures compact")] if counted else []
    if others:
        parts += ["<h2>In no headline figure</h2>", _table(heads, map(_attribute, others), "figures compact")]
    return "".join(parts)


def _attribute(each: AttributeResult) -> list[str]:
    times = "time" if each.asked == 1 else "times"
    reason = f" {escape(each.reason[:1].upper() + each.reason[1:])}." if each.reason else ""
    return [
        f"{escape(each.title)}<small>Asked for {each.asked:,} {times}.{reason}</small>",
        _stacked(figure_parts(each.vanilla, "share")),
        _stacked(figure_parts(each.fine_tuned, "share")),
        _stacked(points_parts(each.difference)),
        _stacked(figure_parts(each.held_out, "share")),
        interval_bars(each.vanilla, each.fine_tuned, each.held_out, (0.0, 1.0), escape(each.title)),
    ]


def _nearness(spaces: Sequence[Nearness]) -> str:
    lead = (
        "<p class=quiet>The distance of each picture to the nearest training face. 1 % of held-out "
        "faces come nearer than the threshold; a copy would lie near 0. No measure finds all that was "
        "memorised.</p>"
    )
    heads = ("space", "threshold", "vanilla", "fine-tuned", "held-out faces")
    rows = (
        [
            escape(each.title.capitalize()),
            f"{each.threshold:.3g}",
            _near(each.vanilla_median, each.vanilla_nearest),
            _near(each.fine_tuned_median, each.fine_tuned_nearest),
            _near(each.held_out_median, each.held_out_nearest),
        ]
        for each in spaces
    )
    return lead + _table(heads, rows)


def _near(median: float, nearest: Sequence[float]) -> str:
    return f"median {median:.3g}<small>nearest {', '.join(f'{each:.3g}' for each in nearest)}</small>"


def _conditions(report: EvaluationReport) -> str:
    rows = "".join(f"<dt>{name}</dt><dd>{escape(text)}</dd>" for name, text in _facts(report.conditions))
    left = "".join(f"<li>{escape(each)}</li>" for each in report.left_out)
    return f"<dl>{rows}</dl>" + (f'<h2>To know</h2><ul class="left">{left}</ul>' if left else "")


def _facts(was: Conditions) -> Iterator[tuple[str, str]]:
    yield "adapter", f"{was.adapter}, SHA-256 {was.adapter_revision}, scale {was.adapter_scale:g}"
    yield "model", f"{was.model}, revision {was.model_revision}"
    yield "portraits", f"{was.size_px} px, {was.steps} steps, guidance {was.guidance:g}, seed {was.seed}"
    yield "held-out faces", f"{was.held_out_faces:,}: {was.held_out} ({was.faces})"
    yield "training faces", f"{was.training_faces:,}: {was.training}"
    yield "classifier", f"SHA-256 {was.classifier_revision}, learned from {was.classifier_faces}"
    yield "features", was.features
    yield (
        "intervals",
        f"95 % each: Wilson's for shares and by MOVER for what is made of them, else from {was.resamples:,} "
        "resamples; paired between arms",
    )
    yield "libraries", ", ".join(f"{name} {number}" for name, number in was.libraries.items())


def _stacked(parts: Parts) -> str:
    """The interval under its value."""
    value, interval = parts
    return f"{value} <small>({interval})</small>"


def _table(heads: Sequence[str], rows: Iterable[list[str]], kind: str = "") -> str:
    head = "".join(f"<th>{each}</th>" for each in heads)
    body = "".join(_row(heads, row) for row in rows)
    return f"<table class='{kind}'><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _row(heads: Sequence[str], cells: Sequence[str]) -> str:
    def cell(place: int, head: str, content: str) -> str:
        if place == 0:
            return f'<td class="name">{content}</td>'
        return f'<td data-label="{head}">{content}</td>' if head else f'<td class="chart">{content}</td>'

    return f"<tr>{''.join(map(cell, range(len(heads)), heads, cells))}</tr>"

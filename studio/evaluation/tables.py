"""What fine-tuning changes, measured: the conditions, every measure, the attributes that can be trusted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from generation.evaluation.numbers import BY_CHANCE, Parts, change_parts, figure_parts, points_parts
from generation.evaluation.report import AttributeResult, Conditions, EvaluationReport, Measure
from prompt_engine.attributes import ATTRIBUTES
from studio.render import render_note

COLUMNS = ("Vanilla", "Fine-tuned", "Change", "Held-out faces")
BETTER = {"higher": "Higher is better.", "lower": "Lower is better.", "held_out": "Best like held-out faces."}
HEADLINES = ("attributes_seen", "balanced_agreement", "kid")
TITLES = {each.label: each.title for each in ATTRIBUTES}  # a report keeps those of its own day
Row = tuple[str, str, Sequence[Parts | None]]  # what it is about, a quiet word on it, its figures


def render_evaluation(found: EvaluationReport | str) -> str:
    """The report; or the sentence that stands in its place."""
    if isinstance(found, str):
        return render_note(found)
    counted = [each for each in found.attributes if each.headline]
    tables = _table("measure", map(_measure, found.measures)) + _table("attribute", map(_attribute, counted))
    notes = (_conditions(found.conditions), _about(found.attributes), " ".join(found.left_out))
    first, *rest = map(render_note, notes)
    return f'<div class="evaluation">{first}{tables}{"".join(rest)}</div>'


def render_summary(found: EvaluationReport | str) -> str:
    """The measures that say most; the sentence that stands in the place of a report."""
    if isinstance(found, str):
        return render_note(found)
    chosen = [each for each in map(found.measure, HEADLINES) if each] or found.measures[: len(HEADLINES)]
    told = f"{found.conditions.selections:,} prompts, each given to {found.conditions.model} both ways."
    return f'<div class="evaluation">{render_note(told)}{_table("measure", map(_measure, chosen))}</div>'


def _conditions(was: Conditions) -> str:
    return (
        f"{was.selections:,} prompts, each given to {was.model} without the adapter and with it, from the "
        f"same noise: {was.steps} steps, guidance {was.guidance:g}, strength {was.adapter_scale:g}, seed "
        f"{was.seed}. Held against {was.held_out_faces:,} faces: {was.faces}, {was.held_out}. The "
        f"classifier learned from {was.classifier_faces}. Features: {was.features}. "
        "In small type 95\N{NO-BREAK SPACE}% intervals."
    )


def _about(attributes: Sequence[AttributeResult]) -> str:
    """How to read the attributes' intervals, and which attributes are not in the table."""
    titles = [_title(each) for each in attributes if not each.headline]
    said = [BY_CHANCE] if len(titles) < len(attributes) else []
    if titles:
        said.append(f"Not shown, because the labels or the classifier are in doubt: {', '.join(titles)}.")
    return " ".join(said)


def _measure(each: Measure) -> Row:
    figures = (
        figure_parts(each.vanilla, each.unit),
        figure_parts(each.fine_tuned, each.unit),
        change_parts(each),
        figure_parts(each.held_out, each.unit) if each.held_out else None,
    )
    return each.title, f"{each.note} {BETTER[each.better]}".strip(), figures


def _attribute(each: AttributeResult) -> Row:
    figures = (
        figure_parts(each.vanilla, "share"),
        figure_parts(each.fine_tuned, "share"),
        points_parts(each.difference),
        figure_parts(each.held_out, "share"),
    )
    return _title(each), f"Asked for {each.asked:,} {'time' if each.asked == 1 else 'times'}.", figures


def _title(each: AttributeResult) -> str:
    return TITLES.get(each.label, each.title)


def _table(about: str, rows: Iterable[Row]) -> str:
    """A table, whole; nothing where there are no rows."""
    body = "".join(map(_row, rows))
    if not body:
        return ""
    heads = "".join(f'<th scope="col">{head}</th>' for head in (about.capitalize(), *COLUMNS))
    head = f"<thead><tr>{heads}</tr></thead>"
    return f'<table aria-label="{about.capitalize()}s">{head}<tbody>{body}</tbody></table>'


def _row(row: Row) -> str:
    title, word, figures = row
    cells = "".join(map(_cell, COLUMNS, figures))
    return f'<tr><th scope="row">{escape(title)} <small>{escape(word)}</small></th>{cells}</tr>'


def _cell(head: str, parts: Parts | None) -> str:
    """A figure that carries its head: on a phone, where a row is a card, it stands over it."""
    value, interval = ("–", "") if parts is None else map(escape, parts)
    small = f" <small>{interval}</small>" if interval else ""
    return f'<td data-head="{head}">{value}{small}</td>'

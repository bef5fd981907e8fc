"""All of an adapter as the tab Adapter shows it, a section a part; a sentence where a part is absent."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from html import escape
from typing import Any

from generation.adapters.repository import CARD, CURVE, AdapterRepository
from studio.adapter_tab.card import render_card_file
from studio.adapter_tab.curve import read_curve, render_curve
from studio.adapter_tab.facts import AdapterFacts, adapter_facts, number, part, text
from studio.adapter_tab.usage import render_usage
from studio.evaluation.found import read_evaluation
from studio.evaluation.tables import render_evaluation
from studio.render import render_note

NO_RECORD = (
    "The file has no record of its training: what it was trained on is not known, and it may have learned "
    "other words than the prompts of this page."
)
NO_CURVE = (
    "This adapter comes without its training curve, which a run of python -m training train leaves behind."
)
BROKEN_CURVE = "The training curve that comes with this adapter holds no loss that can be read."
NO_CARD = "This adapter comes without a card: python -m training publish writes one."
EMPTY_CARD = "The card of this adapter holds no words."

Rows = Iterator[tuple[str, str]]  # what it is, and its value as HTML


def render_adapter(repository: AdapterRepository) -> str:
    """The whole page about an adapter."""
    facts = adapter_facts(repository)
    return (
        f'<article class="adapter">{_head(repository, facts)}'
        f'<div class="columns"><section>{_title("What it is")}{_list(_figures(facts))}</section>'
        f"<section>{_title('What it was trained on')}{_trained_on(facts)}</section></div>"
        f"<section>{_title('Use it with diffusers')}{render_usage(repository, facts.spec)}</section>"
        f"<section>{_title('Training curve')}{_beside(repository, CURVE, NO_CURVE, _curve)}</section>"
        f'<section class="measured">{_title("What fine-tuning changes, measured")}'
        f"{render_evaluation(read_evaluation(repository))}</section>"
        f"<section>{_title('Its card')}{_beside(repository, CARD, NO_CARD, _card)}</section></article>"
    )


def _head(repository: AdapterRepository, facts: AdapterFacts) -> str:
    links = []
    if repository.page:
        links.append(_out(repository.page, "On the Hugging Face Hub"))
    if repository.download:
        links.append(_out(repository.download, f"Download {repository.header.path.name}"))
    told = f'<p class="links">{" ".join(links)}</p>' if links else ""
    kind = f"{facts.kind} adapter, {megabytes(facts.size_bytes)}"
    return f'<header><h2>{escape(repository.name)}</h2><p class="note">{kind}</p>{told}</header>'


def megabytes(size_bytes: int) -> str:
    """Such as "5.0 MB"."""
    return f"{size_bytes / 1e6:,.1f}\N{NO-BREAK SPACE}MB"


def _figures(facts: AdapterFacts) -> Rows:
    base = facts.spec.title if facts.spec else facts.base
    if facts.spec and not facts.spec.bundled:
        yield "Base model", _out(facts.spec.page, facts.spec.title)
    else:
        yield "Base model", escape(base) if base else "not recorded"
    yield "Rank", _numbers(facts.ranks)
    yield "Alpha", _numbers(facts.alphas)
    yield "Layers", f"{facts.layers:,} of the transformer"
    yield "File", f"{megabytes(facts.size_bytes)}, {escape(', '.join(facts.dtypes))}"
    yield "Revision", f"<code>{escape(facts.revision[:12])}</code>"


def _numbers(values: tuple[float, ...]) -> str:
    """One, or from the least to the most."""
    ends = dict.fromkeys((values[0], values[-1]))
    return "–".join(f"{each:,g}" for each in ends)


def _trained_on(facts: AdapterFacts) -> str:
    if not facts.record:
        return render_note(NO_RECORD)
    rows = _list(_data(facts))
    notice = text(part(facts.record, "faces"), "notice")
    return rows + render_note(notice or "")


def _data(facts: AdapterFacts) -> Rows:
    record = facts.record
    faces, captions = part(record, "faces"), part(record, "captions")
    yield "Faces", escape(facts.faces) if facts.faces else "not recorded"
    if split := text(faces, "split"):
        yield "Split", escape(split)
    yield from _captions(captions)
    size_px, step = number(record, "size_px"), number(record, "step")
    if size_px is not None:
        yield "Size", f"{size_px:,.0f}\N{NO-BREAK SPACE}px"
    if step is not None:
        yield "Steps", f"{step:,.0f}"
    if engine := text(record, "engine_version"):
        yield "Prompts", f"of prompt engine {escape(engine)}"


def _captions(captions: Mapping[str, Any]) -> Rows:
    sizes, style, dropout = captions.get("attributes"), text(captions, "style"), number(captions, "dropout")
    told = []
    if isinstance(sizes, list) and sizes and all(type(each) is int for each in sizes):
        told.append(f"{', '.join(map(str, sizes[:6]))} attributes")
    if style:
        told.append(f"style {style}")
    if dropout is not None:
        told.append(f"{100 * dropout:.0f} % left empty")
    if told:
        yield "Captions", escape(", ".join(told))


def _beside(
    repository: AdapterRepository, name: str, absent: str, render: Callable[[AdapterRepository], str]
) -> str:
    """One of the files beside the adapter, or the sentence that stands in its place."""
    if name in repository.left_out:
        return render_note(repository.left_out[name])
    if name not in repository.beside:
        return render_note(absent)
    return render(repository)


def _curve(repository: AdapterRepository) -> str:
    curve = read_curve(repository.beside[CURVE])
    return render_curve(curve) if curve else render_note(BROKEN_CURVE)


def _card(repository: AdapterRepository) -> str:
    card = render_card_file(repository.beside[CARD], repository.files_page)
    if not card.strip():
        return render_note(EMPTY_CARD)
    return f'<div class="card" tabindex="0" role="group" aria-label="Card">{card}</div>'


def _title(words: str) -> str:
    return f"<h3>{words}</h3>"


def _list(rows: Rows) -> str:
    items = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in rows)
    return f"<dl>{items}</dl>"


def _out(address: str, words: str) -> str:
    return f'<a href="{escape(address)}" target="_blank" rel="noopener noreferrer">{escape(words)}</a>'

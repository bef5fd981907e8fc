"""The grid as a table, its price, and how far it is. Every value is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from generation.grid.grid import Cell
from generation.loading.machine import Offer
from generation.recipe import Recipe
from studio.grid_tab.sheet import Sheet
from studio.history.pictures import Pictures
from studio.history.words import describe_settings, recipe_link
from studio.price import Price
from studio.render import render_note
from studio.served_files import file_address

EMPTY = '<p class="note">The grid appears here, portrait by portrait.</p>'


def render_base(recipe: Recipe) -> str:
    """What all cells have in common."""
    facts = " · ".join([recipe.spec.title, *describe_settings(recipe)])
    lead = '<p class="lead">Explore’s choice, which is varied</p>'
    return f'{lead}<p class="prompt" lang="en">{escape(recipe.prompt)}</p><p class="note">{escape(facts)}</p>'


@dataclass(frozen=True)
class Cost:
    """What is left to be made costs; of a lent GPU or of this machine."""

    price: Price
    on_zerogpu: bool


def render_price(sheet: Sheet, cost: Cost, offers: Sequence[Offer] = ()) -> str:
    """How many portraits, about how many seconds, and which cells stay empty; `offers` lead to what helps."""
    grid, portraits = sheet.grid, len(sheet.portraits)
    alike = f" in {len(grid.makeable)} cells" if portraits < len(grid.makeable) else ""
    count = f"<strong>{portraits}</strong> portrait{'' if portraits == 1 else 's'}{alike}"
    there = f", {sheet.done if sheet.left else 'all'} there already" if sheet.done else ""
    said = f"{len(grid.columns)} × {len(grid.rows)}: {count}{there}{_cost(cost, len(sheet.left))}"
    links = {offer.problem: offer.link for offer in offers if offer.problem and offer.link}
    reasons = [(cell, cell.problem) for cell in grid.cells]
    return f'<p class="price">{said}</p>{_render_reasons(reasons, links)}'


def render_table(sheet: Sheet | None, pictures: Pictures, making: Recipe | None = None) -> str:
    """Every cell under its labels; `making` is the one that is under way."""
    if sheet is None:
        return EMPTY
    grid = sheet.grid
    heads = "".join(f'<th scope="col">{escape(label)}</th>' for label in grid.columns)
    corner = "<td></td>" if grid.y else ""
    cells = {cell: _cell(cell, sheet, pictures, making) for cell in grid.cells}
    rows = "".join(
        f"<tr>{_row_head(label)}{''.join(cells[cell] for cell in grid.cells if cell.row == row)}</tr>"
        for row, label in enumerate(grid.rows)
    )
    region = 'class="scroll" tabindex="0" role="region" aria-label="The grid"'
    head, body = f"<thead><tr>{corner}{heads}</tr></thead>", f"<tbody>{rows}</tbody>"
    table = f'<table style="--columns: {len(grid.columns)}">{head}{body}</table>'
    caption = f'<p class="made-of" lang="en">{escape(grid.base.prompt)}</p>'
    failed = [(cell, sheet.failed.get(cell.recipe, "") if cell.recipe else "") for cell in grid.cells]
    return f"{caption}<div {region}>{table}</div>{_render_reasons(failed, {})}"


def render_idle(sheet: Sheet) -> str:
    """What there is when nothing is made."""
    total = len(sheet.portraits)
    if not sheet.unfinished:
        return render_note(f"All {total} portraits are made." if total > 1 else "The portrait is made.")
    return render_note(f"{sheet.done} of {total} portraits are made.")


def render_making(sheet: Sheet, step: int, steps: int, seconds_left: float | None) -> str:
    """Which portrait is made, how far it is, and how long the rest takes."""
    number, total = sheet.done + len(sheet.failed) + 1, len(sheet.portraits)
    left = "" if seconds_left is None else f" · {_left(seconds_left)}"
    share = (number - 1 + step / steps) / total
    bar = f'<progress value="{share:.3f}" max="1" aria-label="Portraits made"></progress>'
    said = f"Portrait {number} of {total}, step {step} of {steps}{left}"
    return f'<div class="progress" role="status">{bar}<p class="left">{said}</p></div>'


def seconds(number: float) -> str:
    """ "less than a second", "12 s", "3 min 20 s"."""
    if number < 1:
        return "less than a second"
    whole = round(number)
    return f"{whole} s" if whole < 90 else f"{whole // 60:,} min {whole % 60} s"


def _cost(cost: Cost, portraits: int) -> str:
    price = cost.price
    if not portraits:
        return "."
    if price.unknown == portraits:
        return ". How long they take is not known yet: this machine has timed none like them."
    about = "" if price.seconds < 1 else "about "
    more = f", and {price.unknown} that were never timed here" if price.unknown else ""
    gpu = " of GPU time" if cost.on_zerogpu else ""
    said = f", <strong>{about}{seconds(price.seconds)}</strong>{gpu}{more}"
    return f"{said}. Those that were made before cost nothing."


def _left(seconds_left: float) -> str:
    return f"{'' if seconds_left < 1 else 'about '}{seconds(seconds_left)} left"


def _render_reasons(reasons: Iterable[tuple[Cell, str]], links: Mapping[str, str]) -> str:
    """A sentence for each reason why cells stay empty, and which those are."""
    by_reason: dict[str, list[Cell]] = {}
    for cell, reason in reasons:
        if reason:
            by_reason.setdefault(reason, []).append(cell)
    items = "".join(
        f"<li>{_named(cells, reason)}{escape(reason)}{_link(links.get(reason))}</li>"
        for reason, cells in by_reason.items()
    )
    return (
        f'<div class="empty-cells note"><p>These cells stay empty:</p><ul>{items}</ul></div>' if items else ""
    )


def _named(cells: Sequence[Cell], reason: str) -> str:
    """Which cells a reason is about, unless it begins with saying so."""
    shared = _shared(cells)
    return "" if reason.startswith(shared) else f"<strong>{escape(shared)}:</strong> "


def _shared(cells: Sequence[Cell]) -> str:
    """The label that all cells have, or some of them."""
    shared = [label for label in cells[0].labels if all(label in cell.labels for cell in cells)]
    if shared:
        return ", ".join(shared)
    first = "; ".join(", ".join(cell.labels) for cell in cells[:3])
    return f"{first} and others" if len(cells) > 3 else first


def _link(address: str | None) -> str:
    if address is None:
        return ""
    return f' <a href="{escape(address)}" target="_blank" rel="noopener">Read more</a>'


def _row_head(label: str) -> str:
    return f'<th scope="row">{escape(label)}</th>' if label else ""


def _cell(cell: Cell, sheet: Sheet, pictures: Pictures, making: Recipe | None) -> str:
    picture, stored = sheet.picture(cell), sheet.stored(cell)
    labels = escape(", ".join(cell.labels))
    if picture and stored:
        said = f"{labels}: AI-generated, {escape(stored.recipe.prompt)}"
        address = escape(file_address(pictures.thumbnail(picture)))
        link = escape(recipe_link(stored.recipe))
        image = f'<img src="{address}" alt="{said}">'
        return f'<td><a href="?{link}" data-view title="Open in Explore">{image}</a></td>'
    if sheet.problem(cell):
        return f'<td><span class="frame" title="{escape(sheet.problem(cell))}">Cannot be made</span></td>'
    if cell.recipe == making:
        return '<td><span class="frame now">Being made</span></td>'
    return '<td><span class="frame"></span></td>'

"""Where the labels contradict themselves: every finding with its images, and what the strict switch takes."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from prompt_engine.audit_counts import FindingCount
from prompt_engine.prompt_filter import Assessed
from studio.render import render_note

NEEDS_A_LIST = "needs a CelebA folder"
NOT_KNOWN = "–: counts of up to three labels together do not tell it; a CelebA folder does."


def render_audit(counts: Sequence[FindingCount], images: int) -> str:
    """A table of the contradictions, then of what is only odd; each title a button that shows its images."""
    groups = [
        (
            "Contradictions: one question answered twice",
            [each for each in counts if each.finding.contradiction],
        ),
        ("Odd, or looking so", [each for each in counts if not each.finding.contradiction]),
    ]
    body = "".join(_group(title, found, images) for title, found in groups)
    return (
        '<table class="audit numbers"><thead><tr><th scope="col">Finding</th><th scope="col">All</th>'
        '<th scope="col">Not blurry</th><th scope="col">Share of all</th><th scope="col">Men</th>'
        f'<th scope="col">Women</th></tr></thead>{body}</table>'
        + render_note("" if all(each.with_blurry is not None for each in counts) else NOT_KNOWN)
    )


def render_strict(before: tuple[int, list[Assessed]], after: tuple[int, list[Assessed]]) -> str:
    """What leaving out the contradictory images changes: images and kept prompts, before and after."""
    (images, prompts), (fewer_images, fewer_prompts) = before, after
    kept, fewer_kept = (sum(each.kept for each in judged) for judged in (prompts, fewer_prompts))
    return (
        '<dl class="before-after">'
        f"<div><dt>Images</dt><dd>{_change(images, fewer_images)}</dd></div>"
        f"<div><dt>Prompts kept, of {len(prompts):,}</dt><dd>{_change(kept, fewer_kept)}</dd></div></dl>"
        '<p class="note">Leaving out the images whose labels contradict each other takes '
        f"{images - fewer_images:,} of {images:,} images "
        f"({100 * (images - fewer_images) / max(images, 1):.1f} %); "
        f"{_kept_change(fewer_kept - kept)}.</p>"
    )


def _kept_change(more: int) -> str:
    """Fewer images can raise a lift, and with it the number of prompts that are kept."""
    if not more:
        return "as many prompts are kept"
    kept = "prompt is kept" if abs(more) == 1 else "prompts are kept"
    return f"{abs(more):,} {'more' if more > 0 else 'fewer'} {kept}"


def _change(before: int, after: int) -> str:
    return f'{before:,} <span aria-label="becomes">→</span> <strong>{after:,}</strong>'


def _group(title: str, counts: Sequence[FindingCount], images: int) -> str:
    rows = "".join(_row(each, images) for each in counts)
    return f'<tbody><tr class="group"><th scope="rowgroup" colspan="6">{title}</th></tr>{rows}</tbody>'


def _row(count: FindingCount, images: int) -> str:
    share = "–" if count.sharp is None else _share(count.sharp / max(images, 1))
    numbers = "".join(
        f"<td>{number}</td>"
        for number in (
            _number(count.with_blurry),
            _number(count.sharp),
            share,
            _number(count.male),
            _number(count.female),
        )
    )
    return (
        f'<tr><th scope="row"><button type="button" data-asks="{count.finding.name}">'
        f"{escape(count.finding.title)}</button></th>{numbers}</tr>"
    )


def _share(share: float) -> str:
    return "&lt;0.01 %" if 0 < share < 0.00005 else f"{100 * share:.2f} %"


def _number(count: int | None) -> str:
    return f'<abbr title="{NEEDS_A_LIST}">–</abbr>' if count is None else f"{count:,}"

"""What the filter takes away: for every attribute and gender, how many of its prompts are dropped."""

from __future__ import annotations

from collections.abc import Sequence

from prompt_engine.attributes import attribute
from prompt_engine.prompt_filter import Loss
from studio.titles import GENDER_TITLES


def render_losses(losses: Sequence[Loss]) -> str:
    """A table in the order of the losses."""
    rows = "".join(map(_row, losses))
    return (
        '<div class="scroll" tabindex="0" role="group" aria-label="What is lost">'
        '<table class="losses numbers"><thead><tr><th scope="col">Attribute</th><th scope="col">Gender</th>'
        '<th scope="col">Prompts</th><th scope="col">Dropped</th>'
        '<th scope="col">Share dropped</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _row(loss: Loss) -> str:
    share = loss.dropped / loss.prompts
    return (
        f'<tr><th scope="row">{attribute(loss.label).title}</th><td>{GENDER_TITLES[loss.gender]}</td>'
        f"<td>{loss.prompts:,}</td><td>{loss.dropped:,}</td>"
        f'<td class="share" style="--share: {share:.1%}">{100 * share:.0f} %</td></tr>'
    )

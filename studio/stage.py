"""The portraits as HTML: on a stage, where `compare.js` compares them, and as a pair beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from generation.events import Arm
from generation.recipe import Recipe
from studio.render import ARMS
from studio.served_files import file_address
from studio.services import StoredComparison

WAYS: Mapping[str, str] = {
    "slider": "Slider",
    "beside": "Side by side",
    "flip": "Flip",
    "difference": "Difference",
}
_COLOURS = ("#0c0a09", "#0f766e", "#5eead4", "#f0fdfa")  # of no difference, and on to the largest


@dataclass(frozen=True)
class _Picture:
    """One arm's portrait in the page."""

    arm: Arm
    address: str
    described: str

    def html(self, words: str) -> str:
        """The picture, and over it room for its preview; `words` for whoever does not see it."""
        return (
            f'<img src="{escape(self.address)}" alt="{escape(words)}" draggable="false">'
            f'<div class="preview" data-arm="{self.arm}" hidden></div>'
        )


def render_stage(stored: StoredComparison | None, example: bool = False) -> str:
    """The portraits of a comparison; of one arm alone, nothing is there to compare it with.

    An `example` says that it is one where it stands in for others.
    """
    if stored is None:
        return '<div class="stage empty"></div>'
    pictures = [
        _Picture(arm, file_address(file), described(arm, stored.recipe)) for arm, file in stored.files.items()
    ]
    layers = "".join(
        f'<div class="layer" data-arm="{each.arm}">{each.html(each.described)}'
        f'<span class="pill">{ARMS[each.arm]}</span></div>'
        for each in pictures
    )
    kind = " data-example" if example else ""
    if len(pictures) == 1:
        return f'<div class="stage alone" id="slider"{kind}>{layers}{_STAND_IN}</div>{_render_pair(pictures)}'
    stage = f'<div class="stage" id="slider"{kind}>{layers}{_DIFFERENCE}{_DIVIDER}{_STAND_IN}</div>'
    return f"{stage}{_render_pair(pictures)}{_LEGEND}"


def described(arm: Arm, recipe: Recipe) -> str:
    """What is to be seen, for whoever does not see it."""
    return f"{ARMS[arm]} portrait, AI-generated: {recipe.prompt}"


def _render_pair(pictures: list[_Picture]) -> str:
    figures = "".join(
        f'<figure class="portrait" id="portrait-{each.arm}">{each.html("")}'
        f'<figcaption class="pill">{ARMS[each.arm]}</figcaption></figure>'
        for each in pictures
    )
    return f'<div id="pair">{figures}</div>'


def render_downloads(stored: StoredComparison | None) -> str:
    """Links to the PNGs themselves, so that their metadata survives, under names that say what they are."""
    if stored is None:
        return ""
    return "".join(
        f'<a class="download" id="save-{arm}" href="{escape(file_address(file))}" '
        f'download="{escape(file_name(arm, stored.recipe))}">Download {ARMS[arm].lower()}</a>'
        for arm, file in stored.files.items()
    )


def file_name(arm: Arm, recipe: Recipe) -> str:
    """What a downloaded portrait is called: `large-seed-42-fine-tuned.png`."""
    return f"{recipe.model}-seed-{recipe.seed}-{arm.replace('_', '-')}.png"


def render_ways() -> str:
    """How the portraits are compared, and how near they are; `compare.js` does what the buttons say."""
    ways = "".join(
        f'<button type="button" data-way="{way}" aria-pressed="{pressed}">{WAYS[way]}</button>'
        for way, pressed in zip(WAYS, ("true", "false", "false", "false"), strict=True)
    )
    return (
        f'<div class="ways" role="group" aria-label="How the portraits are compared">{ways}</div>'
        f'<button type="button" class="flip-now" data-flip>Show fine-tuned</button>{_ZOOM}'
    )


_DIVIDER = (
    '<div class="divider" role="slider" tabindex="0" aria-label="Where vanilla ends and fine-tuned begins" '
    'aria-valuemin="0" aria-valuemax="100" aria-valuenow="50" aria-valuetext="50 % vanilla">'
    "</div>"
)
_DIFFERENCE = (
    '<canvas class="difference" role="img" aria-label="Where the two portraits differ" '
    f'data-colours="{" ".join(_COLOURS)}"></canvas>'
)
# On the picture itself, when it shows something else than what is chosen or asked for: `mark_earlier.js`.
_STAND_IN = (
    '<p class="stand-in" hidden><span class="of-example">Example, not this link’s portraits</span>'
    '<span class="of-another">Example of another choice</span>'
    '<span class="of-others">Not this link’s portraits</span>'
    '<span class="of-earlier">Earlier choice</span></p>'
)
_LEGEND = (
    '<div class="legend"><p><span>0</span>'
    f'<i style="background: linear-gradient(90deg, {", ".join(_COLOURS)})"></i>'
    '<span class="most"></span></p><p>How far apart both portraits are at each point, as the mean of red, '
    'green and blue, of 255 levels. <span class="mean"></span></p></div>'
)
_ZOOM = (
    '<div class="zoom" role="group" aria-label="Zoom of both portraits">'
    '<button type="button" data-zoom="out" aria-label="Zoom out">−</button>'
    '<button type="button" data-zoom="reset" aria-label="Whole portraits"><output>100 %</output></button>'
    '<button type="button" data-zoom="in" aria-label="Zoom in">+</button></div>'
    '<button type="button" class="full-screen" data-full-screen>Full screen</button>'
    '<button type="button" class="open-keys" data-open-keys aria-label="Keys">?</button>'
)

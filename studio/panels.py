"""What is one fold away: which images count, and how prompts are drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr

from prompt_engine.distribution import LARGEST_SIZE
from prompt_engine.faces import FaceSource
from prompt_engine.prompt_filter import DEFAULT_THRESHOLD
from prompt_engine.query import SPLITS
from prompt_engine.selection import MOST_ATTRIBUTES
from studio.address_parts import PARTS
from studio.navigation import Navigation
from studio.titles import MODE_TITLES

INFO = {
    "strict": "Two hair colours, no beard and a goatee, and the like.",
    "least": "0 draws any prompt.",
}
LEAST_BOUNDED = f"{INFO['least']} Counts are known here for up to {LARGEST_SIZE} attributes; beyond, it is 0."
BLURRY = {"out": "Left out", "in": "Included", "only": "Only these"}


@dataclass(frozen=True)
class Drawing:
    """How *Random prompt* draws."""

    mode: gr.Dropdown
    size: gr.Slider
    least: gr.Number

    @property
    def all(self) -> set[gr.components.Component]:
        """What a handler takes that draws."""
        return {self.mode, self.size, self.least}

    def hold(self, navigation: Navigation) -> None:
        """How prompts are drawn stands in the address, and is taken from it."""
        parts = {PARTS["draw"]: self.mode, PARTS["attributes"]: self.size, PARTS["least"]: self.least}
        navigation.hold(parts)
        for part, component in parts.items():
            navigation.keep(component.input, part, component)

    def read(self, held: Mapping[gr.components.Component, Any], source: FaceSource) -> tuple[str, int, int]:
        """Mode, size and the least number of images, as far as that can be known."""
        size = int(held[self.size])
        known = size <= LARGEST_SIZE or not source.drawn  # with drawings come counts of so many at most
        return held[self.mode], size, int(held[self.least] or 0) if known else 0


def build_filters(source: FaceSource) -> dict[str, gr.components.Component]:
    """Which images count; hidden where the source cannot tell them apart."""
    with gr.Accordion("Which images count", open=False, visible=source.filterable, elem_id="filters"):
        splits = [("All", ""), *((split.capitalize(), split) for split in SPLITS)]
        return {
            "split": gr.Radio(splits, value="", label="Split", visible=source.splittable, elem_id="split"),
            "blurry": gr.Radio(
                [(title, value) for value, title in BLURRY.items()],
                value="out",
                label="Blurry images",
                elem_id="blurry",
            ),
            "strict": gr.Checkbox(
                False, label="Leave out contradictory labels", info=INFO["strict"], elem_id="strict"
            ),
        }


def build_drawing(source: FaceSource) -> Drawing:
    """How prompts are drawn."""
    with gr.Accordion("How prompts are drawn", open=False, elem_id="drawing"), gr.Row():
        modes = [(title, mode) for mode, title in MODE_TITLES.items()]
        return Drawing(
            gr.Dropdown(modes, value="legacy", label="Drawn by", filterable=False, elem_id="mode"),
            gr.Slider(1, MOST_ATTRIBUTES, value=3, step=1, label="Attributes", elem_id="size"),
            gr.Number(
                DEFAULT_THRESHOLD,
                label="Least images",
                info=LEAST_BOUNDED if source.drawn else INFO["least"],
                precision=0,
                minimum=0,
                elem_id="least",
            ),
        )


def build_versions(source: FaceSource) -> gr.Radio:
    """Which version of the images is shown; hidden where there is one only."""
    usual, *others = source.versions
    titles = [(_version_title(usual), ""), *((_version_title(version), version) for version in others)]
    return gr.Radio(
        titles,
        value="",
        label="Images",
        show_label=False,
        container=False,
        visible=len(titles) > 1,
        min_width=200,
        elem_id="versions",
    )


def _version_title(version: str) -> str:
    return version.replace("_", " ").capitalize()

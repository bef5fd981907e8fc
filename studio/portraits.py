"""The portraits in the page: compared on a stage, as PNGs, with what they were made from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr

from generation.events import Arm, Preview
from studio.face_strip import as_address
from studio.keys import render_keys
from studio.render import render_caption
from studio.services import Services, StoredComparison
from studio.stage import render_downloads, render_stage, render_ways
from studio.wiring import PRIVATE

LARGEST_PREVIEW_PX = (256, 256)
NO_PREVIEWS = ""


@dataclass(frozen=True)
class Portraits:
    """The components that show one comparison."""

    stage: gr.HTML
    caption: gr.HTML
    downloads: gr.HTML
    previews: gr.Textbox  # what is shown over the portraits meanwhile
    made: gr.Textbox  # the recipe of those that are shown
    share: gr.Button
    shared: gr.HTML  # the link to them
    choose: gr.UploadButton  # a picture to take settings from
    dropped: gr.HTML  # what was taken from it
    services: Services

    @property
    def all(self) -> list[gr.components.Component]:
        """Every component that `updates` changes."""
        return [self.stage, self.caption, self.downloads, self.previews, self.made, self.shared]

    def updates(self, stored: StoredComparison) -> dict[gr.components.Component, Any]:
        """Show a finished comparison; the files themselves are served, so their metadata survives."""
        return {
            self.stage: render_stage(stored),
            self.caption: _render_caption(stored, self.services),
            self.downloads: render_downloads(stored),
            self.previews: NO_PREVIEWS,
            self.made: stored.recipe.to_json(),
            self.shared: "",
        }


def write_previews(previews: Mapping[Arm, Preview]) -> str:
    """What `Portraits.previews` takes: a picture for each arm."""
    return json.dumps({arm: as_address(each.image, LARGEST_PREVIEW_PX) for arm, each in previews.items()})


def _render_caption(stored: StoredComparison, services: Services) -> str:
    recipe = stored.recipe
    return render_caption(recipe, services.reporting.render("Report", recipe), services.has_t5(recipe.model))


def build_portraits(stored: StoredComparison | None, services: Services) -> Portraits:
    """Lay the portraits out, showing a stored comparison if there is one."""
    with gr.Column(elem_id="viewer"):
        gr.HTML(render_ways() + render_keys(), elem_id="ways")
        stage = gr.HTML(render_stage(stored, example=True), elem_id="portraits")
    with gr.Row(elem_id="under"):
        caption = gr.HTML(_render_caption(stored, services) if stored else "", elem_id="caption")
        with gr.Row(elem_id="downloads"):
            downloads = gr.HTML(render_downloads(stored), elem_id="download-links")
            share = gr.Button("Share", size="sm", min_width=0, elem_id="share")
            choose = gr.UploadButton(
                "Open a PNG", file_types=["image"], size="sm", min_width=0, elem_id="choose-picture"
            )
    shared = gr.HTML(elem_id="shared")
    dropped = gr.HTML(elem_id="dropped")
    previews = gr.Textbox(NO_PREVIEWS, visible="hidden")
    previews.change(inputs=previews, js="previews => { compareViews.preview(previews) }", **PRIVATE)
    made = gr.Textbox(stored.recipe.to_json() if stored else "", visible="hidden")
    return Portraits(stage, caption, downloads, previews, made, share, shared, choose, dropped, services)

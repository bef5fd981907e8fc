"""The two portraits: under one slider, side by side, as PNGs, with what they were made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr

from generation.events import Arm
from studio.render import ARMS, render_caption
from studio.services import StoredComparison


@dataclass(frozen=True)
class Portraits:
    """The components that show one comparison."""

    slider: gr.ImageSlider
    vanilla: gr.Image
    fine_tuned: gr.Image
    save_vanilla: gr.DownloadButton
    save_fine_tuned: gr.DownloadButton
    caption: gr.HTML

    @property
    def all(self) -> list[gr.components.Component]:
        """Every component that `updates` changes."""
        return [
            self.slider,
            self.vanilla,
            self.fine_tuned,
            self.save_vanilla,
            self.save_fine_tuned,
            self.caption,
        ]

    def updates(self, stored: StoredComparison) -> dict[gr.components.Component, Any]:
        """Show a finished comparison; the files themselves are served, so their metadata survives."""
        vanilla, fine_tuned = (str(stored.files[arm]) for arm in ARMS)
        return {
            self.slider: (vanilla, fine_tuned),
            self.vanilla: gr.update(value=vanilla, alt_text=_described("vanilla", stored)),
            self.fine_tuned: gr.update(value=fine_tuned, alt_text=_described("fine_tuned", stored)),
            self.save_vanilla: gr.update(value=vanilla, interactive=True),
            self.save_fine_tuned: gr.update(value=fine_tuned, interactive=True),
            self.caption: render_caption(stored.recipe),
        }


def build_portraits(stored: StoredComparison | None) -> Portraits:
    """Lay the portraits out, showing a stored comparison if there is one."""
    files: dict[Arm, str] = {arm: str(stored.files[arm]) for arm in ARMS} if stored else {}
    with gr.Row(elem_id="portraits"):
        with gr.Column(scale=2, min_width=280, elem_id="slider-column"):
            slider = _build_slider(files)
        with gr.Column(scale=1, min_width=140, elem_id="pair"):
            vanilla, fine_tuned = (_build_image(arm, files.get(arm), stored) for arm in ARMS)
    with gr.Row(elem_id="under"):
        caption = gr.HTML(render_caption(stored.recipe) if stored else "", elem_id="caption")
        with gr.Row(elem_id="downloads"):
            save_vanilla, save_fine_tuned = (_build_download(arm, files.get(arm)) for arm in ARMS)
    return Portraits(slider, vanilla, fine_tuned, save_vanilla, save_fine_tuned, caption)


def _build_slider(files: Mapping[Arm, str]) -> gr.ImageSlider:
    return gr.ImageSlider(
        tuple(files.values()) or None,
        type="filepath",
        format="png",
        label="Vanilla on the left, fine-tuned on the right",
        show_label=False,
        buttons=["fullscreen"],
        interactive=False,
        max_height=720,
        elem_id="slider",
    )


def _described(arm: Arm, stored: StoredComparison) -> str:
    """What is to be seen, for whoever does not see it."""
    return f"{ARMS[arm]}, AI-generated: {stored.recipe.prompt}"


def _build_image(arm: Arm, file: str | None, stored: StoredComparison | None) -> gr.Image:
    return gr.Image(
        file,
        alt_text=_described(arm, stored) if stored else None,
        type="filepath",
        format="png",
        label=ARMS[arm],
        buttons=["fullscreen"],
        interactive=False,
        elem_id=f"portrait-{arm}",
        elem_classes="portrait",
    )


def _build_download(arm: Arm, file: str | None) -> gr.DownloadButton:
    return gr.DownloadButton(
        f"Download {ARMS[arm].lower()}",
        value=file,
        interactive=file is not None,
        size="sm",
        min_width=0,
        elem_id=f"save-{arm}",
        elem_classes="download",
    )

"""What the page says about a Selection: the prompt, how many CelebA images match, and some matching faces."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
from PIL import Image

from prompt_engine.counts import MatchCount
from prompt_engine.faces import Face, FaceSource
from prompt_engine.realiser import realise
from prompt_engine.selection import Selection
from studio.messages import NO_DRAWN_FACES, NO_FACES, NO_FACES_HERE
from studio.render import render_count, render_note, render_prompt
from studio.services import Services

FACES_SHOWN = 20
THUMBNAIL_PX = (160, 200)


@dataclass(frozen=True)
class Matches:
    """The components that describe a Selection."""

    prompt: gr.HTML
    count: gr.HTML
    faces: gr.Gallery
    no_faces: gr.HTML

    def describe(self, selection: Selection, services: Services) -> dict[gr.components.Component, Any]:
        """Show a Selection's prompt and how many images match."""
        prompt = realise(selection)
        return {
            self.prompt: render_prompt(prompt, services.part_read(prompt)),
            self.count: render_count(services.match_count(selection)),
        }

    def show_faces(
        self, selection: Selection, services: Services, seed: int
    ) -> dict[gr.components.Component, Any]:
        """Show the matching faces that this seed draws, or say why there is none."""
        faces = services.faces.sample(selection, FACES_SHOWN, seed)
        why_none = "" if faces else _why_no_faces(services.match_count(selection), services.faces)
        return {
            self.faces: gr.update(value=[_captioned(face) for face in faces], visible=bool(faces)),
            self.no_faces: render_note(why_none),
        }


def _why_no_faces(count: MatchCount, source: FaceSource) -> str:
    if not count.images:
        return NO_FACES
    return NO_DRAWN_FACES if source.drawn else NO_FACES_HERE


def build_gallery() -> tuple[gr.Gallery, gr.HTML]:
    """The strip of faces, and the line that stands there when there is none."""
    gallery = gr.Gallery(
        columns=10,
        object_fit="cover",
        format="jpeg",
        show_label=False,
        label="Matching faces",
        allow_preview=False,
        buttons=[],
        interactive=False,
        elem_id="gallery",
    )
    return gallery, gr.HTML(elem_id="no-faces")


def _captioned(face: Face) -> tuple[Image.Image, str]:
    thumbnail = face.image.copy()
    thumbnail.thumbnail(THUMBNAIL_PX)
    return thumbnail, Path(face.id).stem

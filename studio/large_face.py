"""Opens one face large: a click asks for it by name (`face_dialog.js`), the answer fills the dialog."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr

from studio.face_panel import render_face
from studio.messages import explained
from studio.services import Services
from studio.wiring import LATEST, PRIVATE


@dataclass(frozen=True)
class LargeFace:
    """What the click calls."""

    services: Services

    @explained
    def open(self, name: str, key: str, version: str) -> str:
        """The face of that name with its labels, as HTML; an empty version is the usual one."""
        source = self.services.faces
        self.services.face_keys.check(name or "", key or "")  # an empty input is None
        return render_face(source.face(source.number(name), version or None), source.notice)


def build_large_face(services: Services) -> None:
    """Build what is hidden, and wire it."""
    asked = [gr.Textbox(visible="hidden") for _ in range(3)]
    face = gr.Textbox(visible="hidden", elem_id="large-face")
    open_button = gr.Button("Open the face", visible="hidden", elem_id="open-face")
    opened = open_button.click(
        LargeFace(services).open,
        inputs=asked,
        outputs=face,
        js="() => faceDialog.asked()",
        **LATEST,
    )
    opened.success(inputs=face, js="html => { faceDialog.show(html) }", **PRIVATE)

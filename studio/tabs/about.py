"""The tab About: what is compared, what is shown, and whose it is."""

import gradio as gr

from studio.services import Services
from studio.settings import REPOSITORY

ABOUT = REPOSITORY / "studio" / "static" / "about.md"


def build_about_tab(services: Services) -> None:
    """Build the tab: one page of text, with what this run shows."""
    text = ABOUT.read_text(encoding="utf-8")
    gr.Markdown(text.replace("{faces}", services.faces.notice), elem_id="about")

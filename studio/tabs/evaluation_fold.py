"""The fold that shows what was measured of the adapter in use."""

import gradio as gr

from studio.evaluation.tables import render_evaluation
from studio.services import Services

TITLE = "What fine-tuning changes, measured"


def build_evaluation_fold(services: Services) -> None:
    """Build the fold, closed; the report is read here, once."""
    with gr.Accordion(TITLE, open=False, elem_id="evaluation"):
        gr.HTML(render_evaluation(services.evaluation))

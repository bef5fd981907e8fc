"""The fold of Explore that says in three figures what fine-tuning changes; the tab Adapter has them all."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr

from studio.adapter_choice import adapter_name
from studio.adapter_tab.names import read_named
from studio.evaluation.found import read_evaluation
from studio.evaluation.tables import render_summary
from studio.messages import explain
from studio.render import render_note, render_problem
from studio.services import Services
from studio.wiring import PRIVATE, UNQUEUED

TITLE = "What fine-tuning changes, measured"
NO_ADAPTER = "The page has no adapter for its model: set ADAPTERS to the name of one."
OPEN_TAB = "() => document.querySelector('button[data-tab-id=adapter]').click()"


@dataclass(frozen=True)
class EvaluationFold:
    """What the fold does."""

    services: Services

    def show(self) -> str:
        """The figures of the adapter in use, or why there are none."""
        if self.services.adapter is None:
            return render_note(NO_ADAPTER)
        try:
            repository = read_named(adapter_name(self.services.adapter), self.services)
            return render_summary(read_evaluation(repository))
        except Exception as problem:
            return render_problem(explain(problem))


def build_evaluation_fold(services: Services) -> None:
    """Build the fold, closed; the report is read when it is opened: the Hub may have to be asked."""
    with gr.Accordion(TITLE, open=False, elem_id="evaluation") as fold:
        figures = gr.HTML()
        every = gr.Button("All figures, the card and the training curve", size="sm", elem_id="to-adapter")
    fold.expand(EvaluationFold(services).show, outputs=figures, **UNQUEUED)
    every.click(js=OPEN_TAB, **PRIVATE)

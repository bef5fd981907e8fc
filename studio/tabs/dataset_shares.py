"""Dataset, Shares: what each sampling mode names, beside what the images carry."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr

from prompt_engine.dataset_facts import Dataset
from prompt_engine.distribution import MODES
from studio.address_parts import PARTS, Part
from studio.dataset.share_bars import render_shares
from studio.messages import explained
from studio.render import render_or_tell
from studio.tabs.dataset_filters import Filters, Values
from studio.tabs.dataset_wiring import Updates, build_html
from studio.titles import GENDER, GENDER_TITLES, MODE_TITLES
from studio.wiring import LATEST

LEAD = (
    "Prompts name three attributes, one a bucket; images carry more. Where the ratio is far from 1, prompts "
    "speak of an attribute more or less than the images show it."
)


@dataclass(frozen=True)
class ShareBars:
    """The section's components, and what they show."""

    dataset: Dataset
    filters: Filters
    gender: gr.Radio
    mode: gr.Radio
    kept_only: gr.Checkbox
    bars: gr.HTML

    @property
    def inputs(self) -> set[gr.components.Component]:
        """What `show` takes, beside the filters."""
        return {self.gender, self.mode, self.kept_only}

    @property
    def held(self) -> dict[Part, gr.components.Component]:
        """What the address holds."""
        return {PARTS["d-shares"]: self.gender, PARTS["d-mode"]: self.mode, PARTS["d-kept"]: self.kept_only}

    @property
    def outputs(self) -> set[gr.components.Component]:
        """What `show` may write."""
        return {self.bars}

    def show(self, values: Values) -> Updates:
        """Both shares, of a gender and a mode."""
        gender = values[self.gender]
        least = self.filters.prompt_filter(values).least_images if values[self.kept_only] else 0
        facts = self.dataset.facts(self.filters.within(values))
        mode = values[self.mode]
        return {self.bars: render_or_tell(lambda: render_shares(facts.shares(gender, mode, least), gender))}

    @explained
    def change(self, values: Values) -> Updates:
        """Another gender or mode."""
        return self.show(values)


def build_shares(dataset: Dataset, filters: Filters) -> ShareBars:
    """Build the section, empty until it is opened, and wire what is its own."""
    gr.HTML(f'<p class="note">{LEAD}</p>')
    with gr.Row(elem_id="shares-choice"):
        gender = gr.Radio(
            [(title, gender) for gender, title in GENDER_TITLES.items()],
            value="female",
            label=GENDER,
            min_width=160,
            elem_id="shares-gender",
        )
        modes = [(MODE_TITLES[mode], mode) for mode in MODES]
        mode = gr.Radio(modes, value="legacy", label="Prompts drawn by", min_width=320, elem_id="shares-mode")
        kept_only = gr.Checkbox(
            False, label="Only prompts that reach the threshold", min_width=200, elem_id="shares-kept"
        )
    bars = build_html("shares")
    section = ShareBars(dataset, filters, gender, mode, kept_only, bars)
    gr.on(
        [gender.input, mode.input, kept_only.input],
        section.change,
        inputs=section.inputs | filters.all,
        outputs=bars,
        **LATEST,
    )
    return section

"""Dataset, Labels: where labels contradict each other, the images, and what leaving these out changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from html import escape

import gradio as gr

from prompt_engine.audit import FINDINGS, Finding
from prompt_engine.audit_counts import FindingCount, count_findings, derive_findings
from prompt_engine.buckets import GENDERS
from prompt_engine.dataset_facts import Dataset
from prompt_engine.errors import InvalidSelection
from prompt_engine.faces import Face
from prompt_engine.query import Query
from studio.address_parts import PARTS, Part
from studio.dataset.audit_table import render_audit, render_strict
from studio.dataset.faces import render_faces
from studio.messages import explained
from studio.navigation import Navigation
from studio.render import render_note, render_or_tell
from studio.services import Services
from studio.tabs.dataset_filters import Filters, Values
from studio.tabs.dataset_wiring import (
    FACES_SHOWN,
    Updates,
    build_html,
    show_latest,
    show_panel,
    write_clicked,
)
from studio.titles import GENDER_TITLES
from studio.view import View

HINT = "Choose a finding to see its images."
LEAD = "Counted by what the labels say. Each finding leads to its images; not all of them are wrong."
DRAWN = "Drawn people do not contradict themselves. With a CelebA folder, its images are shown here."
NONE_HERE = "None of these images is in the folder that this app reads."
STRICT_NEEDS = "What leaving them out changes is known with a CelebA folder."

FINDING = {finding.name: finding for finding in FINDINGS}


@dataclass(frozen=True)
class Labels:
    """The section's components, and what they show."""

    services: Services
    dataset: Dataset
    filters: Filters
    strict: gr.HTML
    table: gr.HTML
    faces: gr.HTML
    asked: gr.Textbox  # the name of a finding

    @property
    def inputs(self) -> set[gr.components.Component]:
        """What `show` takes, beside the filters."""
        return {self.asked}

    @property
    def held(self) -> dict[Part, gr.components.Component]:
        """What the address holds."""
        return {PARTS["d-finding"]: self.asked}

    @property
    def outputs(self) -> set[gr.components.Component]:
        """What `show` may write."""
        return {self.strict, self.table, self.faces}

    def show(self, values: Values) -> Updates:
        """Every finding with its counts, and the strict switch before and after."""
        within = self.filters.within(values)
        images = self.dataset.facts(Query(split=within.split)).images  # those that findings are counted in
        return {
            self.strict: self._before_after(values),
            self.table: render_audit(self._counts(within), images),
            self.faces: self._finding(values),
        }

    @explained
    def show_finding(self, values: Values) -> Updates:
        """Another finding."""
        return {self.faces: self._finding(values)}

    def _finding(self, values: Values) -> str:
        """The images of the finding that is asked for."""
        finding = FINDING.get(values[self.asked])
        if finding is None:
            return render_note(HINT)
        within = Query(split=self.filters.within(values).split)
        links = "".join(_links(finding, within))
        faces = render_or_tell(partial(self._faces, finding, within))
        return f"<h3>{escape(finding.title)}</h3>{links}{faces}"

    def _counts(self, within: Query) -> list[FindingCount]:
        index = self.dataset.index
        return (
            derive_findings(self.dataset.facts().counts) if index is None else count_findings(index, within)
        )

    def _before_after(self, values: Values) -> str:
        if self.dataset.index is None:
            return render_note(STRICT_NEEDS)
        chosen = self.filters.prompt_filter(values)
        after = self.filters.consistent(values)
        told = [
            (self.dataset.facts(within).images, self.dataset.judged(within, chosen))
            for within in (replace(after, strict=False), after)
        ]
        return render_strict(*told)

    def _faces(self, finding: Finding, within: Query) -> str:
        faces = list(self._sample(finding, within))
        if not faces:
            return render_note(DRAWN if self.services.faces.drawn else NONE_HERE)
        concerned = {label for case in finding.cases for label in case.wanted}
        return render_note(self.services.faces.notice) + render_faces(
            faces, concerned, self.services.face_keys
        )

    def _sample(self, finding: Finding, within: Query) -> Iterator[Face]:
        """Some images of every case: of the rarer cases first, so that the others fill what is left."""
        source = self.services.faces
        cases = [replace(case, split=within.split, blurry="out") for case in finding.cases]
        cases.sort(key=lambda case: source.match_count(case).images)
        seen: set[str] = set()
        for place, case in enumerate(cases):
            wanted = -(-(FACES_SHOWN - len(seen)) // (len(cases) - place))
            for face in source.sample(case, wanted, seed=0):
                if face.id not in seen:
                    seen.add(face.id)
                    yield face


def build_labels(services: Services, dataset: Dataset, filters: Filters, navigation: Navigation) -> Labels:
    """Build the section, empty until it is opened, and wire what is its own."""
    gr.HTML(f'<h2>Contradictory labels</h2><p class="note">{LEAD}</p>')
    strict = build_html("strict-change")
    with gr.Row(elem_id="audit"):
        with gr.Column(scale=3, min_width=320):
            table = build_html("audit-table", "dataset_clicks")
        with gr.Column(scale=2, min_width=320):
            faces = build_html("audit-faces")
    asked = gr.Textbox("", visible="hidden")
    labels = Labels(services, dataset, filters, strict, table, faces, asked)
    picked = write_clicked(table.select, table, asked)
    shown = show_latest([picked], "show-finding", labels.show_finding, labels.inputs | filters.all, [faces])
    navigation.keep(shown.success, PARTS["d-finding"], asked, step=True)
    show_panel(shown, "#audit-faces")
    return labels


def _links(finding: Finding, within: Query) -> Iterator[str]:
    """Where a choice on the page asks for the same images, links to it."""
    if len(finding.cases) > 1 or not finding.cases[0].wanted:
        return
    case = finding.cases[0]
    for gender in GENDERS:
        try:
            view = View(gender, case.wanted, split=within.split)
        except InvalidSelection:
            continue
        if case.gender in (None, gender):
            words = f"Explore: {GENDER_TITLES[gender].lower()}"
            yield f'<a href="?{escape(view.to_address())}" data-view>{words}</a> '

"""The tab About: what is compared, what may be done with it, what is kept, and whom to tell."""

from __future__ import annotations

import re

import gradio as gr

from studio.first_visit.glossary import render_glossary
from studio.first_visit.walkthrough import render_reopening
from studio.own_labels import render_renamed_labels
from studio.reporting import Reporting
from studio.services import Services
from studio.settings import REPOSITORY

ABOUT = REPOSITORY / "studio" / "static" / "about.md"
TERMS = "about-terms"
SECTION = re.compile(r'<h3 id="(about-[a-z]+)">(.+?)</h3>')

BEGUN = (
    "Press *Report* below the portraits in *Explore*, where a click opens those of the other tabs: the text "
    "that begins there names them already. Or {link}"
)
BY_HAND = "{link}"
NAMED = (
    "with the link that *Share* gives, or with the PNG; a face by what it is called. Whoever runs this app "
    "can then take it away."
)
PUBLIC = "What you write there can be read by everybody."
NOBODY = (
    f"Whoever runs this app has named nobody to tell. Tell the person from whom you have its address, {NAMED}"
)


def build_about_tab(services: Services) -> None:
    """Build the tab: one page of text, with what this run shows and whom it names."""
    gr.Markdown(about_text(services.reporting, services.faces.notice), elem_id="about")
    gr.HTML(f'<h3 id="{TERMS}">Terms</h3>{render_glossary()}{render_reopening()}', elem_id="glossary")


def about_text(reporting: Reporting, faces: str) -> str:
    """The text as Markdown; `faces` says whose the faces are."""
    text = ABOUT.read_text(encoding="utf-8")
    named = [*SECTION.findall(text), (TERMS, "Terms")]
    sections = "".join(f'<li><a href="#{name}">{title}</a></li>' for name, title in named)
    return text.format(
        sections=f'<ul class="sections">{sections}</ul>',
        labels=render_renamed_labels(),
        report=_report(reporting),
        faces=faces,
    )


def _report(reporting: Reporting) -> str:
    """How to report a picture, by whoever is named for it."""
    place = reporting.place
    if place is None:
        return NOBODY
    begun = place != "page"
    link = reporting.render("report a picture here" if begun else "Report a picture here")
    told = [(BEGUN if begun else BY_HAND).format(link=link), NAMED]
    return " ".join([*told, *([PUBLIC] if place == "discussions" else [])])

"""What a first visit takes where the page was served before: its seconds, and what is transferred."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Error, Request

from bench.table import Row

LONGEST_S, HEAVIEST_MB = 3.0, 1.5
GIVE_UP_MS = 60_000
# Gradio's own files: its scripts, styles and fonts.
OF_GRADIO = re.compile(r"^/(assets|static|svelte|theme\.css)|^/gradio_api/(app_id|info)")
FINISHED = """() => ["vanilla", "fine_tuned"].every(arm => {
    const image = document.querySelector(`#portrait-${arm} img`)
    return image?.complete && image.naturalWidth > 0
})"""
FACES = "() => document.querySelectorAll('#gallery img').length >= 20"


@dataclass(frozen=True)
class FirstView:
    """When a finished comparison was seen, and how much was transferred beside Gradio's own files."""

    shown_s: float
    own_bytes: int
    answers: int


def first_view(browser: Browser, url: str) -> FirstView:
    """Open the page in a window that knows nothing of it, and wait until all of the first view is there.

    Raises:
        Error: it does not come.
    """
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    asked: list[Request] = []
    page.on("requestfinished", lambda request: asked.append(request))
    try:
        page.goto(url, wait_until="commit")
        page.wait_for_function(FINISHED, timeout=GIVE_UP_MS)
        shown_s = page.evaluate("performance.now()") / 1000
        page.wait_for_function(FACES, timeout=GIVE_UP_MS)
        own = [each for each in asked if not OF_GRADIO.match(urlsplit(each.url).path)]
        sizes = [each.sizes() for each in own]
    finally:
        page.close()
    sent = sum(each["responseHeadersSize"] + each["responseBodySize"] for each in sizes)
    return FirstView(shown_s, sent, len(own))


def measure_first_view(browser: Browser, url: str) -> Iterator[Row]:
    """Both, of an app that has served the page before."""
    what = ("a first visit to a finished comparison", "the first view, beside Gradio's own files")
    try:
        seen = first_view(browser, url)
    except Error as problem:
        why = str(problem).splitlines()[0]
        yield Row(what[0], LONGEST_S, None, "s", why)
        yield Row(what[1], HEAVIEST_MB, None, "MB", why)
        return
    yield Row(what[0], LONGEST_S, seen.shown_s, "s")
    note = f"{seen.answers} answers, with faces and examples"
    yield Row(what[1], HEAVIEST_MB, seen.own_bytes / 1e6, "MB", note)

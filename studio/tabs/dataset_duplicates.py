"""Dataset, Duplicates: images that show the same picture, and whose labels disagree."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import cached_property
from html import escape

import gradio as gr

from prompt_engine.faces import FaceSource
from prompt_engine.image_hashes import ImageHashes
from prompt_engine.near_duplicates import find_near_duplicates
from studio.dataset.duplicate_pairs import render_duplicates
from studio.face_keys import FaceKeys
from studio.messages import explain
from studio.render import render_note, render_problem
from studio.services import Services
from studio.tabs.dataset_wiring import Updates, build_html

LEAD = (
    "Images that show the same picture should have the same labels. Every image is read once and reduced to "
    "a hash, which this machine keeps; no image leaves it."
)
NEEDS_IMAGES = "Drawn people are all different. With a CelebA folder, its images are compared here."
NOT_HERE = (
    "Where strangers may reach the page, images are not compared, because every one of them would be read "
    "(from the Hub about 11.7 GB). Run the app for yourself to compare them."
)
CANCELLED = "Cancelled. What was read is kept, and the next search goes on from there."
TOLD_S = 0.2  # the least time between two tellings of progress


class Duplicates:
    """The section's components and the search, whose hashes all visitors share."""

    def __init__(self, source: FaceSource, keys: FaceKeys) -> None:
        self.source, self.keys = source, keys
        with gr.Row(elem_id="duplicates-actions"):
            self.start = gr.Button("Compare the images", size="sm", min_width=160, elem_id="find-duplicates")
            self.cancel = gr.Button("Cancel", size="sm", min_width=100, visible=False)
        self.found = build_html("duplicates")

    @cached_property
    def hashes(self) -> ImageHashes:
        """Of the source's images; those made before are read from the cache."""
        return ImageHashes(self.source)

    @property
    def outputs(self) -> list[gr.components.Component]:
        """What the search writes."""
        return [self.start, self.cancel, self.found]

    def search(self) -> Iterator[Updates]:
        """Hash what is missing, with progress, then compare."""
        yield self._working("Starting")
        try:
            yield from self._hash()
            found = find_near_duplicates(self.source, self.hashes.by_id)
            shown = render_duplicates(found, len(self.hashes.by_id), self.source, self.keys)
        except Exception as problem:
            shown = render_problem(explain(problem))
        yield self._idle(shown)

    def stop(self) -> Updates:
        """Cancelled, or never begun."""
        return self._idle(render_note(CANCELLED))

    def _hash(self) -> Iterator[Updates]:
        started_s = told_s = time.monotonic()
        before, total = len(self.hashes.ids) - len(self.hashes.missing), len(self.hashes.ids)
        for done in self.hashes.make():
            now_s = time.monotonic()
            if now_s - told_s >= TOLD_S:
                told_s = now_s
                left_s = (now_s - started_s) / (done - before) * (total - done)
                yield {self.found: _progress(done, total, left_s)}

    def _working(self, sentence: str) -> Updates:
        return {
            self.start: gr.update(visible=False),
            self.cancel: gr.update(visible=True),
            self.found: render_note(sentence),
        }

    def _idle(self, shown: str) -> Updates:
        return {
            self.start: gr.update(visible=True),
            self.cancel: gr.update(visible=False),
            self.found: shown,
        }


def build_duplicates(services: Services) -> None:
    """Build the section; where images are not compared, it only says why, and there is nothing to call."""
    why_not = _why_not(services)
    gr.HTML(f'<h2>Near-duplicate images</h2><p class="note">{why_not or LEAD}</p>')
    if why_not is None:
        _wire(Duplicates(services.faces, services.face_keys))


def _why_not(services: Services) -> str | None:
    if services.faces.drawn:
        return NEEDS_IMAGES
    return NOT_HERE if services.settings.public else None


def _wire(section: Duplicates) -> None:
    run = section.start.click(
        section.search,
        outputs=section.outputs,
        show_progress="hidden",
        concurrency_id="duplicates",
        concurrency_limit=1,
        api_visibility="private",
    )
    section.cancel.click(None, cancels=[run])
    run.failure(
        section.stop, outputs=section.outputs, queue=False, show_progress="hidden", api_visibility="private"
    )


def _progress(done: int, total: int, left_s: float) -> str:
    left = f"About {left_s:.0f} s left" if left_s < 90 else f"About {left_s / 60:.0f} min left"
    return (
        f'<div class="progress" role="status"><div class="bar"><span>Reading</span>'
        f'<progress value="{done}" max="{total}" aria-label="Images read"></progress>'
        f'<span>{done:,} of {total:,}</span></div><p class="left">{escape(left)}</p></div>'
    )

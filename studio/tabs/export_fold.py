"""The folds that give away files: one about the view that Explore shows, one about Dataset's catalogue."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from prompt_engine.prompt_filter import PromptFilter
from prompt_engine.query import Query
from studio.exports import OF_CATALOGUE, SUFFIXES, WHAT, Asked, Exporter
from studio.messages import explained
from studio.render import render_note
from studio.tabs.caption_inputs import CAPTIONS, CaptionInputs, build_caption_inputs
from studio.wiring import PRIVATE

FORMATS = {".csv": "CSV", ".jsonl": "JSON lines", ".parquet": "Parquet"}
NOTE = (
    "Each row names the data it was counted in, by its MD5, what was asked for, the version of the prompt "
    "engine and the seed, where one was used."
)
CHANGE = "changes => [{__type__: 'update', visible: false}, changes + 1]"
# Wildcards are lines of one kind of file, with its origin on top.
IF_ROWS = "what => Array(2).fill({__type__: 'update', visible: what !== 'wildcards'})"
SHOW_IF_LATEST = "(made, changes) => ({__type__: 'update', visible: made === changes})"
OF_VIEW = tuple(name for name in WHAT if name not in OF_CATALOGUE)

Held = Mapping[gr.components.Component, Any]


@dataclass(frozen=True)
class ExportFold:
    """The fold's components; `read` tells which images and prompts the page shows, or refuses."""

    exporter: Exporter
    read: Callable[[Held], tuple[Query, PromptFilter]]
    what: gr.Dropdown
    suffix: gr.Radio
    captions: CaptionInputs | None  # where captions are given away
    make_button: gr.Button
    file: gr.DownloadButton
    changes: gr.Number  # how often what is asked for has changed
    made: gr.Number  # after how many of them the file was asked for

    @property
    def inputs(self) -> set[gr.components.Component]:
        """What says which file is wanted, beside what the page shows."""
        return {self.what, self.suffix} | (self.captions.all if self.captions else set())

    @explained
    def make(self, held: Held) -> dict[gr.components.Component, Any]:
        """The file that is asked for, about what the page showed at the click."""
        captions = self.captions.read(held) if self.captions else {}
        path = self.exporter.write(Asked(held[self.what], held[self.suffix], *self.read(held), **captions))
        told = gr.update(value=str(path), label=f"Download {path.name} ({_size(path)})")
        return {self.file: told, self.made: held[self.changes]}

    def hide_after(self, listeners: Sequence[Callable[..., Any]]) -> None:
        """Whenever one of them fires, the file is about something else: offer it no more."""
        for listen in listeners:
            listen(inputs=self.changes, outputs=[self.file, self.changes], js=CHANGE, **PRIVATE)


def build_export_fold(
    exporter: Exporter,
    title: str,
    names: Sequence[str],
    elem_id: str,
    inputs: set[gr.components.Component],
    read: Callable[[Held], tuple[Query, PromptFilter]],
) -> ExportFold:
    """Build a fold that offers some of the files, and wire it; `read` is given what `inputs` hold."""
    offered = [name for name in names if name in exporter.offered]
    counted = [gr.Number(0, precision=0, visible="hidden") for _ in range(2)]
    with gr.Accordion(title, open=False, elem_id=elem_id):
        what, suffix = _build_choice(offered, elem_id)
        splittable = exporter.source.splittable
        captions = build_caption_inputs(what, elem_id, splittable) if CAPTIONS in offered else None
        with gr.Row():
            button = gr.Button("Make the file", elem_id=f"{elem_id}-make")
            file = gr.DownloadButton("Download", visible=False, elem_id=f"{elem_id}-file")
        note = gr.HTML(render_note(NOTE))
    what.input(inputs=what, outputs=[suffix, note], js=IF_ROWS, **PRIVATE)
    fold = ExportFold(exporter, read, what, suffix, captions, button, file, *counted)
    _wire(fold, inputs)
    return fold


def _build_choice(offered: Sequence[str], elem_id: str) -> tuple[gr.Dropdown, gr.Radio]:
    with gr.Row():
        what = gr.Dropdown(
            [(WHAT[name], name) for name in offered],
            value=offered[0],
            label="What",
            filterable=False,
            elem_id=f"{elem_id}-what",
        )
        formats = [(FORMATS[each], each) for each in SUFFIXES]
        suffix = gr.Radio(formats, value=SUFFIXES[0], label="Format", elem_id=f"{elem_id}-format")
    return what, suffix


def _wire(fold: ExportFold, inputs: set[gr.components.Component]) -> None:
    made = fold.make_button.click(
        fold.make,
        inputs={fold.changes, *fold.inputs, *inputs},
        outputs=[fold.file, fold.made],
        trigger_mode="always_last",
        concurrency_id="exports",
        concurrency_limit=1,
        api_visibility="private",
    )
    # What was changed while the file was made, the file is not about.
    made.success(inputs=[fold.made, fold.changes], outputs=fold.file, js=SHOW_IF_LATEST, **PRIVATE)
    fold.hide_after([made.failure, *(each.input for each in fold.inputs)])


def _size(path: Path) -> str:
    kilobytes = path.stat().st_size / 1000
    return f"{kilobytes:,.0f} kB" if kilobytes < 1000 else f"{kilobytes / 1000:,.1f} MB"

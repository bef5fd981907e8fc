"""The history below the models: cards, delete, download; and how long everything in it took."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import gradio as gr

from studio.export_folder import ExportFolder
from studio.history.archive import ARCHIVE, kept_files, write_archive
from studio.history.cards import DELETE, MORE, SHOWN, render_history
from studio.history.entry import read_entries, write_entries
from studio.history.memory import Memory
from studio.history.pictures import Pictures, served
from studio.messages import explained
from studio.models_tab.performance import render_performance
from studio.navigation import CLICK
from studio.services import Services
from studio.tabs.dataset_wiring import write_clicked
from studio.wiring import LATEST, PRIVATE, read_script

NOTE = (
    "This browser keeps the recipes, and nobody else does. The portraits are kept where the app runs, for as "
    "long as there is room. Deleting an entry makes this browser forget it."
)
# In a list of its own: Gradio would take a list for the values of so many outputs.
FORGET_ALL = "history => [confirm('Forget the whole history of this browser?') ? [] : history]"
IF_SHOWN = "() => document.querySelector('#history')?.offsetParent && ({})()"

Updates = dict[gr.components.Component, Any]


@dataclass(frozen=True)
class History:
    """The section's components, and what they do."""

    pictures: Pictures
    archives: ExportFolder
    memory: Memory
    cards: gr.HTML
    performance: gr.HTML
    asked: gr.Textbox  # what a button in a card asks for
    shown: gr.Number  # how many entries
    archive: gr.Textbox  # the address of a finished ZIP
    buttons: Sequence[gr.Button] = field(default=())

    @explained
    def show(self, held: Any, shown: float) -> tuple[Any, ...]:
        """Everything, as the browser holds it."""
        entries = read_entries(held)
        some = gr.update(interactive=bool(entries))
        cards = render_history(entries, self.pictures, int(shown))
        return cards, render_performance(entries), *(some for _ in self.buttons)

    @explained
    def do(self, asked: str, held: Any, shown: float) -> tuple[list[dict[str, Any]], float]:
        """What a button asks for: one entry less, or more of them shown."""
        entries = read_entries(held)
        if asked.startswith(DELETE):
            result = asked.removeprefix(DELETE)
            entries = tuple(each for each in entries if each.result != result)
        return write_entries(entries), shown + (SHOWN if asked == MORE else 0)

    @explained
    def pack(self, held: Any) -> str:
        """The address of a ZIP of every portrait that is still kept.

        Raises:
            NothingKept: there is none.
        """
        files = kept_files(read_entries(held), self.pictures)
        path = self.archives.write_once(tuple(files), ARCHIVE, lambda path: write_archive(path, files))
        return served(path)


def build_history(services: Services, memory: Memory) -> History:
    """Build the section, empty until its tab is opened, and wire it."""
    with gr.Row(elem_id="history-head"):
        gr.HTML("<h2>History</h2>")
        pack = gr.Button("Download all", size="sm", min_width=120, elem_id="history-download")
        forget = gr.Button("Delete all", size="sm", min_width=120, elem_id="history-forget")
    gr.HTML(f'<p class="note">{NOTE}</p>')
    cards = gr.HTML(js_on_load=read_script("dataset_clicks"), apply_default_css=False, elem_id="history")
    gr.HTML("<h2>Performance</h2>", elem_id="performance-head")
    performance = gr.HTML(elem_id="performance")
    built = History(
        Pictures(services.results.folder),
        ExportFolder(services.exporter.folder),
        memory,
        cards,
        performance,
        gr.Textbox("", visible="hidden"),
        gr.Number(SHOWN, precision=0, visible="hidden"),
        gr.Textbox("", visible="hidden"),
        (pack, forget),
    )
    _wire(built, pack, forget)
    return built


def _wire(built: History, pack: gr.Button, forget: gr.Button) -> None:
    state, shown = built.memory.state, built.shown
    refresh = gr.Button("Show the history", visible="hidden", elem_id="show-history")
    outputs = [built.cards, built.performance, *built.buttons]
    refresh.click(built.show, inputs=[state, shown], outputs=outputs, **LATEST)
    state.change(js=IF_SHOWN.format(CLICK.format("show-history")), **PRIVATE)
    clicked = write_clicked(built.cards.select, built.cards, built.asked)
    done = clicked.success(built.do, inputs=[built.asked, state, shown], outputs=[state, shown], **LATEST)
    done.success(js=CLICK.format("show-history"), **PRIVATE)
    forget.click(inputs=state, outputs=state, js=FORGET_ALL, **PRIVATE)
    packed = pack.click(
        built.pack,
        inputs=state,
        outputs=built.archive,
        concurrency_id="exports",
        concurrency_limit=1,
        api_visibility="private",
    )
    packed.success(inputs=built.archive, js=read_script("save_file"), **PRIVATE)

"""The history below the models: cards, delete, download; and how long everything in it took."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from studio.export_folder import ExportFolder
from studio.history.archive import ARCHIVE, kept_files, write_archive
from studio.history.cards import SHOWN, render_history
from studio.history.entry import read_entries
from studio.history.pictures import Pictures
from studio.messages import explained
from studio.models_tab.performance import render_performance
from studio.navigation import CLICK
from studio.render import render_note
from studio.served_files import file_address
from studio.services import Services
from studio.wiring import LATEST, PRIVATE, read_script

NOTE = (
    "This browser keeps the recipes, and nobody else does. The portraits are kept where the app runs, for as "
    "long as there is room. Deleting an entry makes this browser forget it."
)
SHOW = CLICK.format("show-history")
READ = "(held, shown) => [portraitHistory.read(), shown]"
FORGET_ALL = (
    '() => { if (confirm(said("Forget the whole history of this browser?"))) portraitHistory.forgetAll() }'
)


@dataclass(frozen=True)
class History:
    """The section's components, and what they do; `held` is what the browser holds, as it is asked."""

    pictures: Pictures
    archives: ExportFolder
    cards: gr.HTML
    performance: gr.HTML
    buttons: Sequence[gr.Button]  # which are of use while there are entries
    held: gr.Textbox
    shown: gr.Number  # how many entries
    archive: gr.Textbox  # the address of a finished ZIP

    @explained
    def show(self, held: str, shown: int) -> tuple[Any, ...]:
        """Everything, as the browser holds it."""
        entries = read_entries(held)
        some = gr.update(interactive=bool(entries))
        cards = render_history(entries, self.pictures, shown)
        return cards, render_performance(entries), *(some for _ in self.buttons)

    @explained
    def pack(self, held: str) -> str:
        """The address of a ZIP of every portrait that is still kept.

        Raises:
            NothingKept: there is none.
        """
        files = kept_files(read_entries(held), self.pictures)
        path = self.archives.write_once(tuple(files), ARCHIVE, lambda path: write_archive(path, files))
        return file_address(path)


def build_history(services: Services) -> History:
    """Build the section, empty until its tab is opened, and wire it."""
    with gr.Row(elem_id="history-head"):
        gr.HTML("<h2>History</h2>")
        pack = gr.Button("Download all", size="sm", min_width=120, elem_id="history-download")
        forget = gr.Button("Delete all", size="sm", min_width=120, elem_id="history-forget")
    gr.HTML(render_note(NOTE))
    cards = gr.HTML(js_on_load=read_script("history_clicks"), apply_default_css=False, elem_id="history")
    gr.HTML("<h2>Performance</h2>", elem_id="performance-head")
    built = History(
        Pictures(services.results.folder),
        ExportFolder(services.exporter.folder),
        cards,
        performance=gr.HTML(elem_id="performance"),
        buttons=(pack, forget),
        held=gr.Textbox("", visible="hidden"),
        shown=gr.Number(SHOWN, precision=0, visible="hidden"),
        archive=gr.Textbox("", visible="hidden"),
    )
    _wire_shown(built)
    forget.click(js=FORGET_ALL, **PRIVATE)
    _wire_download(built, pack)
    return built


def _wire_shown(built: History) -> None:
    """Whatever changes the history clicks the button that shows it."""
    refresh = gr.Button("Show the history", visible="hidden", elem_id="show-history")
    outputs = [built.cards, built.performance, *built.buttons]
    refresh.click(built.show, inputs=[built.held, built.shown], outputs=outputs, js=READ, **LATEST)
    more = f"shown => shown + {SHOWN}"
    built.cards.select(inputs=built.shown, outputs=built.shown, js=more, **PRIVATE).then(js=SHOW, **PRIVATE)


def _wire_download(built: History, pack: gr.Button) -> None:
    packed = pack.click(
        built.pack,
        inputs=built.held,
        outputs=built.archive,
        js="() => portraitHistory.read()",
        concurrency_id="exports",
        concurrency_limit=1,
        api_visibility="private",
    )
    packed.success(inputs=built.archive, js=read_script("save_file"), **PRIVATE)

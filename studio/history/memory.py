"""How a browser is told what was finished; it keeps that by itself, in `history.js`."""

from __future__ import annotations

import time
from dataclasses import dataclass

import gradio as gr

from studio.history.entry import KEPT, Entry
from studio.services import StoredComparison
from studio.wiring import PRIVATE


@dataclass(frozen=True)
class Memory:
    """Where a handler writes what it has just finished, as `write_made` says it."""

    made: gr.Textbox


def build_memory() -> Memory:
    """Build it outside of all tabs, whose children are not there before they are opened."""
    made = gr.Textbox("", visible="hidden", elem_id="made")
    made.change(inputs=made, js=f"made => portraitHistory.keep(made, {KEPT})", **PRIVATE)
    return Memory(made)


def write_made(stored: StoredComparison, run: str | None = None) -> str:
    """What `Memory.made` takes; `run` is the same for all that one click had made."""
    return Entry.of(stored, time.time(), run).to_json()

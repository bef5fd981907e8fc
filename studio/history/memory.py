"""Where the page keeps a browser's history: in the browser, and written whenever something was finished."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from studio.history.entry import Entry, read_entries, with_newer, write_entries
from studio.messages import explained
from studio.services import StoredComparison
from studio.wiring import LATEST

# Both fixed: Gradio would draw them at each start, and a restart would lose every history. The secret is
# none: the page tells it to everybody, and what is kept is on the visitor's own disk.
STORAGE_KEY = "portraits-history"
SECRET = "portraits-history"


@dataclass(frozen=True)
class Memory:
    """The history, and where a handler writes what it has just finished: `write_made`."""

    state: gr.BrowserState
    made: gr.Textbox


def build_memory() -> Memory:
    """Build it outside of all tabs, whose children are not there before they are opened."""
    state = gr.BrowserState([], storage_key=STORAGE_KEY, secret=SECRET)
    made = gr.Textbox("", visible="hidden", elem_id="made")
    made.change(remember, inputs=[made, state], outputs=state, **LATEST)
    return Memory(state, made)


def write_made(finished: Sequence[StoredComparison], run: str | None = None) -> str:
    """What `Memory.made` takes: all that one click has finished so far."""
    now_s = time.time()
    return json.dumps([Entry.of(stored, now_s, run).to_values() for stored in reversed(finished)])


@explained
def remember(made: str, held: Any) -> list[dict[str, Any]]:
    """The history with what was just finished."""
    return write_entries(with_newer(read_entries(held), read_entries(json.loads(made))))

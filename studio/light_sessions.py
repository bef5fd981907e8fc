"""What Gradio keeps of each visitor: what they have changed, and no description of the whole page.

Gradio describes every component anew for each visitor, and again with each answer, for links to the state of
a session. That takes longer than the answers, and such links are not offered here: it is done when asked for.
Source: gradio 6.31, state_holder.py.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from copy import copy
from typing import Any

import gradio as gr
from gradio.state_holder import SessionState, StateHolder


class LightSession(SessionState):
    """A session of Gradio's that is described only on demand."""

    def __init__(self, blocks: gr.Blocks) -> None:
        # All that Gradio's own makes, which is not called because the rest of it is what takes so long.
        self.blocks_config = copy(blocks.default_config)
        self.config_values: dict[int, Any] = {}
        self.state_data: dict[int, Any] = {}
        self._state_ttl: dict[int, Any] = {}
        self.is_closed = False
        self.STATE_TTL_WHEN_CLOSED = 3600

    def __setitem__(self, key: int, value: Any) -> None:
        block = self.blocks_config.blocks.get(key)
        if isinstance(block, gr.State):
            super().__setitem__(key, value)
        else:
            self.blocks_config.blocks[key] = value

    def _update_config(self, key: int) -> None:
        """Not before it is asked for."""

    def _update_value_in_config(self, key: int, value: Any) -> None:
        self.config_values[key] = value

    @property
    def components(self) -> Iterator[dict[str, Any]]:
        """Every component as it is described to a browser, with the value that it had last."""
        for key, block in self.blocks_config.blocks.items():
            described = self.blocks_config.config_for_block(key, [], block)
            if key in self.config_values:
                described["props"]["value"] = self.config_values[key]
            yield described


class LightSessions(StateHolder):
    """Gradio's sessions, each a light one."""

    def __getitem__(self, session_id: str) -> SessionState:
        if session_id not in self.session_data:
            self.session_data[session_id] = LightSession(self.blocks)
        return super().__getitem__(session_id)


def keep_light_sessions(page: gr.Blocks) -> None:
    """Have a page that is served keep its visitors' sessions so."""
    sessions = LightSessions()
    sessions.set_blocks(page)
    page.app.state_holder = sessions
    _remember_signatures(page)


def _remember_signatures(page: gr.Blocks) -> None:
    """Have `inspect`, which Gradio asks at every update of a component, find what it would work out."""
    makers = {vars(base).get("__init__") for block in page.blocks.values() for base in type(block).__mro__}
    for maker in filter(inspect.isfunction, makers):
        for function in (maker, inspect.unwrap(maker)):
            vars(function)["__signature__"] = inspect.signature(function)

"""Opens views: from the address bar, from a link, from another tab; and writes the address of what is shown.

HTML opens a view with `<a href="?{view.to_address()}" data-view>…</a>`: in place, or in a new window.

A tab with a state of its own keeps it in the address, and takes it from there when the page opens and when
the visitor goes back:

      restored = navigation.hold({PARTS["threshold"]: threshold})
      navigation.keep(threshold.release, PARTS["threshold"], threshold)
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr

from studio.address_parts import Part
from studio.view import TABS
from studio.wiring import PRIVATE, read_script

NO_ADDRESS = ""  # of a choice that shows nothing: the bar keeps what it says
CLICK = "() => document.querySelector('#{}').click()"


@dataclass(frozen=True)
class Navigation:
    """Hidden components that carry an address to the tab Explore, which opens it and says what cannot be."""

    address: gr.Textbox  # what to open
    opening: gr.Number  # another number means: open it
    tabs: gr.Tabs
    problems: gr.HTML
    taken: (
        gr.Textbox
    )  # what a dropped picture gave to the view that is opened, told where Explore is not seen
    read: gr.events.Dependency  # the address bar was read

    def hold(self, components: Mapping[Part, gr.components.Component | gr.Tabs]) -> gr.events.Dependency:
        """Give each component what the address says, whenever that was read; tabs are selected."""
        parts = [part.in_browser() | {"tabs": isinstance(each, gr.Tabs)} for part, each in components.items()]
        return self.read.then(
            inputs=[self.address, self.opening],
            outputs=list(components.values()),
            js=f"(...bar) => ({read_script('restore_parts')})(...bar, {json.dumps(parts)})",
            **PRIVATE,
        )

    def keep(
        self,
        listen: Callable[..., Any],
        part: Part,
        component: gr.components.Component,
        *,
        step: bool = False,
    ) -> None:
        """Whenever `listen` fires, write the component's value into the address; one can go back a `step`."""
        method = "pushState" if step else "replaceState"
        arguments = ", ".join((json.dumps(part.name), "value", json.dumps(part.plain), json.dumps(method)))
        listen(inputs=component, js=f"value => addressBar.set({arguments})", **PRIVATE)

    def write_after(self, event: gr.events.Dependency, shown: gr.Textbox) -> None:
        """Write into the address bar what `event` has left in `shown`: the address of what the page shows."""
        event.success(
            inputs=[shown, self.opening],
            js="(address, opening) => { if (address) addressBar.write(address, opening) }",
            **PRIVATE,
        )


def build_navigation(page: gr.Blocks) -> Navigation:
    """Build the tabs, over them what tells of a link's problems, and what is hidden; wire it.

    Each opening ends in a click on Explore's button `show-view`.
    """
    problems = gr.HTML(elem_id="link-problems")
    # Not into a menu: Gradio measures while the page still grows, and finds no room for what fits later.
    tabs = gr.Tabs(overflow_behavior="wrap")
    address = gr.Textbox("", visible="hidden", elem_id="address")
    taken = gr.Textbox("", visible="hidden")
    opening = gr.Number(0, precision=0, visible="hidden", elem_id="opening")
    read_button = gr.Button("Read the address", visible="hidden", elem_id="read-address")
    open_button = gr.Button("Open the view", visible="hidden", elem_id="open-view")
    outputs, names = [address, opening, tabs], json.dumps(TABS)
    read = gr.on(
        [page.load, read_button.click], js=f"() => addressBar.read({names})", outputs=outputs, **PRIVATE
    )
    opened = open_button.click(
        inputs=address, js=f"address => addressBar.open(address, {names})", outputs=outputs, **PRIVATE
    )
    for event in (read, opened):
        event.then(js=CLICK.format("show-view"), **PRIVATE)
    return Navigation(address, opening, tabs, problems, taken, read)


def keep_tab(tab: gr.Tab, part: str, plain: str) -> None:
    """Write into the address which tab is open."""
    arguments = ", ".join(map(json.dumps, (part, str(tab.id), plain, "pushState")))
    tab.select(js=f"() => {{ addressBar.set({arguments}) }}", **PRIVATE)

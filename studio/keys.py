"""The keyboard map of the tab Explore, as the table that a visitor reads and `keys.js` acts on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from studio.first_visit.walkthrough import render_reopening
from studio.stage import WAYS


@dataclass(frozen=True)
class Key:
    """A key as the browser names it, what it does in words, and the button that does it."""

    key: str
    words: str
    button: str = ""

    @property
    def shown(self) -> str:
        """What stands on it."""
        return _SHOWN.get(self.key, self.key.upper())


_SHOWN: Mapping[str, str] = {" ": "Space", "-": "−"}
KEYS: tuple[Key, ...] = (
    *(Key(str(at), title, f"#ways [data-way={way}]") for at, (way, title) in enumerate(WAYS.items(), 1)),
    Key(" ", "With Slider or Flip, the other portrait", "#ways [data-flip]"),
    Key("← →", "Move the slider, where it has the focus; with Shift by tenths"),
    Key("+", "Zoom in", "#ways [data-zoom=in]"),
    Key("-", "Zoom out", "#ways [data-zoom=out]"),
    Key("0", "Whole portraits", "#ways [data-zoom=reset]"),
    Key("f", "Full screen", "#ways [data-full-screen]"),
    Key("g", "Generate", "#generate"),
    Key("r", "Random prompt", "#random"),
    Key("s", "Share", "#share"),
    Key("?", "This table", "#ways [data-open-keys]"),
)


def render_keys() -> str:
    """The dialog, closed."""
    rows = "".join(
        f'<tr data-key="{escape(each.key)}" data-button="{escape(each.button)}">'
        f"<th><kbd>{escape(each.shown)}</kbd></th><td>{escape(each.words)}</td></tr>"
        for each in KEYS
    )
    return (
        f'<dialog id="keys" aria-label="Keys"><h2>Keys</h2><table>{rows}</table>'
        '<p class="note">With Ctrl, the wheel zooms; so do two fingers and a double click. Zoomed in, the '
        "portraits are dragged. While you type, no key does anything else.</p>"
        '<label><input type="checkbox" checked> Use these keys</label>'
        f'{render_reopening()}<form method="dialog"><button>Close</button></form></dialog>'
    )

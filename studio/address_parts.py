"""What the address holds beside the choice: how prompts are drawn, how the tabs Grid and Dataset stand."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from generation.grid.axes import AXES
from generation.grid.values import LONGEST_TEXT
from prompt_engine.attributes import LABELS
from prompt_engine.audit import FINDINGS
from prompt_engine.buckets import GENDERS
from prompt_engine.distribution import MODES
from prompt_engine.prompt_filter import DEFAULT_THRESHOLD
from prompt_engine.query import SPLITS
from prompt_engine.reliability import Tier
from prompt_engine.selection import MOST_ATTRIBUTES

LARGEST = 1e9
NUMBER = r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?"  # Python and the browser each read more, and not the same
TEXT = r"[^\x00-\x1f\x7f-\x9f]{0,200}"  # no control characters
_LABEL = f"({'|'.join(LABELS)})"
_PAIR = rf"({_LABEL},(?!\2$){_LABEL})?"  # two different ones
SECTIONS = ("prompts", "relations", "shares", "labels")
SHOWN_PROMPTS = ("all", "kept", "dropped")


@dataclass(frozen=True)
class Part:
    """One part, which one component holds; `plain` is left out of the address.

    Any of `values`; where there are none any text of a `pattern`, which Python and the browser read alike; or
    else a multiple of `step`, 0 for any number.
    """

    name: str
    plain: Any
    values: tuple[Any, ...] = ()
    step: int = 0
    pattern: str = ""

    def allows(self, text: str) -> bool:
        """Whether the component can hold what an address says; as in `restore_parts.js`."""
        if self.values:
            return text in map(_written, self.values)
        if self.pattern:
            return re.fullmatch(self.pattern, text) is not None
        number = read_number(text)
        return number is not None and 0 <= number <= LARGEST and (not self.step or number % self.step == 0)

    def in_browser(self) -> dict[str, Any]:
        """What `restore_parts.js` takes."""
        pattern = self.pattern or (None if self.values else NUMBER)
        kinds = {"values": list(self.values), "step": self.step, "pattern": pattern}
        return {"name": self.name, "plain": self.plain, "text": bool(self.pattern), **kinds}


def read_number(text: str) -> float | None:
    """A number in plain digits; None for any other text."""
    return float(text) if re.fullmatch(NUMBER, text) else None


def read_pair(text: str) -> tuple[str, str] | None:
    """Two different labels that a comma parts; None for anything else."""
    first, _, second = text.partition(",")
    return (first, second) if first != second and {first, second} <= set(LABELS) else None


def _written(value: Any) -> str:
    return "1" if value is True else "0" if value is False else str(value)


_SWITCH = (False, True)
_AXIS_VALUES = TEXT.replace("200", str(LONGEST_TEXT))
PARTS: Mapping[str, Part] = {
    part.name: part
    for part in (
        Part("draw", "legacy", MODES),
        Part("attributes", 3, tuple(range(1, MOST_ATTRIBUTES + 1))),
        Part("least", DEFAULT_THRESHOLD, step=1),
        Part("threshold", DEFAULT_THRESHOLD, step=1),
        Part("g-x", "strength", tuple(AXES)),
        Part("g-x-values", AXES["strength"].example, pattern=_AXIS_VALUES),
        Part("g-y", "seed", ("", *AXES)),
        Part("g-y-values", AXES["seed"].example, pattern=_AXIS_VALUES),
        Part("d-lift", 0),
        Part("d-tier", int(Tier.RANDOM), tuple(map(int, Tier))),
        Part("d-split", "", ("", *SPLITS)),
        Part("d-blurry", False, _SWITCH),
        Part("d-strict", False, _SWITCH),
        Part("d-section", SECTIONS[0], SECTIONS),
        Part("d-find", "", pattern=TEXT),
        Part("d-which", SHOWN_PROMPTS[0], SHOWN_PROMPTS),
        Part("d-people", "", ("", *GENDERS)),
        Part("d-page", "", pattern=TEXT),
        Part("d-gender", "female", GENDERS),
        Part("d-pair", "", pattern=_PAIR),
        Part("d-shares", "female", GENDERS),
        Part("d-mode", "legacy", MODES),
        Part("d-kept", False, _SWITCH),
        Part("about", "", pattern=TEXT),
        Part("d-finding", "", ("", *(finding.name for finding in FINDINGS))),
    )
}

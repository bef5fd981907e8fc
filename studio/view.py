"""What the page shows, as the part of its address after the question mark, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from generation.links import PARTS as LINK_PARTS
from generation.links import read_adapter, read_parts, write_adapter, write_link
from generation.recipe import Recipe
from prompt_engine.errors import InvalidSelection, PromptEngineError
from prompt_engine.nearest import name_advice
from prompt_engine.query import Query
from prompt_engine.realiser import parse, realise
from prompt_engine.selection import Selection
from studio.address_parts import PARTS
from studio.address_values import read_value, write_value

TABS = ("explore", "models", "grid", "dataset", "adapter", "about")
LONGEST_ADDRESS = 4_000  # characters; the page's own stay far below
MOST_TOLD = 10  # sentences about what a link cannot mean
_LISTS = ("with", "without")
_CHOICE = frozenset(("gender", *_LISTS))
# What each part of the address sets; the order is the one in which it is written.
_NAMES = {
    "tab": "tab",
    "gender": "gender",
    "with": "wanted",
    "without": "unwanted",
    "unusual": "unusual",
    "split": "split",
    "blurry": "blurry",
    "strict": "strict",
    "images": "version",
    "faces": "faces_seed",
    "seed": "seed",
    "steps": "steps",
    "guidance": "guidance",
    "strength": "strength",
    "model": "model",
    "adapter": "adapter",
    "size": "size_px",
    "caching": "step_caching",
    "prompt": "prompt",
    "made": "made",
}
# What of the view a recipe holds under its own names, its choice and its adapter aside.
RECIPE_FIELDS: Mapping[str, str] = {
    "seed": "seed",
    "steps": "steps",
    "guidance": "guidance",
    "strength": "adapter_scale",
    "model": "model",
    "size_px": "size_px",
    "step_caching": "step_caching",
    "prompt": "prompt",
}
_OF_OTHERS = frozenset(
    ("view", "deep_link", "session_hash", "logs", "fbclid", "gclid", "msclkid", "igsh", "mc_cid", "mc_eid")
)
_BESIDE_RECIPE = ("tab", "unusual", "split", "blurry", "strict", "version", "faces_seed")


@dataclass(frozen=True)
class View:
    """All that a link brings back; None stands for what the page takes by itself.

    `adapter` is written as in a link: `owner/name@0123456`, or `none`. Several answers to one exclusive
    bucket are unusual, whether or not the link says so. `made` is the seed of the portraits that are shown,
    where the next ones are to have another.

    Raises:
        PromptEngineError: a choice that cannot be made.
    """

    gender: str = "female"
    wanted: tuple[str, ...] = ()
    unwanted: tuple[str, ...] = ()
    tab: str = "explore"
    unusual: bool = False
    split: str | None = None
    blurry: str = "out"
    strict: bool = False
    version: str | None = None
    faces_seed: int = 0
    seed: int | None = None
    steps: int | None = None
    guidance: float | None = None
    strength: float | None = None
    model: str | None = None
    adapter: str | None = None
    size_px: int | None = None
    step_caching: str | None = None
    prompt: str | None = None
    made: int | None = None

    def __post_init__(self) -> None:
        if self.tab not in TABS:
            raise InvalidSelection(f"Unknown tab {self.tab!r}: {name_advice(self.tab, TABS)}")
        _ = self.query  # whether its images can be asked about
        selection = self.selection  # whose order is kept, so that equal choices have equal addresses
        object.__setattr__(self, "wanted", selection.wanted)
        object.__setattr__(self, "unwanted", selection.unwanted)
        object.__setattr__(self, "unusual", self.unusual or bool(selection.crowded))

    @property
    def selection(self) -> Selection:
        """What is chosen."""
        return Selection(self.gender, self.wanted, self.unwanted)

    @property
    def query(self) -> Query:
        """What is asked of the dataset."""
        return Query.of(self.selection, self.within)

    @property
    def within(self) -> Query:
        """Which images count."""
        return Query(split=self.split, blurry=self.blurry, strict=self.strict)

    def to_address(self) -> str:
        """`gender=female&with=Smiling,Young`: the gender, and whatever is not as the page would have it."""
        plain = View()
        parts = {
            name: write_value(getattr(self, field))
            for name, field in _NAMES.items()
            if field == "gender" or getattr(self, field) != getattr(plain, field)
        }
        return urlencode(parts, safe=",/@", quote_via=quote)

    def to_link(self, recipe: Recipe, address: str) -> str:
        """The link of at most 200 characters that opens a recipe in this view, at the page's public address.

        Raises:
            LinkTooLong, InvalidRecipe: as `write_link`.
        """
        plain = View(self.gender, self.wanted, self.unwanted)
        parts = {
            name: write_value(getattr(self, field))
            for name, field in _NAMES.items()
            if field in _BESIDE_RECIPE and getattr(self, field) != getattr(plain, field)
        }
        return write_link(recipe, address, urlencode(parts, quote_via=quote))

    def recipe_fields(self) -> dict[str, Any]:
        """What the view says of a recipe, which takes the rest from its model or draws it."""
        said = {name: getattr(self, field) for field, name in RECIPE_FIELDS.items()}
        fields = {name: value for name, value in said.items() if value is not None}
        if self.adapter is not None:
            fields |= read_adapter(self.adapter)
        if self.prompt is None:
            return fields | {"selection": self.selection, "prompt": realise(self.selection)}
        return fields | {"selection": said_in(self.prompt)}

    @classmethod
    def from_address(cls, address: str, plain: View | None = None) -> tuple[View, tuple[str, ...]]:
        """The view that an address names, and a sentence for each part of it that had to be left out.

        An address that names no choice means the one of `plain`.
        """
        if len(address) > LONGEST_ADDRESS:
            told = f"The link has {len(address):,} characters: it is left out. Links of this page have fewer "
            return plain or cls(), (f"{told}than {LONGEST_ADDRESS:,}.",)
        problems: list[str] = []
        parts = _parts(address, problems)
        view = cls() if plain is None or _CHOICE & parts.keys() else plain
        if "v" in parts:
            view = _linked(view, {name: parts.pop(name) for name in LINK_PARTS & parts.keys()}, problems)
        for name, text in sorted(parts.items(), key=lambda part: part[0] != "gender"):
            if name in _NAMES:
                view = _with(view, name, text, problems)
            elif name in PARTS and not PARTS[name].allows(text):
                problems.append(_no_value(name, text))
            elif name not in PARTS and not _is_anothers(name):
                problems.append(f"The link’s part {name!r} means nothing here: it is left out.")
        return view, _told(problems)


def _linked(view: View, parts: Mapping[str, str], problems: list[str]) -> View:
    """The view that a recipe's link opens."""
    fields, told = read_parts(parts)
    problems += told
    return with_recipe(view, fields)


def with_recipe(view: View, fields: Mapping[str, Any]) -> View:
    """The view of a recipe of which some fields are known: its choice, if it has one, and its settings."""
    selection = fields.get("selection")
    if selection is not None or "prompt" in fields:
        chosen = selection or Selection("female")
        view = replace(view, gender=chosen.gender, wanted=chosen.wanted, unwanted=chosen.unwanted)
    values = {field: fields[name] for field, name in RECIPE_FIELDS.items() if name in fields}
    if "adapter" in fields:
        values["adapter"] = write_adapter(fields["adapter"], fields.get("adapter_revision"))
    if selection is not None and values.get("prompt") == realise(selection):
        del values["prompt"]
    return replace(view, **values)


def said_in(prompt: str) -> Selection | None:
    """The choice that a sentence of ours says; None for any other."""
    try:
        return parse(prompt)
    except PromptEngineError:
        return None


def _told(problems: Sequence[str]) -> tuple[str, ...]:
    """The first of them; how many more there are."""
    more = len(problems) - MOST_TOLD
    rest = (f"{more:,} more parts of the link are left out.",) if more > 1 else tuple(problems[MOST_TOLD:])
    return (*problems[:MOST_TOLD], *rest)


def _parts(address: str, problems: list[str]) -> dict[str, str]:
    """What each part says: a list said twice all of it, of anything else the first, as in the browser."""
    parts: dict[str, str] = {}
    for name, text in parse_qsl(address.removeprefix("?"), keep_blank_values=True):
        if name not in parts:
            parts[name] = text
        elif name in _LISTS:
            parts[name] += f",{text}"
        elif name in _NAMES or name in PARTS or name in LINK_PARTS:
            problems.append(f"The link says {name!r} twice: {name}={text!r} is left out.")
    return parts


def _is_anothers(name: str) -> bool:
    """Whether Gradio, a Space, or a network that counts clicks puts this part into addresses."""
    return name.startswith(("__", "utm_")) or name in _OF_OTHERS


def _with(view: View, name: str, text: str, problems: list[str]) -> View:
    """The view with one part more; of a list, each member that goes with the others."""
    field = _NAMES[name]
    try:
        for value in _values(view, field, text):
            view = _replaced(view, field, value, problems)
    except ValueError:
        problems.append(_no_value(name, text))
    return view


def _no_value(name: str, text: str) -> str:
    return f"The link says {name}={text!r}, which is no value for it: it is left out."


def _values(view: View, field: str, text: str) -> list[Any]:
    """What to set a field to, one after the other."""
    value = read_value(_KINDS[field], text)
    return [(each,) for each in value] if isinstance(value, tuple) else [value]


def _replaced(view: View, field: str, value: Any, problems: list[str]) -> View:
    try:
        return replace(view, **{field: getattr(view, field) + value if isinstance(value, tuple) else value})
    except PromptEngineError as error:
        problems.append(str(error))
        return view


_KINDS: Mapping[str, str] = {field.name: str(field.type) for field in fields(View)}

"""A recipe as a link of at most 200 characters, and back: what is after the question mark, strictly read.

`v=1&a=fVj-F&m=large&l=owner/name@0123456&s=42&n=28&g=3.5&w=0.75&p=1024`: schema, attributes (gender, wanted,
unwanted), model, adapter, seed, steps, guidance, strength and size. Numbers that the model would choose by
itself are said too: a later version of the app may choose others.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, quote_plus

from generation.errors import InvalidRecipe, LinkTooLong
from generation.recipe import SHORT_REVISION, Recipe
from generation.recipe_fields import is_shared_adapter, usable_fields
from prompt_engine.attributes import LABELS
from prompt_engine.errors import PromptEngineError
from prompt_engine.realiser import realise
from prompt_engine.selection import Selection

SCHEMA = 1
LONGEST_LINK = 200
LONGEST_READ = 4_000  # whoever edits one by hand may say more
COMMIT_LENGTH = 40
NO_ADAPTER = "none"

# One character for each attribute, in CelebA's order, which never changes.
_CODES = dict(zip(string.digits + string.ascii_letters, LABELS, strict=False))
_CODE_OF = {label: code for code, label in _CODES.items()}
_GENDERS = {"f": "female", "m": "male"}
_CACHINGS = {"t": "taylorseer"}
_CODE_OF_CACHING = {name: code for code, name in _CACHINGS.items()}
_NUMBER = r"[0-9]{1,10}(\.[0-9]{1,20})?(e-[0-9]{1,3})?"  # as Python writes what a recipe can hold
_NAMES = {
    "q": "prompt",
    "m": "model",
    "l": "adapter",
    "s": "seed",
    "n": "steps",
    "g": "guidance",
    "w": "adapter_scale",
    "p": "size_px",
    "c": "step_caching",
}
PARTS = frozenset(("v", "a", *_NAMES))


def write_link(recipe: Recipe, address: str, rest: str = "") -> str:
    """The link that opens a recipe at the page's public address; `rest` are other parts of it, written.

    An adapter's commit stands there whole if it fits, so that the Hub need not be asked which one is meant;
    else its beginning, which the Hub knows too.

    Raises:
        LinkTooLong: the prompt or the adapter's name does not fit.
        InvalidRecipe: the adapter is a file of this machine, which no link can name.
    """
    if not is_shared_adapter(recipe.adapter):
        raise InvalidRecipe(
            f"The adapter {recipe.adapter!r} is a file of this machine: put it on the Hub to share a link."
        )
    for length in (COMMIT_LENGTH, SHORT_REVISION):
        adapter = write_adapter(recipe.adapter, recipe.adapter_revision, length)
        parts = {"v": str(SCHEMA), **_written(recipe, adapter)}
        written = [f"{name}={quote_plus(text, safe='/@,-')}" for name, text in parts.items()]
        link = f"{address}?{'&'.join([*written, *filter(None, [rest])])}"
        if len(link) <= LONGEST_LINK:
            return link
    raise LinkTooLong(
        f"The link would have {len(link):,} characters, and {LONGEST_LINK} are sure to arrive whole: "
        "shorten the prompt or the adapter's name, or share the PNG, which carries everything."
    )


def recipe_from_link(link: str) -> Recipe:
    """The recipe of a link, or of the part of it after the question mark.

    Its other parts are longer than a character: they belong to the page, or to whoever passed the link on.

    Raises:
        InvalidRecipe: with a sentence for each part that is absent, unknown, said twice or unusable.
    """
    if len(link) > LONGEST_READ:
        raise InvalidRecipe(f"The link has {len(link):,} characters: links have at most {LONGEST_LINK}.")
    query = (link.partition("?")[2] or link).partition("#")[0]
    pairs = [pair for pair in parse_qsl(query, keep_blank_values=True) if len(pair[0]) <= 1]
    if "v" not in dict(pairs):
        raise InvalidRecipe("The link carries no recipe: give one that Share made, which begins with ?v=1.")
    fields, problems = read_parts(dict(pairs))
    times = Counter(name for name, _ in pairs)
    problems += [f"The link’s part {name!r} means nothing here." for name in times if name not in PARTS]
    problems += [f"The link says {name!r} {count} times." for name, count in times.items() if count > 1]
    problems += [f"The link has no {name}." for name in ("prompt", "seed") if name not in fields]
    if problems:
        raise InvalidRecipe(problems)
    return Recipe(**fields)


def read_parts(parts: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """The fields of a recipe that a link's parts name, and a sentence for each part that is left out."""
    if parts.get("v") != str(SCHEMA):
        told = f"of schema {parts['v'][:80]!r}" if "v" in parts else "of no schema"
        return {}, [f"The link is {told}, and this app reads schema {SCHEMA}: its recipe is left out."]
    problems: list[str] = []
    values: dict[str, Any] = {}
    if "a" in parts:
        selection = _read_selection(parts["a"], problems)
        values |= {"selection": selection, "prompt": realise(selection)} if selection else {}
    for name in _NAMES.keys() & parts.keys():
        try:
            values |= _read(name, parts[name])
        except ValueError:
            problems.append(f"The link says {name}={parts[name][:80]!r}, which is no value for it.")
    fields, unusable = usable_fields(values)
    return fields, sorted(problems) + unusable


def write_adapter(adapter: str | None, revision: str | None, length: int = COMMIT_LENGTH) -> str:
    """An adapter as links name it, `owner/name@0123456` or `none`; of a commit so many characters."""
    if adapter is None:
        return NO_ADAPTER
    name, _, asked = adapter.partition("@")
    revision = revision or asked
    if name == "demo":
        length = SHORT_REVISION  # nobody asks for it: it is only compared
    shown = revision[:length] if re.fullmatch("[0-9a-f]{40}|[0-9a-f]{64}", revision) else revision
    return f"{name}@{shown}" if shown else name


def read_adapter(text: str) -> dict[str, Any]:
    """The fields of a recipe that `write_adapter` wrote.

    Of the built-in adapter the revision may be the beginning of one: there is no repository to ask for it.

    Raises:
        ValueError: that revision is none.
    """
    name, _, revision = text.partition("@")
    if name == NO_ADAPTER:
        return {"adapter": None}
    if name == "demo" and revision:
        return {"adapter": name, "adapter_revision": _matching("[0-9a-f]{7,64}", revision)}
    return {"adapter": text}


def _written(recipe: Recipe, adapter: str) -> dict[str, str]:
    """What is not there (a selection, step caching) is left out."""
    selection, parts = recipe.selection, {}
    if selection is not None:
        parts["a"] = _write_selection(selection)
    if selection is None or recipe.prompt != realise(selection):
        parts["q"] = recipe.prompt
    parts |= {"m": recipe.model, "l": adapter, "s": str(recipe.seed), "n": str(recipe.steps)}
    parts |= {"g": _write_number(recipe.guidance), "w": _write_number(recipe.adapter_scale)}
    parts["p"] = str(recipe.size_px)
    if recipe.step_caching:
        parts["c"] = _CODE_OF_CACHING[recipe.step_caching]
    return parts


def _write_selection(selection: Selection) -> str:
    sides = ["".join(map(_CODE_OF.__getitem__, side)) for side in (selection.wanted, selection.unwanted)]
    return f"{selection.gender[0]}{'-'.join(sides).removesuffix('-')}"


def _write_number(number: float) -> str:
    return repr(number).removesuffix(".0")


def _read_selection(text: str, problems: list[str]) -> Selection | None:
    """As much of the choice as goes together."""
    if text[:1] not in _GENDERS or not text:
        problems.append(f"The link says a={text[:80]!r}, which begins with no gender: f or m.")
        return None
    selection = Selection(_GENDERS[text[0]])
    wanted, _, unwanted = text[1:].partition("-")
    for side, codes in (("wanted", wanted), ("unwanted", unwanted)):
        for code in codes[: len(LABELS)]:
            selection = _with(selection, side, code, problems)
    return selection


def _with(selection: Selection, side: str, code: str, problems: list[str]) -> Selection:
    if code not in _CODES:
        problems.append(f"The link’s attribute {code!r} is unknown.")
        return selection
    sides = {"wanted": selection.wanted, "unwanted": selection.unwanted}
    try:
        return Selection(selection.gender, **(sides | {side: (*sides[side], _CODES[code])}))
    except PromptEngineError as error:
        problems.append(str(error))
        return selection


def _read(name: str, text: str) -> dict[str, Any]:
    """The field that a part names.

    Raises:
        ValueError: the text is no value for it.
    """
    if name == "l":
        return read_adapter(text)
    if name in ("s", "n", "p"):
        return {_NAMES[name]: int(_matching("[0-9]{1,10}", text))}
    if name in ("g", "w"):
        return {_NAMES[name]: float(_matching(_NUMBER, text))}
    if name == "c":
        return {_NAMES[name]: _CACHINGS[_matching("|".join(_CACHINGS), text)]}
    return {_NAMES[name]: text}


def _matching(pattern: str, text: str) -> str:
    if not re.fullmatch(pattern, text):
        raise ValueError(text)
    return text

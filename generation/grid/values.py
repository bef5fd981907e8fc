"""The values of a grid's axis, from text: `10, 20, 30`, `1-5`, `1-10[5]`, `0-1(+0.25)`, or names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import islice

from generation.adapters.names import check_printable
from generation.errors import AdapterRejected, InvalidRecipe
from generation.links import NO_ADAPTER
from generation.models import MODELS, model_spec
from prompt_engine.attributes import ATTRIBUTES
from prompt_engine.nearest import name_advice

MOST_VALUES = 5
LONGEST_TEXT = 500  # characters

Value = str | int | float | None

_NUMBER = r"[0-9]{1,10}(?:\.[0-9]{1,6})?"
_SPAN = re.compile(rf"({_NUMBER})-({_NUMBER})(?:\[([0-9]{{1,3}})\]|\(\+({_NUMBER})\))?")
_ATTRIBUTES = {
    name.casefold().replace("_", " "): each.label for each in ATTRIBUTES for name in (each.title, each.label)
}


def read_values(title: str, text: str, read: Callable[[str], list[Value]]) -> tuple[Value, ...]:
    """One to five different values that commas part; `title` says in a refusal whose they are.

    Raises:
        InvalidRecipe: with a sentence for each part that is no value.
    """
    if len(text) > LONGEST_TEXT:
        raise InvalidRecipe(f"{title} has {len(text):,} characters: use at most {LONGEST_TEXT}.")
    found: list[Value] = []
    problems: list[str] = []
    for part in filter(None, map(str.strip, text.split(","))):
        try:
            found += read(part)
        except (InvalidRecipe, AdapterRejected) as error:
            problems.append(f"{title}: {error}")
    problems += [f"{title}: {value} is given twice, keep it once." for value in _repeated(found)]
    if len(found) > MOST_VALUES:
        problems.append(f"{title} has more than {MOST_VALUES} values: keep {MOST_VALUES} or fewer.")
    if problems:
        raise InvalidRecipe(problems)
    return tuple(found)


def read_whole(text: str) -> list[Value]:
    """`20`, `10-13` (each of them), `1-10[5]` (five, evenly apart), or `10-30(+10)`."""
    return [int(number) for number in _numbers(text, whole=True)]


def read_number(text: str) -> list[Value]:
    """`0.5`, `0-1[5]` (five, evenly apart), or `0-1(+0.25)`."""
    return [round(number, 6) for number in _numbers(text, whole=False)]


def read_model(text: str) -> list[Value]:
    """A model's key, or its title."""
    titles = {spec.title.casefold(): key for key, spec in MODELS.items()}
    return [model_spec(titles.get(text.casefold(), text.casefold())).key]


def read_adapter(text: str) -> list[Value]:
    """An adapter's name; None for `none`."""
    check_printable(text)
    return [None if text.casefold() == NO_ADAPTER else text]


def read_attribute(text: str) -> list[Value]:
    """An attribute's label, from the label or the title; None for `none`: the choice as it is."""
    name = text.casefold().replace("_", " ")
    if name == NO_ADAPTER:
        return [None]
    if name not in _ATTRIBUTES:
        raise InvalidRecipe(f"Unknown attribute {text!r}: {name_advice(text, _ATTRIBUTES.values())}")
    return [_ATTRIBUTES[name]]


def _numbers(text: str, whole: bool) -> list[float]:
    """The numbers of one part; of a span that has more than fit, one too many."""
    bare = text.replace(" ", "")
    span = _SPAN.fullmatch(bare)
    numbers = [bare] if span is None else [each for each in (span[1], span[2], span[4]) if each]
    if not all(re.fullmatch(_NUMBER, each) for each in numbers):
        examples = "20, 10-13 or 1-10[5]" if whole else "0.5, 0-1[5] or 0-1(+0.25)"
        raise InvalidRecipe(f"{text!r} is no number and no range: write it as in {examples}.")
    if whole and any("." in each for each in numbers):
        raise InvalidRecipe(f"{text!r} is not whole: give whole numbers.")
    if span is None:
        return [float(bare)]
    return list(islice(_between(span, text, whole), MOST_VALUES + 1))


def _between(span: re.Match[str], text: str, whole: bool) -> Iterator[float]:
    first, last = float(span[1]), float(span[2])
    if span[3]:
        count = int(span[3])
        if count < 2:
            raise InvalidRecipe(f"{text!r} asks for {count} of a range: ask for 2 or more.")
        for index in range(min(count, MOST_VALUES + 1)):
            yield first + (last - first) * index / (count - 1)
        return
    if span[4] is None and not whole:
        raise InvalidRecipe(f"{text!r} does not say how many: write {span[1]}-{span[2]}[5] for five.")
    step = float(span[4] or 1)
    if step <= 0 or last < first:
        raise InvalidRecipe(f"{text!r} goes nowhere: begin with the smaller number, and step by more than 0.")
    # Counted instead of added up: of 0.1 and 0.1 and so on, the last may miss its place.
    for index in range(int((last - first) / step + 1e-9) + 1):
        yield first + step * index


def _repeated(values: list[Value]) -> list[Value]:
    return sorted({value for value in values if values.count(value) > 1}, key=str)

"""The inputs of the page, and how their values become a choice, a question, a View and a Recipe."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from generation.recipe import STEP_CACHINGS, Recipe
from prompt_engine.buckets import BUCKET_NAMES, buckets, offered
from prompt_engine.query import Query
from prompt_engine.realiser import realise
from prompt_engine.seeds import draw_seed
from prompt_engine.selection import Selection
from studio.adapter_choice import meant_adapter
from studio.options import ANY, WITHOUT
from studio.view import View

CHOICE = ("gender", *BUCKET_NAMES, WITHOUT, "unusual")
FILTERS = ("split", "blurry", "strict")
OF_VIEW = (*CHOICE, *FILTERS, "version", "faces_seed")

Values = Mapping[str, Any]  # what the inputs hold, by their names in `Controls`


@dataclass(frozen=True)
class Controls:
    """Every input component by its name."""

    by_name: Mapping[str, gr.components.Component]

    def __getitem__(self, name: str) -> gr.components.Component:
        return self.by_name[name]

    @property
    def all(self) -> set[gr.components.Component]:
        """What a handler takes that reads `values`."""
        return set(self.by_name.values())

    @property
    def of_view(self) -> set[gr.components.Component]:
        """What a handler takes that reads the view alone.

        No settings: while those of another model are on their way, some are beyond what their sliders take,
        and Gradio refuses them.
        """
        return set(self.of(*OF_VIEW))

    def of(self, *names: str) -> list[gr.components.Component]:
        """Some of them, in the order of `names`."""
        return [self.by_name[name] for name in names]

    def values(self, held: Mapping[gr.components.Component, Any]) -> Values:
        """What a handler was given, by name."""
        return {name: held[component] for name, component in self.by_name.items() if component in held}


@dataclass(frozen=True)
class Choice:
    """What the inputs say, whether or not it goes together."""

    gender: str
    wanted: tuple[str, ...]
    unwanted: tuple[str, ...]
    unusual: bool

    @classmethod
    def of(cls, view: View) -> Choice:
        """The choice that a view shows."""
        return cls(view.gender, view.wanted, view.unwanted, view.unusual)

    def checked(self) -> Selection:
        """The Selection.

        Raises:
            InvalidSelection: it does not go together.
        """
        return Selection(self.gender, self.wanted, self.unwanted)


def read_choice(values: Values) -> Choice:
    """What is chosen that the gender offers; unless unusual, the first of each exclusive bucket."""
    gender, unusual = values["gender"], bool(values["unusual"])
    wanted: list[str] = []
    for bucket in buckets(gender):
        labels = [label for label in _labels(values[bucket.name]) if label in bucket.options]
        wanted += labels if unusual or bucket.repeatable else labels[:1]
    unwanted = tuple(label for label in _labels(values[WITHOUT]) if label in offered(gender))
    return Choice(gender, tuple(wanted), unwanted, unusual)


def read_within(values: Values) -> Query:
    """Which images count."""
    return Query(split=values["split"] or None, blurry=values["blurry"], strict=bool(values["strict"]))


def read_view(values: Values, choice: Choice | None = None) -> View:
    """What the page shows, its settings aside; of `choice`, if one is given, instead of what is chosen.

    Raises:
        InvalidSelection: the choice does not go together.
    """
    choice = choice or read_choice(values)
    within = read_within(values)
    return View(
        gender=choice.gender,
        wanted=choice.wanted,
        unwanted=choice.unwanted,
        unusual=choice.unusual,
        split=within.split,
        blurry=within.blurry,
        strict=within.strict,
        version=values["version"] or None,
        faces_seed=values["faces_seed"] or 0,
    )


def read_recipe(values: Values, adapters_for: Callable[[str], Sequence[str]]) -> Recipe:
    """The Recipe that is asked for, with one of the adapters that are offered for its model or of the Hub's.

    Its seed is drawn here if the visitor wants a new one.

    Raises:
        InvalidSelection, InvalidRecipe: it cannot be made.
    """
    selection = read_choice(values).checked()
    seed, model = values["seed"], values["model"]
    return Recipe(
        prompt=realise(selection),
        selection=selection,
        model=model,
        adapter=meant_adapter(values["adapter"], adapters_for(model)),
        seed=draw_seed() if values["new_seed"] or seed is None else whole(seed),
        steps=whole(values["steps"]),
        guidance=float(values["guidance"]),
        adapter_scale=float(values["strength"]),
        size_px=values["size"],
        step_caching=STEP_CACHINGS[0] if values["caching"] else None,
    )


def whole(number: float) -> Any:
    """The browser knows one kind of number; what has a fraction goes on as it is, to be refused in words."""
    return int(number) if number == int(number) else number


def _labels(value: str | list[str] | None) -> list[str]:
    if isinstance(value, list):
        return value
    return [value] if value and value != ANY else []

"""Opens a view: what of it this app can show, and what the inputs have to hold to show it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import gradio as gr

from generation.errors import GenerationError
from generation.recipe import Recipe
from prompt_engine.errors import PromptEngineError
from prompt_engine.faces import FaceSource
from prompt_engine.query import Query
from studio.controls import Values
from studio.services import Services
from studio.view import View

_RECIPE_FIELDS = {"seed": "seed", "steps": "steps", "guidance": "guidance", "strength": "adapter_scale"}


def open_view(address: str, services: Services) -> tuple[View, tuple[str, ...]]:
    """The view that an address names, and a sentence for each part that cannot be shown here."""
    view, problems = View.from_address(address, services.plain_view)
    found = [*problems]
    view = _with_known_images(view, services.faces, found)
    return _with_possible_settings(view, services.example_recipe, found), tuple(found)


def write_view(view: View, recipe: Recipe, held: Values) -> dict[str, Any]:
    """An update for every input that is no dropdown of the choice and does not show the view yet, by name."""
    wanted = {
        "gender": view.gender,
        "unusual": view.unusual,
        "split": view.split or "",
        "blurry": view.blurry,
        "strict": view.strict,
        "version": view.version or "",
        "faces_seed": view.faces_seed,
        "seed": held["seed"] if view.seed is None else view.seed,
        "new_seed": view.seed is None,
        "steps": recipe.steps if view.steps is None else view.steps,
        "guidance": recipe.guidance if view.guidance is None else view.guidance,
        "strength": recipe.adapter_scale if view.strength is None else view.strength,
    }
    updates = {name: gr.update(value=value) for name, value in wanted.items() if value != held[name]}
    if wanted["new_seed"] != held["new_seed"]:
        updates["seed"] = gr.update(value=wanted["seed"], interactive=not wanted["new_seed"])
    return updates


def _with_known_images(view: View, source: FaceSource, problems: list[str]) -> View:
    for field, query in (
        ("split", Query(split=view.split)),
        ("blurry", Query(blurry=view.blurry)),
        ("strict", Query(strict=view.strict)),
    ):
        try:
            source.match_count(query)
        except PromptEngineError as problem:
            problems.append(str(problem))
            view = _plain(view, field)
    if view.version not in (None, *source.versions):
        problems.append(f"There are no {view.version!r} images here: the usual ones are shown.")
        view = replace(view, version=None)
    return view


def _with_possible_settings(view: View, recipe: Recipe, problems: list[str]) -> View:
    for field, setting in _RECIPE_FIELDS.items():
        value = getattr(view, field)
        try:
            if value is not None:
                replace(recipe, **{setting: value})
        except GenerationError as problem:
            problems.append(str(problem))
            view = _plain(view, field)
    return view


def _plain(view: View, field: str) -> View:
    """The view with one field as the page would have it."""
    plain: dict[str, Any] = {field: getattr(View(), field)}
    return replace(view, **plain)

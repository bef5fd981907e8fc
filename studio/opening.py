"""Opens a view: what of it this app can show, and what the inputs have to hold to show it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import gradio as gr

from generation.links import NO_ADAPTER
from generation.models import MODELS
from generation.recipe import Recipe, means_revision
from generation.recipe_fields import usable_fields
from prompt_engine.errors import PromptEngineError
from prompt_engine.faces import FaceSource
from prompt_engine.query import Query
from studio.controls import Values
from studio.services import Services
from studio.view import RECIPE_FIELDS, View


def open_view(address: str, services: Services) -> tuple[View, tuple[str, ...]]:
    """The view that an address names, and a sentence for each part that cannot be shown here."""
    view, problems = View.from_address(address, services.plain_view)
    found = [*problems]
    view = _with_known_images(view, services.faces, found)
    view = _with_offered(view, services, found)
    return _with_possible_settings(view, services.model, found), tuple(found)


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


def _with_offered(view: View, services: Services, problems: list[str]) -> View:
    """The view without what the page has no input for, told where it is not what the page does anyway."""
    recipe = services.example_recipe
    told = {
        "model": _other_model(view.model, services.model),
        "adapter": _other_adapter(view.adapter, recipe),
        "prompt": view.prompt and "The link brings a prompt of its own: this page writes it of the choice.",
        "step_caching": view.step_caching and "The link skips steps: this page computes every one.",
    }
    problems += [sentence for sentence in told.values() if sentence]
    for field in told:
        view = _plain(view, field)
    return view


def _other_model(model: str | None, own: str) -> str | None:
    if model in (None, own):
        return None
    title = MODELS[model].title if model in MODELS else repr(model)
    return f"The link is about {title}: this page makes portraits with the {MODELS[own].title}."


def _other_adapter(adapter: str | None, recipe: Recipe) -> str | None:
    if adapter == NO_ADAPTER:
        return "The link is about the vanilla portrait alone: this page makes both."
    name, _, revision = (adapter or "").partition("@")
    if name not in ("", recipe.adapter):
        return f"The link is about the adapter {adapter!r}: this page has the adapter {recipe.adapter!r}."
    if recipe.adapter_revision and not means_revision(revision or None, recipe.adapter_revision):
        return f"The link was made with another version of the adapter {name!r}: the portraits may differ."
    return None


def _with_possible_settings(view: View, model: str, problems: list[str]) -> View:
    asked = view.recipe_fields()
    fields, told = usable_fields(asked, model)
    problems += told
    for field, name in RECIPE_FIELDS.items():
        if name in asked.keys() - fields.keys():
            view = _plain(view, field)
    return replace(view, size_px=None)  # where it is possible, it is the only one of this page's model


def _plain(view: View, field: str) -> View:
    """The view with one field as the page would have it."""
    plain: dict[str, Any] = {field: getattr(View(), field)}
    return replace(view, **plain)

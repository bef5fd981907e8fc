"""Opens a view: what of it this app can show, and what the inputs have to hold to show it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import gradio as gr

from generation.errors import GenerationError
from generation.models import model_spec
from generation.recipe import STEP_CACHINGS, Recipe, means_revision
from generation.recipe_fields import usable_fields
from prompt_engine.errors import PromptEngineError
from prompt_engine.faces import FaceSource
from prompt_engine.query import Query
from prompt_engine.realiser import realise
from studio.adapter_choice import meant_adapter, usual_adapter
from studio.controls import Values
from studio.portrait_settings import model_updates, settings_of, usual_recipe
from studio.services import Services
from studio.view import RECIPE_FIELDS, View, said_in

BUILT_IN = "demo"
OWN_PROMPT = (
    "This prompt is in somebody’s own words: the tab Models has taken it over, and makes portraits of it. "
    "Generate makes them of the choice on Explore."
)


def open_view(address: str, services: Services) -> tuple[View, tuple[str, ...]]:
    """The view that an address names, and a sentence for each part that cannot be shown here."""
    view, problems = View.from_address(address, services.plain_view)
    found = [*problems]
    view = _with_known_images(view, services.faces, found)
    view = _with_words_of_choice(view, found)
    view = _with_possible_settings(view, services.model, found)
    view = _with_known_adapter(view, services, found)
    return _without_the_usual(view, services), tuple(found)


def write_view(view: View, services: Services, held: Values) -> dict[str, Any]:
    """An update for every input that is no dropdown of the choice and does not show the view yet, by name."""
    wanted = {
        "gender": view.gender,
        "unusual": view.unusual,
        "split": view.split or "",
        "blurry": view.blurry,
        "strict": view.strict,
        "version": view.version or "",
        "faces_seed": view.faces_seed,
        "seed": next((seed for seed in (view.seed, view.made) if seed is not None), held["seed"]),
        "new_seed": view.seed is None,
    }
    settings = wanted_settings(view, services)
    updates = {name: gr.update(value=value) for name, value in wanted.items() if value != held[name]}
    if wanted["new_seed"] != held["new_seed"]:
        updates["seed"] = gr.update(value=wanted["seed"], interactive=not wanted["new_seed"])
    if settings["model"] != held["model"]:
        model = {"model": gr.update(value=settings["model"])}
        return updates | model | model_updates(services, settings)
    changed = {name: gr.update(value=value) for name, value in settings.items() if value != held[name]}
    if "adapter" in changed:
        changed["strength"] = model_updates(services, settings)["strength"]
    return updates | changed


def wanted_settings(view: View, services: Services) -> dict[str, Any]:
    """What the settings of the portraits have to show: what the view says, else what its model takes."""
    model = view.model or services.model
    recipe = usual_recipe(services, model)
    usual = settings_of(recipe, usual_adapter(services.adapters_for(model)))
    said = {
        "adapter": view.adapter,
        "steps": view.steps,
        "guidance": view.guidance,
        "strength": view.strength,
        "size": view.size_px,
        "caching": None if view.step_caching is None else True,
    }
    return usual | {name: value for name, value in said.items() if value is not None}


def wanted_recipe(view: View, services: Services) -> Recipe | None:
    """The recipe that a view names, with what the page takes where it says nothing; None without a seed."""
    seed = view.made if view.seed is None else view.seed
    if seed is None:
        return None
    settings = wanted_settings(view, services)
    return Recipe(
        prompt=view.prompt or realise(view.selection),
        selection=None if view.prompt else view.selection,
        seed=seed,
        model=settings["model"],
        adapter=meant_adapter(settings["adapter"], services.adapters_for(settings["model"])),
        adapter_scale=settings["strength"],
        steps=settings["steps"],
        guidance=settings["guidance"],
        size_px=settings["size"],
        step_caching=STEP_CACHINGS[0] if settings["caching"] else None,
    )


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


def _with_words_of_choice(view: View, problems: list[str]) -> View:
    """The view with its prompt as a choice, where it is one that a choice makes."""
    if view.prompt is None:
        return view
    said = said_in(view.prompt)
    if said is None and view.tab != "models":
        problems.append(OWN_PROMPT)
    if said is None:
        return view
    return replace(view, gender=said.gender, wanted=said.wanted, unwanted=said.unwanted, prompt=None)


def _with_possible_settings(view: View, model: str, problems: list[str]) -> View:
    asked = replace(view, adapter=None).recipe_fields()
    fields, told = usable_fields(asked, model)
    problems += told
    for field, name in RECIPE_FIELDS.items():
        if name in asked.keys() - fields.keys():
            view = _plain(view, field)
    if view.made is not None and (refused := usable_fields({"seed": view.made}, model)[1]):
        problems += refused
        view = _plain(view, "made")
    return view


def _with_known_adapter(view: View, services: Services, problems: list[str]) -> View:
    if view.adapter is None:
        return view
    offered = services.adapters_for(view.model or services.model)
    name, _, revision = view.adapter.partition("@")
    if name == BUILT_IN and BUILT_IN in offered:
        here = services.example_recipe.adapter_revision
        if here and not means_revision(revision or None, here):
            problems.append(
                f"The link was made with another version of the adapter {name!r}: the portraits may differ."
            )
        return replace(view, adapter=BUILT_IN)
    try:
        meant_adapter(view.adapter, offered)
    except GenerationError as problem:
        problems.append(str(problem))
        return replace(view, adapter=None)
    return view


def _without_the_usual(view: View, services: Services) -> View:
    """The view without what the page takes unasked, so that its address is short."""
    model = view.model or services.model
    usual = {
        "model": services.model,
        "adapter": usual_adapter(services.adapters_for(model)),
        "size_px": model_spec(model).size_px,
    }
    for field, value in usual.items():
        if getattr(view, field) == value:
            view = _plain(view, field)
    return view


def _plain(view: View, field: str) -> View:
    """The view with one field as the page would have it."""
    plain: dict[str, Any] = {field: getattr(View(), field)}
    return replace(view, **plain)

"""A first visit: words that fit what is shown, examples that are there at once, what a comparison costs."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from generation.example import EXAMPLES
from generation.loading.machine import Offer
from prompt_engine.faces import open_face_source
from studio.first_visit.cost import SETTINGS, render_cost
from studio.first_visit.examples import render_examples
from studio.first_visit.glossary import GLOSSARY, PLACES
from studio.first_visit.header import DEMO_LEAD, LEAD, render_header
from studio.first_visit.plan import PLANS, comparisons_a_day
from studio.opening import open_view, wanted_recipe, wanted_settings
from studio.services import Services
from studio.settings import Settings
from studio.view import View


def build(tmp_path: Path, **settings: Any) -> Services:
    return Services(Settings(results_dir=tmp_path, **settings), open_face_source(None))


def test_the_header_fits_what_is_shown(tmp_path: Path) -> None:
    assert DEMO_LEAD in render_header(build(tmp_path))
    assert "demo model’s drawings: they stand in for SD 3.5 Medium" in render_header(
        build(tmp_path, model="medium")
    )
    nothing_there = Services(Settings(results_dir=tmp_path, model="medium"), open_face_source(None), tmp_path)
    assert LEAD in render_header(nothing_there)


@pytest.mark.parametrize("model", ["demo", "medium"])
def test_each_example_opens_its_stored_portraits_and_leaves_the_next_seed_open(
    tmp_path: Path, model: str
) -> None:
    services = build(tmp_path, model=model)
    links = re.findall(r'href="\?([^"]+)"', render_examples(services))
    assert len(links) == len(EXAMPLES)
    for link, example in zip(links, services.examples, strict=True):
        view, problems = open_view(unescape(link), services)
        assert problems == () and view.seed is None
        assert (view.selection, view.made) in EXAMPLES
        recipe = wanted_recipe(view, services)
        assert recipe is not None and services.stored(recipe) is example


def test_a_seed_of_portraits_that_cannot_be_is_told(tmp_path: Path) -> None:
    services = build(tmp_path)
    for address in ("made=-1", "made=99999999999", "made=x"):
        view, problems = open_view(address, services)
        assert view.made is None and len(problems) == 1
    assert View.from_address("gender=male&made=7")[0].to_address() == "gender=male&made=7"


def test_the_cost_is_what_was_timed_or_why_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = build(tmp_path)
    said: Callable[..., str] = lambda **changed: render_cost(settings | changed, services)  # noqa: E731
    settings = wanted_settings(View(), services)
    assert set(SETTINGS) <= settings.keys()
    assert "while the model loads" in said()
    services._step_s_at_load["demo"] = 0.05
    assert "<strong>4 s</strong>" in said(steps=20, guidance=4.0)
    assert "<strong>2 s</strong>" in said(steps=20, guidance=1.0)
    large = {"model": "large", "adapter": "none", "guidance": 4.0, "steps": 20, "size": 1024}
    assert "known once it was made" in said(**large)
    assert said(steps=0) == ""  # told where it is typed
    off = (Offer("large", "SD 3.5 Large", problem="SD 3.5 Large needs a GPU."),)
    monkeypatch.setattr(services._offers, "last", off)
    assert "SD 3.5 Large needs a GPU" in said(
        model="large", adapter="none", guidance=4.0, steps=20, size=1024
    )


def test_a_plan_is_enough_for_as_many_comparisons_as_it_pays_in_full() -> None:
    assert [comparisons_a_day(plan, 45) for plan in PLANS.values()] == [2, 6, 53]
    assert comparisons_a_day(PLANS["anonymous"], 121) == 0


def test_every_place_names_terms_that_are_explained() -> None:
    assert set().union(*PLACES.values()) == GLOSSARY.keys()
    assert all(term.meaning.endswith(".") and len(term.meaning) < 220 for term in GLOSSARY.values())

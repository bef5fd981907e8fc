"""A view opens as far as this app can show it, and says what it cannot; one face shows all its labels."""

from dataclasses import replace
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from PIL import Image

from prompt_engine.audit import findings_of
from prompt_engine.errors import FaceSourceError
from prompt_engine.faces import Face
from prompt_engine.faces.drawn import DrawnFaces
from prompt_engine.query import Query
from prompt_engine.realiser import realise
from studio.controls import FILTERS
from studio.face_panel import render_face
from studio.opening import open_view, write_view
from studio.services import Services
from studio.settings import Settings
from studio.view import View

SETTINGS = ("new_seed", "model", "adapter", "steps", "guidance", "strength", "size", "caching")
HELD = {**dict.fromkeys(("gender", "unusual", "version", "faces_seed", *FILTERS, *SETTINGS)), "seed": 17}


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Services:
    return Services(Settings(results_dir=tmp_path_factory.mktemp("results")), DrawnFaces(), Path("nowhere"))


def test_what_drawn_faces_cannot_tell_apart_is_told_and_left_out(services: Services) -> None:
    view, problems = open_view("gender=male&split=train&blurry=in&images=aligned&with=Bald", services)
    assert view == View(gender="male", wanted=("Bald",))
    assert len(problems) == 3 and "'aligned'" in problems[-1]


def test_a_setting_out_of_range_is_told_and_left_out(services: Services) -> None:
    view, problems = open_view("gender=male&steps=1000&seed=5&strength=0.5", services)
    assert (view.steps, view.seed, view.strength) == (None, 5, 0.5)
    assert len(problems) == 1 and "1000" in problems[0]


def test_a_link_of_what_this_page_makes_opens_without_a_word(services: Services) -> None:
    recipe = replace(services.example_recipe, seed=8, steps=30)
    view = View(gender="female", wanted=("Bangs",), tab="about")
    recipe = replace(recipe, prompt=realise(view.selection), selection=view.selection)
    link = view.to_link(recipe, "http://127.0.0.1:7860/")
    opened, problems = open_view(urlsplit(link).query, services)
    assert problems == ()
    assert opened == replace(view, seed=8, steps=30, guidance=4.0, strength=1.0)


def test_a_link_brings_model_adapter_size_and_step_caching(services: Services) -> None:
    link = "v=1&a=f5&m=large&l=someone/faces@0123456&s=8&n=28&g=3.5&w=1&p=512&c=t"
    opened, problems = open_view(link, services)
    assert problems == ()
    assert (opened.model, opened.adapter, opened.size_px) == ("large", "someone/faces@0123456", 512)
    written = write_view(opened, services, HELD)
    assert written["steps"]["value"] == 28 and written["steps"]["maximum"] == 50
    assert written["size"]["value"] == 512 and written["caching"]["value"] is True
    assert View.from_address(opened.to_address())[0] == opened


def test_of_a_model_a_link_takes_what_that_model_was_made_for(services: Services) -> None:
    written = write_view(open_view("gender=female&model=turbo", services)[0], services, HELD)
    shown = {name: written[name]["value"] for name in ("steps", "guidance", "size", "adapter")}
    assert shown == {"steps": 4, "guidance": 0, "size": 1024, "adapter": "none"}
    assert written["strength"]["visible"] is False


def test_what_of_a_link_cannot_be_is_told(services: Services) -> None:
    opened, problems = open_view("v=1&a=f5&m=large&l=demo@0123456&s=8&n=99&p=96&q=a+clown", services)
    assert (opened.seed, opened.steps, opened.adapter, opened.size_px) == (8, None, None, None)
    assert opened.prompt == "a clown"  # what was made of it may be stored
    for named in ("own words: the tab Models", "'demo@0123456'", "99", "96 px"):
        assert sum(named in problem for problem in problems) == 1, named


def test_on_the_tab_that_makes_them_own_words_are_no_problem(services: Services) -> None:
    opened, problems = open_view("tab=models&prompt=a+clown&seed=8", services)
    assert (opened.prompt, opened.seed, problems) == ("a clown", 8, ())


def test_a_prompt_of_ours_is_opened_as_the_choice_that_makes_it(services: Services) -> None:
    said = View(gender="male", wanted=("Bald", "Smiling"))
    opened, problems = open_view(f"prompt={quote(realise(said.selection))}", services)
    assert (opened, problems) == (said, ())


def test_an_adapter_made_anew_since_the_link_is_told(tmp_path: Path) -> None:
    shipped = Services(Settings(results_dir=tmp_path), DrawnFaces())
    revision = shipped.example_recipe.adapter_revision
    assert revision
    assert open_view(f"v=1&a=f&l=demo@{revision[:7]}", shipped)[1] == ()
    other = "0" * 7 if revision[0] != "0" else "1" * 7
    assert open_view("v=1&a=f&l=none", shipped)[0].adapter == "none"
    assert "another version" in str(open_view(f"v=1&a=f&l=demo@{other}", shipped)[1])


def test_an_empty_address_opens_what_the_page_shows_by_itself(services: Services) -> None:
    assert open_view("", services) == (services.plain_view, ())


def test_a_seed_is_fixed_and_without_one_it_is_drawn_anew(services: Services) -> None:
    fixed = write_view(View(seed=5), services, HELD)
    assert (fixed["seed"]["value"], fixed["seed"]["interactive"], fixed["new_seed"]["value"]) == (
        5,
        True,
        False,
    )
    drawn = write_view(View(), services, HELD)
    assert drawn["new_seed"]["value"] is True and drawn["seed"]["interactive"] is False


def test_what_is_shown_already_is_not_written(services: Services) -> None:
    written = write_view(View(), services, HELD)
    shown = HELD | {name: update["value"] for name, update in written.items()}
    assert write_view(View(), services, shown) == {}


def test_findings_are_those_of_the_index() -> None:
    names = [finding.name for finding in findings_of({"Black_Hair", "Blond_Hair", "No_Beard", "Young"})]
    assert names == ["hair_colours"]
    assert "women_with_beards" in [finding.name for finding in findings_of({"Goatee", "Bald"})]
    assert "women_with_beards" not in [finding.name for finding in findings_of({"Goatee", "Bald", "Male"})]


def test_a_face_shows_all_40_labels_and_marks_what_contradicts() -> None:
    face = Face("<1>.jpg", Image.new("RGB", (8, 8)), frozenset({"Black_Hair", "Blond_Hair", "Smiling"}))
    html = render_face(face, "from nowhere")
    assert html.count("lacked") + html.count("<strong") == 40
    assert html.count('class="mark"') == 2
    assert "<1>" not in html and "&lt;1&gt;" in html


def test_a_drawn_person_is_found_by_name() -> None:
    faces = DrawnFaces()
    face = faces.sample(Query("male", ("Bald",)), 1, seed=3)[0]
    assert faces.face(faces.number(face.id)) == face
    for name in ("drawn-", "drawn-x", "drawn-99999999", "7", "drawn-٣"):
        with pytest.raises(FaceSourceError, match="Nobody is called"):
            faces.number(name)


@pytest.mark.parametrize("matching", [Query("male", ("Bald",)), Query("male", ("Bald", "Wearing_Hat"))])
def test_fewer_faces_are_the_first_of_more(matching: Query) -> None:
    faces = DrawnFaces()
    few, many = (faces.sample(matching, count, seed=3) for count in (10, 20))
    assert [face.id for face in few] == [face.id for face in many[:10]]

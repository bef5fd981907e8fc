"""Every view reads back from its address; what is broken in one is told and left out, and nothing more."""

import json
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from generation.errors import LinkTooLong
from generation.recipe import Recipe
from generation.recipe_fields import usable_fields
from prompt_engine.buckets import GENDERS, offered
from prompt_engine.errors import PromptEngineError
from prompt_engine.query import BLURRY, SPLITS
from studio.address_parts import PARTS
from studio.view import LONGEST_ADDRESS, MOST_TOLD, TABS, View

FIXTURES = Path(__file__).parent / "fixtures"
NUMBERS = st.none() | st.integers(0, 2**31 - 1)
SETTINGS = {
    "tab": st.sampled_from(TABS),
    "unusual": st.booleans(),
    "split": st.sampled_from((None, *SPLITS)),
    "blurry": st.sampled_from(BLURRY),
    "strict": st.booleans(),
    "version": st.sampled_from((None, "aligned", "in_the_wild")),
    "faces_seed": st.integers(0, 2**31 - 1),
    "seed": NUMBERS,
    "steps": NUMBERS,
    "guidance": st.none() | st.floats(-1e5, 1e5),
    "strength": st.none() | st.floats(0, 2),
    "model": st.sampled_from((None, "large")),
    "adapter": st.sampled_from((None, "none", "demo@0123456", "owner/name@0123456")),
    "size_px": st.sampled_from((None, 768)),
    "step_caching": st.sampled_from((None, "taylorseer")),
    "prompt": st.none() | st.text(min_size=1),
}


@st.composite
def views(draw: st.DrawFn) -> View:
    gender = draw(st.sampled_from(GENDERS))
    labels = draw(st.lists(st.sampled_from(offered(gender)), unique=True, max_size=6))
    at = draw(st.integers(0, len(labels)))
    drawn = {name: draw(values) for name, values in SETTINGS.items()}
    try:
        return View(gender=gender, wanted=tuple(labels[:at]), unwanted=tuple(labels[at:]), **drawn)
    except PromptEngineError:
        return View(gender=gender, **drawn)


@given(views())
def test_every_view_reads_back(view: View) -> None:
    assert View.from_address(view.to_address()) == (view, ())
    assert View.from_address("?" + view.to_address()) == (view, ())


def test_addresses_from_before_there_were_links_open_what_they_did() -> None:
    addresses = json.loads((FIXTURES / "addresses-0.json").read_text(encoding="utf-8"))
    assert len(addresses) > 5
    for address, fields in addresses.items():
        lists = {name: tuple(fields[name]) for name in ("wanted", "unwanted")}
        assert View.from_address(address) == (View(**(fields | lists)), ()), address


@given(views())
def test_a_recipes_link_opens_the_recipe_and_the_view(view: View) -> None:
    fields, _ = usable_fields(view.recipe_fields() | {"seed": 7})
    assume("prompt" in fields)
    recipe = Recipe(**fields)
    try:
        link = view.to_link(recipe, "https://huggingface.co/spaces/someone/faces")
    except LinkTooLong:
        assert view.prompt is not None or view.faces_seed
        return
    assert len(link) <= 200
    opened, problems = View.from_address(urlsplit(link).query)
    assert problems == ()
    assert Recipe(**opened.recipe_fields()) == recipe
    for name in ("tab", "split", "blurry", "strict", "version", "faces_seed"):
        assert getattr(opened, name) == getattr(view, name)
    if view.prompt is None:
        assert opened.selection == view.selection


def test_a_link_with_a_broken_part_opens_the_rest() -> None:
    plain = View(gender="male", wanted=("Bald",))
    view, problems = View.from_address("v=1&a=f5&m=larg&l=/etc/passwd&s=8&n=x&split=train&s=9", plain)
    assert view == View(gender="female", wanted=("Bangs",), seed=8, split="train")
    assert len(problems) == 4
    view, problems = View.from_address("v=99&a=f5&s=8&split=train", plain)
    assert view == replace(plain, split="train") and len(problems) == 1


@given(st.text())
@example("v=1&a=&m=&l=&s=&n=&g=&w=&p=&c=&q=")
@example("gender=male&gender=female&&=&with=&seed=٣&steps=1_0")
@example("with=%FF%FE,%00&guidance=nan&strength=-inf&threshold=1e9")
def test_any_text_is_an_address_of_something(text: str) -> None:
    view, problems = View.from_address(text)
    assert isinstance(view, View)
    assert all(problem.endswith((".", "?")) for problem in problems)


@given(views(), st.text(min_size=1))
def test_a_part_that_means_nothing_leaves_the_others(view: View, value: str) -> None:
    read, problems = View.from_address(f"{view.to_address()}&nonsense=1")
    assert read == view
    assert len(problems) == 1 and "nonsense" in problems[0]


def test_of_a_list_only_what_does_not_go_is_left_out() -> None:
    view, problems = View.from_address("gender=male&with=Bald,Smilling,Goatee,No_Beard")
    assert view.wanted == ("Goatee", "Bald")
    assert len(problems) == 2
    assert "did you mean 'Smiling'" in problems[0] and "exclude each other" in problems[1]


def test_several_answers_to_a_bucket_are_unusual_even_if_the_link_does_not_say_so() -> None:
    view, problems = View.from_address("gender=male&with=Goatee,Mustache")
    assert view.unusual and problems == ()


def test_without_a_choice_the_address_means_the_pages_own() -> None:
    plain = View(gender="male", wanted=("Bald",))
    assert View.from_address("tab=about", plain)[0] == View(gender="male", wanted=("Bald",), tab="about")
    assert View.from_address("gender=male", plain)[0] == View(gender="male")


def test_what_gradio_and_spaces_add_is_no_problem() -> None:
    for added in ("__theme=dark&__sign=x.y&view=api", "fbclid=IwAR0&utm_source=mail&utm_medium=x"):
        assert View.from_address(f"{added}&gender=male") == (View(gender="male"), ())


@pytest.mark.parametrize(
    "part",
    ["draw=coverage", "attributes=6", "least=0", "threshold=1000", "d-lift=0.5", "d-tier=1", "d-split=train"]
    + [
        "d-strict=1",
        "d-section=labels",
        "d-find=rosy%20smile",
        "d-page=images,descending,3",
        "d-mode=uniform",
    ]
    + ["d-pair=Goatee,Young", "d-finding=noses", "d-people="],
)
def test_how_the_rest_of_the_page_stands_is_no_problem(part: str) -> None:
    assert View.from_address(f"gender=male&{part}") == (View(gender="male"), ())


@pytest.mark.parametrize(
    "part",
    ["draw=x", "attributes=7", "least=-1", "threshold=1.5", "d-lift=nan", "d-tier=9", "d-split=all"]
    + ["d-strict=yes", "d-section=x", "d-find=%00", "d-pair=Goatee", "d-pair=Goatee,Goatee", "d-finding=x"],
)
def test_what_no_component_can_hold_is_told(part: str) -> None:
    view, problems = View.from_address(f"gender=male&{part}")
    assert view == View(gender="male")
    assert len(problems) == 1 and part.split("=")[0] in problems[0]


@pytest.mark.parametrize(
    "part",
    [
        "faces=1_0",
        "faces=%2010",
        "faces=%2B1",
        "seed=１２",
        "seed=1e3",
        "guidance=1_0",
        "guidance=٣",
        "guidance=.5",
    ]
    + ["threshold=1_000", "threshold=１２", "threshold=0x10", "least=%205", "d-lift=inf", "d-lift=1."],
)
def test_numbers_are_plain_digits(part: str) -> None:
    view, problems = View.from_address(f"gender=male&{part}")
    assert view == View(gender="male")
    assert len(problems) == 1 and part.split("=")[0] in problems[0]


def test_of_a_part_said_twice_the_first_counts_and_lists_are_joined() -> None:
    view, problems = View.from_address("gender=male&with=Bald&with=Smiling&seed=1&seed=2&__theme=a&__theme=b")
    assert (view.wanted, view.seed) == (("Bald", "Smiling"), 1)
    assert problems == ("The link says 'seed' twice: seed='2' is left out.",)
    assert len(View.from_address("threshold=1&threshold=2")[1]) == 1


def test_what_stands_there_plainly_can_be_said_too() -> None:
    for part in PARTS.values():
        assert part.allows("0" if part.plain is False else str(part.plain)), part.name


def test_a_link_of_any_length_is_answered_briefly() -> None:
    plain = View(gender="male")
    view, problems = View.from_address(f"with={'x' * LONGEST_ADDRESS}", plain)
    assert view == plain
    assert problems == (
        "The link has 4,005 characters: it is left out. Links of this page have fewer than 4,000.",
    )
    unknown = ",".join(f"Nose{number}" for number in range(60))
    view, problems = View.from_address(f"gender=male&with=Bald,{unknown}")
    assert view == View(gender="male", wanted=("Bald",))
    assert len(problems) == MOST_TOLD + 1 and problems[-1] == "50 more parts of the link are left out."

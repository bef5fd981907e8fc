"""A link opens the recipe it was written of, for ever; what is broken in one is named, and nothing more."""

from __future__ import annotations

import json
import string
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation.adapters.file import WEIGHT_NAME, find_adapter
from generation.errors import AdapterRejected, InvalidRecipe, LinkTooLong
from generation.links import LONGEST_LINK, PARTS, SCHEMA, read_parts, recipe_from_link, write_link
from generation.models import MODELS
from generation.recipe import Recipe
from generation.workshop.workshop import Workshop
from prompt_engine.attributes import LABELS
from prompt_engine.buckets import GENDERS, offered
from prompt_engine.errors import PromptEngineError
from prompt_engine.realiser import STYLES, realise
from prompt_engine.seeds import LARGEST_SEED
from prompt_engine.selection import MOST_ATTRIBUTES, Selection
from tests.hub_api.client import use_hub
from tests.hub_api.repositories import Repository
from tests.hub_api.server import HubApi

FIXTURES = Path(__file__).parent / "fixtures"
SPACE = "https://huggingface.co/spaces/someone/sd35-celeba"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
CHOICE = Selection("male", ("Goatee", "Straight_Hair", "Big_Nose"), ("Smiling", "Eyeglasses", "Wearing_Hat"))
LONGEST = Recipe(
    realise(CHOICE),
    LARGEST_SEED,
    CHOICE,
    model="medium",
    adapter="someone/sd35-celeba-faces-lora",
    adapter_revision=COMMIT,
    adapter_scale=1.95,
    steps=49,
    guidance=19.95,
    size_px=768,
    step_caching="taylorseer",
)


@st.composite
def recipes(draw: st.DrawFn) -> Recipe:
    """Any recipe of attributes; its guidance and strength are what sliders give."""
    gender = draw(st.sampled_from(GENDERS))
    labels = draw(st.lists(st.sampled_from(offered(gender)), unique=True, max_size=MOST_ATTRIBUTES))
    at = draw(st.integers(0, len(labels)))
    try:
        selection = Selection(gender, tuple(labels[:at]), tuple(labels[at:]))
    except PromptEngineError:
        selection = Selection(gender)
    spec = draw(st.sampled_from(list(MODELS.values())))
    return Recipe(
        realise(selection),
        draw(st.integers(0, LARGEST_SEED)),
        selection,
        model=spec.key,
        adapter=draw(st.sampled_from((None, "demo", "someone/sd35-celeba-faces-lora@0123456"))),
        adapter_scale=draw(st.integers(0, 200)) / 100,
        steps=draw(st.integers(*spec.steps_range)),
        guidance=draw(st.integers(0, 2000)) / 100,
        size_px=draw(st.sampled_from(spec.sizes_px)),
        step_caching=draw(st.sampled_from((None, "taylorseer"))),
    )


@given(recipes())
def test_every_recipe_of_attributes_has_a_link_that_opens_it(recipe: Recipe) -> None:
    link = write_link(recipe, SPACE)
    assert len(link) <= LONGEST_LINK
    assert recipe_from_link(link) == recipe


@given(st.floats(0, 20), st.floats(0, 2))
def test_numbers_lose_no_digit(guidance: float, scale: float) -> None:
    recipe = replace(LONGEST, adapter="demo", adapter_revision=None, guidance=guidance, adapter_scale=scale)
    assert recipe_from_link(write_link(recipe, SPACE)) == recipe


@pytest.mark.parametrize("style", STYLES)
def test_other_words_for_a_choice_and_free_ones_come_back(style: str) -> None:
    choice = Selection("male", ("Goatee",))
    for recipe in (
        Recipe(realise(choice, style, seed=1), 3, choice, adapter=None),
        Recipe("портрет, 50% + “smile”", 3),
    ):
        assert recipe_from_link(write_link(recipe, "http://127.0.0.1:7860/")) == recipe


def test_the_worst_case_fits_as_far_as_names_are_of_ordinary_length() -> None:
    assert len(write_link(LONGEST, SPACE)) <= LONGEST_LINK
    at_most = replace(LONGEST, adapter=f"{'o' * 40}/{'n' * 55}")  # the longest name that the Hub allows
    assert len(write_link(at_most, "http://127.0.0.1:7860/")) <= LONGEST_LINK
    with pytest.raises(LinkTooLong, match="2[0-9][0-9] characters, and 200"):
        write_link(at_most, SPACE)
    with pytest.raises(LinkTooLong, match="shorten the prompt"):
        write_link(Recipe("a" * 180, 1), SPACE)


def test_a_commit_stands_there_whole_if_it_fits_and_else_shortened() -> None:
    whole, short = (f"{'o' * 10}/{'n' * length}" for length in (20, 45))
    for adapter, written in ((whole, f"{whole}@{COMMIT}"), (short, f"{short}@{COMMIT[:7]}")):
        link = write_link(replace(LONGEST, adapter=adapter), SPACE)
        assert f"&l={written}&" in link
        read = recipe_from_link(link)
        assert (read.adapter, read.adapter_revision) == (written, None)
    builtin = replace(LONGEST, adapter="demo", adapter_revision="ab" * 32)
    assert recipe_from_link(write_link(builtin, SPACE)).adapter_revision == "abababa"
    tagged = replace(LONGEST, adapter="someone/faces@v1.0", adapter_revision=None)
    assert recipe_from_link(write_link(tagged, SPACE)) == tagged


def test_the_hub_knows_which_adapter_a_link_means(
    adapter_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"{'o' * 10}/{'n' * 45}"
    with HubApi() as hub:
        use_hub(hub, monkeypatch, tmp_path)
        repository = hub.repositories[name] = Repository(name)
        made = repository.commit("main", "one", {WEIGHT_NAME: adapter_path.read_bytes()}).sha
        link = write_link(replace(LONGEST, adapter=name, adapter_revision=made), SPACE)
        repository.commit("main", "another", {WEIGHT_NAME: b"newer"})
        found = find_adapter(recipe_from_link(link).adapter)
    assert (found.name, found.revision) == (name, made)


@pytest.mark.usefixtures("bundled")
def test_of_the_built_in_adapter_a_links_revision_is_compared() -> None:
    workshop, choice = Workshop("cpu"), Selection("male", ("Bald",))
    pinned = workshop.pinned(Recipe(realise(choice), 7, choice))
    link = write_link(pinned, SPACE)
    assert workshop.pinned(recipe_from_link(link)) == pinned
    assert pinned.adapter_revision is not None
    other = link.replace(f"demo@{pinned.adapter_revision[:7]}", "demo@0000000")
    with pytest.raises(AdapterRejected, match="0000000"):
        workshop.pinned(recipe_from_link(other))


@pytest.mark.parametrize("adapter", ["/srv/me/x.safetensors", "runs", "../up/one", "a/b/c", "~/a"])
def test_files_of_a_machine_are_neither_written_nor_opened(adapter: str) -> None:
    with pytest.raises(InvalidRecipe, match="on the Hub"):
        write_link(replace(LONGEST, adapter=adapter), SPACE)
    fields, problems = read_parts({"v": "1", "a": "f", "s": "1", "l": adapter})
    assert "adapter" not in fields and fields["seed"] == 1
    assert len(problems) == 1 and adapter in problems[0]


def test_links_of_every_version_open_what_they_meant() -> None:
    for schema in range(1, SCHEMA + 1):
        links = json.loads((FIXTURES / f"links-{schema}.json").read_text(encoding="utf-8"))
        assert len(links) > 3
        for link, recipe in links.items():
            assert recipe_from_link(link) == Recipe.from_json(recipe), link


def test_every_attribute_keeps_its_character() -> None:
    # A link in somebody's mail holds it: the order of this text may grow at its end, and never change.
    codes = string.digits + string.ascii_letters[:30]
    for gender in GENDERS:
        for label in offered(gender):
            link = write_link(Recipe("x", 1, Selection(gender, (label,))), "")
            assert dict(parse_qsl(link))["?v"] == "1"
            assert dict(parse_qsl(link))["a"] == gender[0] + codes[LABELS.index(label)]
    assert LABELS[0] == "5_o_Clock_Shadow" and LABELS[39] == "Young" and len(LABELS) == 40


@pytest.mark.parametrize(
    ("part", "named"),
    [
        ("s=-1", "s='-1'"),
        ("s=٣", "s='٣'"),
        ("s=1_0", "s='1_0'"),
        ("s=2147483648", "2,147,483,647"),
        ("n=1000", "1000"),
        ("n=2.5", "n='2.5'"),
        ("g=nan", "g='nan'"),
        ("g=21", "0 to 20"),
        ("w=1e9", "w='1e9'"),
        ("p=97", "97"),
        ("m=larg", "did you mean 'large'"),
        ("l=demo@x", "l='demo@x'"),
        ("c=x", "c='x'"),
        ("q=%00", "control"),
        ("q=", "empty"),
        ("a=x", "begins with no gender"),
        ("a=f!", "'!'"),
        ("a=f-ff", "twice"),
        ("z=1", "'z' means nothing"),
    ],
)
def test_a_part_that_cannot_be_used_is_named_and_the_others_are_read(part: str, named: str) -> None:
    whole = dict(parse_qsl("v=1&a=f5&m=demo&l=demo&s=1&n=20&g=4&w=1&p=96")) | dict(
        parse_qsl(part, keep_blank_values=True)
    )
    fields, problems = read_parts({name: text for name, text in whole.items() if name in PARTS})
    assert len(fields) >= 6
    assert all(problem.endswith((".", "?")) for problem in problems)
    with pytest.raises(InvalidRecipe, match=r"(?s).*") as caught:
        recipe_from_link("&".join(f"{name}={text}" for name, text in whole.items()).replace("\0", "%00"))
    assert len([problem for problem in caught.value.problems if named in problem]) == 1


def test_of_a_choice_only_what_does_not_go_is_left_out() -> None:
    fields, problems = read_parts({"v": "1", "a": "m4gg-K"})
    assert fields["selection"] == Selection("male", ("Goatee", "Bald"))
    assert len(problems) == 2 and "twice" in problems[0] and "'K'" in problems[1]


@pytest.mark.parametrize("version", ["0", "2", "1.0", "", None])
def test_another_schema_is_not_guessed_at(version: str | None) -> None:
    parts = {"a": "f5", "s": "1"} | ({} if version is None else {"v": version})
    fields, problems = read_parts(parts)
    assert fields == {} and len(problems) == 1 and "schema" in problems[0]


@pytest.mark.parametrize(
    ("link", "named"),
    [
        ("v=1&a=f&s=1&s=1", "'s' 2 times"),
        ("v=1&a=f", "no seed"),
        ("v=1&s=1", "no prompt"),
        ("http://[?v=1&a=f&s=x", "s='x'"),
        ("", "carries no recipe: give one that Share made"),
        ("?gender=female&with=Smiling&seed=5", "carries no recipe"),
        ("v=1&q=" + "a" * 5_000, "5,006 characters"),
    ],
)
def test_what_is_no_whole_link_makes_no_recipe(link: str, named: str) -> None:
    with pytest.raises(InvalidRecipe) as caught:
        recipe_from_link(link)
    assert named in str(caught.value)


def test_a_link_may_have_been_copied_with_what_follows_it() -> None:
    whole = write_link(LONGEST, SPACE)
    query, passed_on = whole.partition("?")[2], f"{whole}&strict=1&fbclid=x&fbclid=y"
    for link in (whole, f"{whole}#top", query, f"?{query}", passed_on):
        assert recipe_from_link(link) == recipe_from_link(whole)


@given(st.text())
def test_any_text_is_a_link_of_something_or_refused_in_words(text: str) -> None:
    try:
        recipe_from_link(text)
    except InvalidRecipe as error:
        assert error.problems
    fields, _ = read_parts({"v": "1", "a": text, "s": text, "q": text, "l": text, "g": text, "m": text})
    assert set(fields) <= {"selection", "seed", "prompt", "adapter", "guidance", "model", "adapter_revision"}

"""The tab Explore as a visitor uses it, in a real browser."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from PIL import Image
from playwright.sync_api import Browser, FloatRect, Page, expect

from generation.png.metadata import read_recipe
from prompt_engine.attributes import attribute
from prompt_engine.realiser import parse
from tests.browser.explore_page import (
    COUNT,
    DESK,
    FACES,
    PHONE,
    PORTRAIT,
    PROMPT,
    STEPS,
    TABLET,
    choose,
    generate,
    open_page,
    show,
    take_fifty_steps,
    wait_for_change,
)
from tests.browser.fold import open_fold
from tests.browser.late_answer import LATE_ANSWER

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def asked() -> list[str]:
    """Every address that the page asks for during these tests."""
    return []


@pytest.fixture(scope="module")
def opened(browser: Browser, app_url: str, asked: list[str]) -> Iterator[Page]:
    """One page for all tests: each is led to a view of its own."""
    page = open_page(browser, app_url, asked=asked)
    yield page
    page.close()


@pytest.fixture
def page(opened: Page) -> Page:
    show(opened)
    return opened


# The faces are those of the choice that the page describes, all of them, and nothing is under way.
DESCRIBED_WITH_FACES = """() => {
    const strip = document.querySelector("#gallery .strip")
    const described = document.querySelector("#shown-address :is(textarea, input)").value
    return asked === answered && strip?.dataset.whole && strip.dataset.of === described
}"""


def chosen(page: Page) -> list[str]:
    """What every visible dropdown shows."""
    shown = page.locator("#buckets input:visible").evaluate_all("inputs => inputs.map(input => input.value)")
    return [*shown, *page.locator("#bucket-other .token").all_inner_texts()]


def named(page: Page) -> list[str]:
    """The attributes that the dropdowns show."""
    return [value for value in chosen(page) if value not in ("", "any")]


def faces(page: Page) -> list[str]:
    """The ids below the faces."""
    return page.locator("#gallery .caption-label").all_inner_texts()


def draw_prompt_with_faces(page: Page) -> None:
    """Draw a random prompt: with the least number of images that is asked for, every one has faces."""
    before = page.locator(PROMPT).inner_text()
    page.click("#random")
    wait_for_change(page, PROMPT, before)
    expect(page.locator(FACES).first).to_be_visible()


def test_an_example_is_there_before_anyone_clicks(page: Page) -> None:
    for name in ("#slider img", PORTRAIT, "#portrait-fine_tuned img"):
        expect(page.locator(name).first).not_to_have_js_property("naturalWidth", 0)
    expect(page.locator("#caption")).to_contain_text("AI-generated")
    expect(page.locator("#caption")).to_contain_text(page.locator(PROMPT).inner_text())


def test_choosing_rewrites_prompt_count_and_faces(page: Page) -> None:
    prompt, count, before = page.locator(PROMPT).inner_text(), page.locator(COUNT).inner_text(), faces(page)
    choose(page, "nose", "Pointy nose")
    wait_for_change(page, PROMPT, prompt)
    wait_for_change(page, COUNT, count)
    assert "a pointy nose" in page.locator(PROMPT).inner_text()
    assert re.fullmatch(r"\d{1,3}(,\d{3})*", page.locator(COUNT).inner_text())
    page.wait_for_function(
        "before => document.querySelector('#gallery .caption-label')?.innerText !== before", arg=before[0]
    )


def test_other_takes_several(page: Page) -> None:
    prompt = page.locator(PROMPT).inner_text()
    for title in ("Eyeglasses", "Young-looking"):
        choose(page, "other", title)
        wait_for_change(page, PROMPT, prompt)
        prompt = page.locator(PROMPT).inner_text()
    assert "wearing eyeglasses" in prompt and "young" in prompt


def test_the_dropdowns_are_those_of_the_gender(page: Page) -> None:
    expect(page.locator("#bucket-makeup_style")).to_be_visible()
    expect(page.locator("#bucket-facial_hair")).to_be_hidden()
    page.get_by_label("Man", exact=True).check()
    expect(page.locator("#bucket-facial_hair")).to_be_visible()
    expect(page.locator("#bucket-makeup_style")).to_be_hidden()
    expect(page.locator(PROMPT)).to_contain_text(re.compile(r"\bman\b"))
    choose(page, "facial_hair", "Goatee")
    expect(page.locator(PROMPT)).to_contain_text("goatee")


def test_a_random_prompt_stays_through_every_later_action(page: Page) -> None:
    draw_prompt_with_faces(page)
    prompt, dropdowns = page.locator(PROMPT).inner_text(), chosen(page)
    assert len(parse(prompt).wanted) == 3
    assert len(named(page)) == 3
    shown = faces(page)
    page.click("#other-faces")
    page.wait_for_function(
        "before => document.querySelector('#gallery .caption-label')?.innerText !== before", arg=shown[0]
    )
    generate(page)
    assert (page.locator(PROMPT).inner_text(), chosen(page)) == (prompt, dropdowns)
    expect(page.locator("#caption")).to_contain_text(prompt)


@pytest.mark.parametrize("late", [0, 1])
@pytest.mark.parametrize("bucket", ["gender", "nose"])
def test_a_late_answer_undoes_no_random_prompt(page: Page, bucket: str, late: int) -> None:
    """Of two requests within a moment, one is answered late: about the choice, or about the draw."""
    choose(page, "eyebrows", "Arched eyebrows")
    expect(page.locator(PROMPT)).to_contain_text("arched eyebrows")
    page.locator("#gallery .strip[data-of*=Arched_Eyebrows][data-whole]").wait_for()  # all is asked
    page.evaluate(LATE_ANSWER, late)
    if bucket == "gender":
        page.get_by_label("Man", exact=True).check()
    else:
        choose(page, bucket, "Pointy nose")
    page.wait_for_function("late => asked > 0 && answered >= late", arg=late)
    page.click("#random")
    page.wait_for_function("late => asked > late && answered >= late", arg=late)
    page.wait_for_timeout(150)  # meanwhile the draw is asked for, or held back until the choice is answered
    page.evaluate("letGo()")
    page.wait_for_function(DESCRIBED_WITH_FACES)
    page.wait_for_timeout(200)  # what came late would show itself
    prompt = parse(page.locator(PROMPT).inner_text())
    assert len(prompt.wanted) == 3  # before the draw there were four and more
    assert prompt.gender == ("male" if bucket == "gender" else "female")
    assert {attribute(label).title for label in prompt.wanted} == set(named(page))


def test_other_faces_draws_again(page: Page) -> None:
    before = faces(page)
    assert 0 < len(before) <= 20 and len(set(before)) == len(before)
    page.click("#other-faces")
    page.wait_for_function(
        "before => document.querySelector('#gallery .caption-label')?.innerText !== before", arg=before[0]
    )
    assert set(faces(page)) != set(before)


def test_no_match_shows_no_faces_and_says_so(page: Page) -> None:
    choose(page, "hair_color", "Gray hair")
    choose(page, "makeup_style", "Heavy makeup")
    choose(page, "other", "Hat")
    expect(page.locator(COUNT)).to_have_text("0")
    expect(page.locator("#no-faces")).to_contain_text("No CelebA image")
    expect(page.locator("#bucket-nose input")).to_have_value("any")
    expect(page.locator("#gallery")).to_be_hidden()


def test_where_the_faces_come_from_is_said(page: Page) -> None:
    expect(page.locator("#notice")).to_contain_text("Drawn by this program")


def test_generating_shows_progress_and_then_portraits(page: Page) -> None:
    take_fifty_steps(page)
    page.evaluate(
        """() => {
            window.steps = [];
            const status = document.querySelector("#status");
            const bars = () => [...status.querySelectorAll(".bar")].map(bar => bar.innerText);
            const observer = new MutationObserver(() => window.steps.push(...bars()));
            observer.observe(status, {childList: true, subtree: true, characterData: true});
        }"""
    )
    generate(page)
    steps = " ".join(page.evaluate("window.steps"))
    assert re.search(r"Vanilla\s+step \d+ of 50", steps)
    assert re.search(r"Fine-tuned\s+step \d+ of 50", steps)
    expect(page.locator("#cancel")).to_be_hidden()


def test_the_drawn_seed_is_shown_and_can_be_used_again(page: Page) -> None:
    open_fold(page, "Settings", STEPS)
    generate(page)
    seed = page.locator("#seed input").input_value()
    expect(page.locator("#caption")).to_contain_text(f"seed {seed} ")
    first = page.locator(PORTRAIT).get_attribute("src")
    generate(page)
    again = page.locator("#seed input").input_value()
    assert again != seed
    expect(page.locator("#seed input")).to_be_disabled()
    page.locator("#new-seed input").uncheck()
    expect(page.locator("#seed input")).to_have_value(again)
    page.locator("#seed input").fill(seed)
    generate(page)
    assert page.locator(PORTRAIT).get_attribute("src") == first
    # Gradio's badges, of what never entered its queue
    expect(page.locator(".cache-indicator:visible")).to_have_count(0)


def test_a_wrong_seed_is_told_where_the_visitor_looks(page: Page) -> None:
    open_fold(page, "Settings", STEPS)
    page.locator("#new-seed input").uncheck()
    page.locator("#seed input").fill("-5")
    page.click("#generate")
    expect(page.locator("#status")).to_contain_text("The seed is -5")
    expect(page.locator("#generate")).to_be_visible()


def test_cancelling_keeps_the_portraits_and_the_choice(page: Page) -> None:
    before, prompt = page.locator(PORTRAIT).get_attribute("src"), page.locator(PROMPT).inner_text()
    take_fifty_steps(page)
    page.click("#generate")
    page.click("#cancel")
    expect(page.locator("#status")).to_contain_text("Cancelled")
    expect(page.locator("#generate")).to_be_visible()
    assert page.locator(PORTRAIT).get_attribute("src") == before
    assert page.locator(PROMPT).inner_text() == prompt
    generate(page)  # and the next one is made as if nothing had been


CANCEL_AT_ONCE = """() => {
  new MutationObserver((_, observer) => {
    const cancel = document.querySelector("#cancel");
    if (cancel?.offsetParent) { observer.disconnect(); cancel.click(); }
  }).observe(document.body, { attributes: true, childList: true, subtree: true });
  document.querySelector("#generate").click();
}"""


def test_a_cancel_in_the_first_moment_is_one_too(page: Page) -> None:
    before = page.locator(PORTRAIT).get_attribute("src")
    for _ in range(3):
        page.evaluate(CANCEL_AT_ONCE)
        expect(page.locator("#status")).to_contain_text("Cancelled")
        page.wait_for_timeout(300)  # a run that goes on would say so
        expect(page.locator("#status")).to_contain_text("Cancelled")
    assert page.locator(PORTRAIT).get_attribute("src") == before
    generate(page)


def test_whoever_waits_for_a_turn_sees_so_and_can_cancel(browser: Browser, app_url: str, page: Page) -> None:
    second = open_page(browser, app_url)
    take_fifty_steps(page)
    take_fifty_steps(second)
    page.click("#generate")
    expect(page.locator("#status .bar").first).to_be_visible()
    second.click("#generate")
    expect(second.locator("#status")).to_contain_text("Waiting for a turn")
    second.click("#cancel")
    expect(second.locator("#status")).to_contain_text("Cancelled")
    expect(second.locator("#generate")).to_be_visible()
    second.close()
    expect(page.locator("#generate")).to_be_visible()


@pytest.mark.parametrize("arm", ["vanilla", "fine_tuned"])
def test_a_download_is_a_png_with_its_recipe(page: Page, arm: str, tmp_path: Path) -> None:
    with page.expect_download() as download:
        page.click(f"#save-{arm}")
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    assert path.suffix == ".png" and Image.open(path).format == "PNG"
    assert read_recipe(path).prompt == page.locator(PROMPT).inner_text()


def overlap(one: FloatRect | None, other: FloatRect | None) -> bool:
    """Whether two boxes of the page share a point."""
    assert one and other
    beside = one["x"] + one["width"] <= other["x"] or other["x"] + other["width"] <= one["x"]
    below = one["y"] + one["height"] <= other["y"] or other["y"] + other["height"] <= one["y"]
    return not (beside or below)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, TABLET, PHONE], ids=["desk", "tablet", "phone"])
def test_the_page_fits_the_screen(
    page: Page, screenshots: Path, size: tuple[int, int], scheme: Literal["light", "dark"]
) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.emulate_media(color_scheme=scheme)
    expect(page.locator("body.dark")).to_have_count(int(scheme == "dark"))
    page.wait_for_function(
        "[...document.querySelectorAll('#gallery img')].every(image => image.naturalWidth > 0)"
    )
    page.screenshot(path=screenshots / f"{size[0]}-{scheme}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    assert not overlap(*(page.locator(name).bounding_box() for name in ("#portraits", "#choice")))


def test_a_phone_opens_the_page_and_sees_the_new_portraits(browser: Browser, app_url: str) -> None:
    page = open_page(browser, app_url, PHONE)
    page.locator("#actions").scroll_into_view_if_needed()
    generate(page)
    expect(page.locator("#portraits")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    page.close()


def test_nothing_was_asked_of_another_machine(page: Page, asked: list[str], app_url: str) -> None:
    page.get_by_role("tab", name="About").click()
    expect(page.locator("#about")).to_be_visible()
    assert len(asked) > 100
    assert [url for url in asked if not url.startswith((app_url, "data:", "blob:"))] == []

"""Choosing, leaving out, filtering and opening on the tab Explore, and the address that brings it back."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from bench.app_process import running_app
from tests.browser.celeba_folder import make_celeba_folder
from tests.browser.explore_page import open_page, show
from tests.browser.fold import open_fold

pytestmark = pytest.mark.browser

PROMPT, COUNT, DIALOG = "#prompt .prompt", "#count strong", "#face-dialog"
SMILING = "?gender=female&with=Smiling"


@pytest.fixture(scope="module")
def page(browser: Browser, app_url: str) -> Iterator[Page]:
    """One page for all tests on drawn faces: each is led to a view of its own."""
    opened = open_page(browser, app_url)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def filtered_page(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A page on an invented CelebA folder."""
    folder = make_celeba_folder(tmp_path_factory.mktemp("celeba"))
    with running_app(tmp_path_factory.mktemp("app"), CELEBA=f"folder:{folder}") as url:
        opened = browser.new_page(viewport={"width": 1440, "height": 900})
        load(opened, url, SMILING)
        yield opened
        opened.close()


def load(page: Page, url: str, address: str) -> None:
    """Open an address from outside, and wait until the page has described it."""
    page.goto(f"{url}/{address}")
    expect(page.locator("#gallery .thumbnail, #no-faces p").first).to_be_visible()


def options(page: Page, bucket: str) -> Locator:
    """Open a dropdown."""
    page.locator(f"#bucket-{bucket} input").click()
    return page.locator(f"#bucket-{bucket}").get_by_role("option")


def choose(page: Page, bucket: str, title: str) -> None:
    options(page, bucket).filter(has_text=re.compile(title)).click()
    page.keyboard.press("Escape")


def expect_image(page: Page, width_px: int, height_px: int) -> None:
    """The large face has this size, once it is the one that was asked for."""
    image = page.locator(f"{DIALOG} img")
    expect(image).to_be_visible()
    expect(image).to_have_js_property("naturalWidth", width_px)
    expect(image).to_have_js_property("naturalHeight", height_px)


def test_an_option_tells_what_it_gives_and_keeps_its_word(page: Page) -> None:
    show(page, SMILING)
    before = options(page, "nose").all_inner_texts()
    told = next(text for text in before if "Pointy" in text)
    page.get_by_role("option").filter(has_text="Pointy").click()
    expect(page.locator(COUNT)).to_have_text(re.findall(r"[\d,]+", told)[-1])
    expect(page.locator("#bucket-nose input")).to_have_value("Pointy nose")
    assert options(page, "eyebrows").all_inner_texts() != before
    page.keyboard.press("Escape")
    expect(page.get_by_text("pointy nose near-random")).to_be_visible()
    expect(page.locator("#caption .earlier")).to_be_visible()


def test_going_back_reloading_and_a_link_bring_back_what_was_shown(page: Page, app_url: str) -> None:
    load(page, app_url, f"{SMILING}&steps=30&seed=5")
    choose(page, "hair_color", "Blond hair")
    expect(page).to_have_url(f"{app_url}/?gender=female&with=Blond_Hair,Smiling&seed=5&steps=30")
    prompt = page.locator(PROMPT).inner_text()
    page.reload()
    expect(page.locator(PROMPT)).to_have_text(prompt)
    expect(page.locator("#bucket-hair_color input")).to_have_value("Blond hair")
    page.go_back()
    expect(page.locator("#bucket-hair_color input")).to_have_value("any")
    expect(page).to_have_url(re.compile(r"with=Smiling&"))
    open_fold(page, "Settings", "#steps")
    expect(page.locator("#steps input[type=number]")).to_have_value("30")
    expect(page.locator("#seed input")).to_have_value("5")
    page.get_by_role("tab", name="About").click()
    expect(page).to_have_url(re.compile("tab=about"))
    page.go_back()
    expect(page.locator(PROMPT)).to_be_visible()


def test_a_broken_link_tells_what_it_left_out_and_opens_the_rest(page: Page, app_url: str) -> None:
    load(page, app_url, "?gender=male&with=Goatee,Smilling&split=train&nonsense=1&steps=abc")
    for told in ("did you mean 'Smiling'", "point to a CelebA folder", "'nonsense'", "steps='abc'"):
        expect(page.locator("#link-problems")).to_contain_text(told)
    expect(page.locator("#link-problems")).to_be_in_viewport()
    expect(page.locator("#bucket-facial_hair input")).to_have_value("Goatee")
    expect(page).to_have_url(f"{app_url}/?gender=male&with=Goatee")
    choose(page, "nose", "Prominent nose")
    expect(page.locator("#link-problems")).to_be_hidden()


def test_where_nothing_matches_a_click_lets_go_of_what_is_too_much(page: Page) -> None:
    show(page, "?gender=female&with=Heavy_Makeup,Gray_Hair,Wearing_Hat")
    expect(page.locator(COUNT)).to_have_text("0")
    way = page.locator("#count .drops li").first
    gain = re.findall(r"[\d,]+", way.inner_text())[-1]
    way.get_by_role("link").click()
    expect(page.locator(COUNT)).to_have_text(gain)
    expect(page.locator("#gallery img").first).to_be_visible()
    expect(page.locator("#no-faces")).to_be_hidden()
    expect(page.locator("#count .drops")).to_have_count(0)


def test_unusual_combinations_have_to_be_allowed_and_are_warned_of(page: Page) -> None:
    show(page, "?gender=male&with=Bald")
    page.locator("#unusual input").check()
    expect(page.locator("#bucket-hair_structure .token")).to_have_text(re.compile("Bald"))
    choose(page, "facial_hair", "Goatee")
    choose(page, "facial_hair", "Mustache")
    expect(page.locator(PROMPT)).to_contain_text("mustache")
    expect(page.locator(PROMPT)).to_contain_text("goatee")
    choose(page, "hair_color", "Blond hair")
    expect(page.locator("#notes .warnings")).to_contain_text("Bald and blond hair")
    choose(page, "hair_structure", "Wavy hair")
    expect(page.locator("#prompt .problem")).to_contain_text("exclude each other")
    expect(page.locator("#notes")).to_contain_text(re.compile(r"Labelled all the same: .* images?, where"))
    expect(page.locator(PROMPT)).to_have_count(0)
    expect(page.locator("#gallery")).to_be_hidden()
    page.locator("#unusual input").uncheck()
    expect(page.locator("#bucket-hair_structure input")).to_have_value("Bald")
    expect(page.locator("#bucket-facial_hair input")).to_have_value("Goatee")
    expect(page.locator(PROMPT)).not_to_contain_text("mustache")


def test_what_is_left_out_is_said_and_six_are_the_most(page: Page) -> None:
    show(page, "?gender=male&with=Smiling,Young,Eyeglasses,Attractive,Big_Lips")
    choose(page, "without", "Hat")
    expect(page.locator(PROMPT)).to_contain_text("without a hat")
    expect(page).to_have_url(re.compile("without=Wearing_Hat"))
    choose(page, "nose", "Prominent nose")
    expect(page.locator("#prompt .problem")).to_contain_text("keep 6 or fewer")


def test_a_face_opens_large_and_the_keyboard_leafs_and_closes(page: Page) -> None:
    show(page, SMILING)
    first, second = page.locator("#gallery .caption-label").all_inner_texts()[:2]
    page.locator("#gallery .thumbnail").first.click()
    expect(page.locator(f"{DIALOG} h2")).to_have_text(first)
    expect(page.locator(f"{DIALOG} .labels :is(.carried, .lacked)")).to_have_count(40)
    expect(page.locator(f"{DIALOG} .carried").filter(has_text="Smiling")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(page.locator(f"{DIALOG} h2")).to_have_text(second)
    page.keyboard.press("Escape")
    expect(page.locator(DIALOG)).to_be_hidden()


def test_a_mode_draws_as_many_attributes_as_asked(page: Page, app_url: str) -> None:
    load(page, app_url, SMILING)
    open_fold(page, "How prompts are drawn", "#size")
    size = page.locator("#size input[type=number]")
    size.fill("2")
    size.press("Enter")
    page.locator("#mode input").click()
    page.get_by_role("option", name="As in the data").click()
    page.click("#random")
    expect(page).to_have_url(re.compile(r"with=\w+,\w+&attributes=2&draw=faithful$"))
    expect(page.locator("#gallery img").first).to_be_visible()
    page.reload()
    expect(page.locator("#gallery img").first).to_be_visible()
    open_fold(page, "How prompts are drawn", "#size")
    expect(size).to_have_value("2")
    expect(page.locator("#mode input")).to_have_value("As in the data")


def test_where_no_prompt_can_be_drawn_the_choice_stays(page: Page, app_url: str) -> None:
    load(page, app_url, f"{SMILING}&least=1000000")
    prompt, count = page.locator(PROMPT).inner_text(), page.locator(COUNT).inner_text()
    page.click("#random")
    expect(page.locator("#notes .problem")).to_contain_text("lower the threshold")
    assert (page.locator(PROMPT).inner_text(), page.locator(COUNT).inner_text()) == (prompt, count)
    choose(page, "nose", "Pointy nose")
    expect(page.locator("#notes .problem")).to_have_count(0)


def test_a_file_about_another_view_is_not_offered_beside_a_refused_choice(page: Page, app_url: str) -> None:
    load(page, app_url, f"{SMILING}&unusual=1")
    open_fold(page, "Export", "#export-what")
    page.locator("#export-make").click()
    expect(page.locator("#export-file")).to_be_visible()
    choose(page, "hair_color", "Black hair")
    choose(page, "hair_color", "Gray hair")
    expect(page.locator("#prompt .problem")).to_be_visible()
    expect(page.locator("#export-file")).to_be_hidden()


def test_filters_change_the_count_and_say_what_it_was(filtered_page: Page) -> None:
    page = filtered_page
    expect(page.locator(COUNT)).to_have_text("12")
    open_fold(page, "Which images count", "#strict")
    page.locator("#strict input").check()
    expect(page.locator(COUNT)).to_have_text("8")
    expect(page.locator("#count")).to_contain_text("12 without the filters")
    page.locator("#blurry").get_by_text("Included").click()
    expect(page.locator(COUNT)).to_have_text("12")
    page.locator("#split").get_by_text("Test").click()
    expect(page.locator(COUNT)).to_have_text("3")
    expect(page).to_have_url(re.compile("split=test&blurry=in&strict=1"))
    expect(page.locator("#gallery .thumbnail")).to_have_count(3)


def test_contradictions_are_marked_and_images_are_shown_in_the_wild(filtered_page: Page) -> None:
    page = filtered_page
    url = page.url.split("?")[0].rstrip("/")
    load(page, url, "?gender=female&with=Blond_Hair,Black_Hair")
    page.locator("#versions").get_by_text("In the wild").click()
    expect(page).to_have_url(re.compile("images=in_the_wild"))
    page.locator("#gallery .strip[data-of*=in_the_wild]").wait_for()  # a face opens as its thumbnail shows it
    page.locator("#gallery .thumbnail").first.click()
    expect(page.locator(f"{DIALOG} .contradiction")).to_contain_text("two hair colours")
    expect(page.locator(f"{DIALOG} .contradicting")).to_have_count(2)
    expect_image(page, 400, 300)
    page.get_by_role("button", name="Close").click()
    expect(page.locator(DIALOG)).to_be_hidden()


def test_a_face_of_another_tab_opens_in_the_version_of_its_thumbnail(filtered_page: Page) -> None:
    page = filtered_page
    expect(page).to_have_url(re.compile("images=in_the_wild"))
    page.get_by_role("tab", name="Dataset").click()
    page.get_by_role("tab", name="Labels").click()
    page.get_by_role("button", name="Two hair colours").click()
    page.locator("#audit-faces .thumbnail").first.click()
    expect(page.locator(f"{DIALOG} .contradiction")).to_contain_text("two hair colours")
    expect_image(page, 178, 218)  # as CelebA aligned it
    page.get_by_role("button", name="Close").click()
    page.get_by_role("tab", name="Explore").click()


def test_captions_are_written_as_asked(filtered_page: Page, screenshots: Path, tmp_path: Path) -> None:
    page = filtered_page
    open_fold(page, "Export", "#export-what")
    page.locator("#export-what input").click()
    page.get_by_role("option", name="Captions of the matching images").click()
    page.locator("#export-style").get_by_label("Plain").check()
    page.locator("#export-seed input").fill("7")
    expect(page.locator("#export")).to_contain_text("test images are among them")
    page.locator("#export").screenshot(path=screenshots / "captions.png")
    page.locator("#export-make").click()
    with page.expect_download() as downloading:
        page.locator("#export-file").click()
    downloading.value.save_as(tmp_path / "captions.csv")
    with (tmp_path / "captions.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == int(page.locator(COUNT).inner_text()) and {row["seed"] for row in rows} == {"7"}
    page.locator("#export-what input").click()
    page.get_by_role("option", name="Counts of this view").click()
    expect(page.locator("#export-seed")).to_be_hidden()

"""The tab Grid as a visitor uses it, in a real browser."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from generation.png.dropped import read_dropped

pytestmark = pytest.mark.browser

PICTURES = "#grid-table img"


@pytest.fixture
def page(browser: Browser, app_url: str) -> Iterator[Page]:
    """The tab, opened by its address."""
    opened = browser.new_page(viewport={"width": 1440, "height": 900})
    opened.goto(f"{app_url}/?tab=grid&gender=male&with=Eyeglasses&seed=5")
    expect(opened.locator("#grid-price .price")).to_contain_text("9 portraits")
    yield opened
    opened.close()


def choose(page: Page, axis: str, title: str, values: str) -> None:
    """Vary something else, by these values."""
    page.locator(f"#grid-{axis} input").click()
    page.get_by_role("option", name=title, exact=True).click()
    # The page clears what was typed for the axis before.
    expect(page.locator(f"#grid-{axis}-values input")).to_have_value("")
    page.locator(f"#grid-{axis}-values input").fill(values)


def test_a_grid_is_made_and_kept_as_one_image_and_its_cells_open_in_explore(
    page: Page, tmp_path: Path
) -> None:
    expect(page.locator("#grid-price .prompt")).to_have_text("a man wearing eyeglasses")
    choose(page, "x", "Steps", "2, x")
    expect(page.locator("#grid-price .problem")).to_contain_text("'x' is no number")
    page.locator("#grid-x-values input").fill("2, 4-5")
    expect(page.locator("#grid-price .price")).to_contain_text("6 portraits")
    expect(page.locator("#grid-price .empty-cells")).to_contain_text("Demo model takes a whole number")
    choose(page, "y", "Adapter strength", "0, 1")
    expect(page.locator("#grid-price .price")).to_contain_text("4 portraits")
    page.locator("#grid-make").click()
    expect(page.locator("#grid-status")).to_contain_text("All 4 portraits are made.")
    expect(page.locator(PICTURES)).to_have_count(4)
    for picture in page.locator(PICTURES).all():
        assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 96
    expect(page.locator("#grid-price .price")).to_contain_text("all there already")
    with page.expect_download() as download:
        page.locator("#grid-save").click()
    download.value.save_as(tmp_path / download.value.suggested_filename)
    fields, _ = read_dropped(tmp_path / "grid.png")
    assert (fields["prompt"], fields["seed"]) == ("a man wearing eyeglasses", 5)
    with Image.open(tmp_path / "grid.png") as image:
        assert image.width > 3 * 192
    page.locator("#grid-table a").last.click()
    expect(page.locator("#generate")).to_be_visible()
    expect(page).to_have_url(re.compile(r"seed=5&steps=5"))
    expect(page.locator("#link-problems")).to_be_hidden()
    page.get_by_role("tab", name="Grid").click()
    expect(page.locator(PICTURES)).to_have_count(4)
    expect(page.locator("#grid-price")).to_contain_text("5 steps")  # the base is what Explore shows now


def test_a_grid_is_stopped_and_goes_on_and_the_page_stays_as_wide_as_a_phone(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    choose(page, "x", "Steps", "30-50[5]")
    page.locator("#grid-y input").click()
    page.get_by_role("option", name="Nothing", exact=True).click()
    expect(page.locator("#grid-y-values")).to_be_hidden()
    expect(page.locator("#grid-price .price")).to_contain_text("5 portraits")
    page.locator("#grid-make").click()
    expect(page.locator(PICTURES).first).to_be_visible()
    page.locator("#grid-stop").click()
    expect(page.locator("#grid-status")).to_contain_text(re.compile(r"[1-4] of 5 portraits are made"))
    expect(page.locator("#grid-stop")).to_be_hidden()
    made = page.locator(PICTURES).count()
    assert 0 < made < 5
    page.locator("#grid-go-on").click()
    expect(page.locator("#grid-status")).to_contain_text("All 5 portraits are made.")
    expect(page.locator(PICTURES)).to_have_count(5)
    assert page.evaluate("document.documentElement.scrollWidth") == 390

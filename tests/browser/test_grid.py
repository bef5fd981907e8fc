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
def page(browser: Browser) -> Iterator[Page]:
    opened = browser.new_page(viewport={"width": 1440, "height": 900})
    yield opened
    opened.close()


def open_grid(page: Page, app_url: str, axes: str, portraits: int) -> None:
    """Open the tab by its address, and wait for its price."""
    page.goto(f"{app_url}/?tab=grid&gender=male&with=Eyeglasses&seed=5{axes}")
    expect(page.locator("#grid-price .price")).to_contain_text(f"{portraits} portraits")


def choose(page: Page, axis: str, title: str, values: str) -> None:
    """Vary something else, by these values in place of the example."""
    typed = page.locator(f"#grid-{axis}-values input")
    before = typed.input_value()
    page.locator(f"#grid-{axis} input").click()
    page.get_by_role("option", name=title, exact=True).click()
    expect(typed).not_to_have_value(before)
    typed.fill(values)


def test_a_grid_is_made_and_kept_as_one_image_and_its_cells_open_in_explore(
    page: Page, app_url: str, tmp_path: Path
) -> None:
    open_grid(page, app_url, "", 9)
    expect(page.locator("#grid-price .prompt")).to_have_text("a man wearing eyeglasses")
    choose(page, "x", "Steps", "2, x")
    expect(page.locator("#grid-price .problem")).to_contain_text("'x' is no number")
    page.locator("#grid-y input").focus()  # and left as it is
    page.keyboard.press("Tab")
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
    page.reload()
    expect(page.locator("#grid-x-values input")).to_have_value("2, 4-5")
    expect(page.locator("#grid-y input")).to_have_value("Adapter strength")
    expect(page.locator("#grid-price .price")).to_contain_text("4 portraits, all there already")
    expect(page.locator(PICTURES)).to_have_count(4)
    page.locator("#grid-table a").last.click()
    expect(page.locator("#generate")).to_be_visible()
    expect(page).to_have_url(re.compile(r"seed=5&steps=5"))
    assert "g-x=steps&g-x-values=2%2C%204-5&g-y=strength&g-y-values=0%2C%201" in page.url
    expect(page.locator("#link-problems")).to_be_hidden()
    page.get_by_role("tab", name="Grid").click()
    expect(page.locator(PICTURES)).to_have_count(4)
    expect(page.locator("#grid-price")).to_contain_text("5 steps")  # the base is what Explore shows now


def test_a_grid_is_stopped_and_goes_on_and_the_page_stays_as_wide_as_a_phone(
    page: Page, app_url: str
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    open_grid(page, app_url, "&g-x=steps&g-x-values=30-50[5]&g-y=", 5)
    expect(page.locator("#grid-y-values")).to_be_hidden()
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

"""The tab Dataset as a visitor uses it, in a real browser: one page, each test goes on from the last."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from prompt_engine.dataset_facts import Dataset
from prompt_engine.prompt_filter import PromptFilter
from prompt_engine.query import Query
from prompt_engine.reliability import Tier
from tests.browser.dataset_tab import EXPORT, FILTER, ROWS, SECTIONS, open_section
from tests.browser.fold import open_fold

pytestmark = pytest.mark.browser

SCHEMES: tuple[tuple[Literal["light", "dark"], int], ...] = (("light", 0), ("dark", 1))
SUMMARY = ".histogram .summary"


@pytest.fixture(scope="module")
def page(browser: Browser, app_url: str) -> Iterator[Page]:
    """A page that a link opened, on this tab and with a threshold of its own."""
    opened = browser.new_page(viewport={"width": 1440, "height": 900})
    opened.goto(f"{app_url}?tab=dataset&threshold=1000")
    expect(opened.locator(ROWS).first).to_be_visible()
    yield opened
    opened.close()


def open_tab(page: Page, url: str) -> None:
    """Open the tab once the page shows what its address asks for."""
    page.goto(url)
    expect(page).to_have_url(re.compile("gender="))
    page.get_by_role("tab", name="Dataset").click()
    expect(page.locator(ROWS).first).to_be_visible()


def test_a_link_brings_its_threshold(page: Page) -> None:
    expect(page.locator(".histogram .flag")).to_have_text("1,000")
    kept = sum(row.count >= 1_000 for row in Dataset().facts().rows)
    expect(page.locator(SUMMARY)).to_contain_text(f"{kept:,} kept")
    expect(page).to_have_url(re.compile("tab=dataset.*threshold=1000"))


def test_the_threshold_is_dragged(page: Page) -> None:
    box = page.locator(".histogram .plot").bounding_box()
    assert box
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.9, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + 1, middle, steps=4)
    expect(page.locator(SUMMARY)).to_contain_text("8,343 kept, 0 dropped")  # before it is let go
    page.mouse.up()
    expect(page.locator("#losses tbody tr").first).to_contain_text("0 %")
    expect(page).to_have_url(re.compile(r"threshold=0\b"))


def test_the_threshold_is_typed(page: Page) -> None:
    open_fold(page, FILTER, "#dataset-threshold input")
    threshold = page.locator("#dataset-threshold input")
    expect(threshold).to_have_value("0")
    threshold.fill("200")
    expect(page.locator(SUMMARY)).to_contain_text("4,621 kept, 3,722 dropped")
    expect(page.locator("#losses tbody tr").first).to_contain_text(
        re.compile(r"Rosy cheeks\s*Man\s*466\s*466")
    )
    expect(page).not_to_have_url(re.compile("threshold"))


def test_the_catalogue_is_searched_and_sorted(page: Page) -> None:
    expect(page.locator(".prompts th.images")).to_have_attribute("aria-sort", "descending")
    page.locator(".prompts th.images button").click()
    expect(page.locator(".prompts th.images")).to_have_attribute("aria-sort", "ascending")
    page.locator("#catalogue-words").get_by_role("textbox").fill("goatee bald")
    both = sum({"Goatee", "Bald"} <= set(row.labels) for row in Dataset().facts().rows)
    expect(page.locator(".pager")).to_contain_text(f"of {both} prompts")
    assert "bald man" in page.locator(ROWS).first.inner_text()


def test_the_catalogue_is_given_away_as_it_is_shown(page: Page, tmp_path: Path) -> None:
    page.locator("#dataset-lift input").fill("0.5")
    open_fold(page, EXPORT, "#catalogue-export-make")
    page.locator("#catalogue-export-format").get_by_label("JSON lines").check()
    page.locator("#catalogue-export-make").click()
    file = page.locator("#catalogue-export-file")
    with page.expect_download() as downloading:
        file.click()
    assert "/exports/" in downloading.value.url  # from where it lies, not a copy that stays
    downloading.value.save_as(tmp_path / "catalogue.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "catalogue.jsonl").read_text().splitlines()]
    shown = Dataset().judged(Query(), PromptFilter(200, 0.5))
    assert [row["kept"] for row in rows] == [each.kept for each in shown]
    page.locator("#dataset-lift input").fill("0")
    expect(file).to_be_hidden()  # it is about other prompts than the table now
    page.locator("#catalogue-export-what input").click()
    page.get_by_role("option", name="wildcards").click()
    expect(page.locator("#catalogue-export-format")).to_be_hidden()


def test_the_address_holds_the_filters(browser: Browser, page: Page, app_url: str) -> None:
    page.locator("#dataset-lift input").fill("0.5")
    page.locator("#dataset-tier input").click()
    page.get_by_role("option", name="Unflagged only").click()
    expect(page).to_have_url(re.compile(r"d-lift=0\.5.*d-tier=0|d-tier=0.*d-lift=0\.5"))
    shown = Dataset().judged(Query(), PromptFilter(200, 0.5, Tier.UNFLAGGED))
    kept = sum(each.kept for each in shown)
    page.locator("#catalogue-words").get_by_role("textbox").fill("")
    page.locator("#catalogue-which").get_by_label("Kept").check()
    expect(page.locator(".pager")).to_contain_text(f"of {kept:,} prompts")
    other = browser.new_page(viewport={"width": 1440, "height": 900})
    other.goto(page.url)
    expect(other.locator(ROWS).first).to_be_visible()
    other.locator("#catalogue-which").get_by_label("Kept").check()
    expect(other.locator(".pager")).to_contain_text(f"of {kept:,} prompts")
    expect(other.locator("#link-problems")).not_to_contain_text("d-")
    other.close()
    page.goto(f"{app_url}?tab=dataset")
    expect(page.locator("#losses tbody tr").first).to_be_visible()


def test_a_cell_of_the_map_shows_faces(page: Page) -> None:
    open_section(page, "Relations")
    page.locator(".map tbody tr").nth(4).locator("td").nth(9).click()
    expect(page.locator("#heat-map .tip")).to_contain_text(
        re.compile(r"observed [\d,]+, expected [\d,]+, lift")
    )
    expect(page.locator("#pair-faces img")).to_have_count(20)
    pair = page.locator("#pair-faces h3").inner_text()
    page.locator("#pair-faces .thumbnail").nth(1).click()
    expect(page.locator("#face-dialog .labels :is(.carried, .lacked)")).to_have_count(40)
    page.locator("#face-dialog .close").click()
    page.locator(".map tbody tr").nth(4).locator("td").nth(9).click()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator("#pair-faces h3")).not_to_have_text(pair)
    page.locator("#relations-gender").get_by_label("Man", exact=True).check()
    expect(page.locator(".map")).to_have_attribute("data-gender", "male")


def test_shares_and_findings_are_shown(page: Page) -> None:
    open_section(page, "Shares")
    expect(page.locator(".shares tfoot").first).to_contain_text("100.0 %")
    open_section(page, "Labels")
    page.get_by_role("button", name="Two hair colours").click()
    expect(page.locator("#audit-faces")).to_contain_text("Drawn people do not contradict themselves")
    expect(page.locator("#find-duplicates")).to_be_hidden()


def test_a_row_opens_in_explore(page: Page) -> None:
    open_section(page, "Prompts")
    row = page.locator(".prompts tbody a").first
    sentence = row.inner_text()
    page.locator(".prompts tbody .gender").first.click(force=True)  # anywhere in the row lies its link
    expect(page.locator("#prompt .prompt")).to_be_visible()
    expect(page.locator("#prompt .prompt")).to_have_text(sentence)


@pytest.mark.parametrize(("name", "width"), [("desk", 1440), ("phone", 390)])
def test_every_section_fits_the_screen(
    browser: Browser, app_url: str, screenshots: Path, name: str, width: int
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 844})
    open_tab(page, app_url)
    for section in SECTIONS:
        open_section(page, section)
        for scheme, dark in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            expect(page.locator("body.dark")).to_have_count(dark)
            file = f"dataset-{section.lower()}-{name}-{scheme}.png"
            page.screenshot(path=screenshots / file, full_page=True)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()

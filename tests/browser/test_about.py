"""The tab About in a browser: sections by link and by address, short lines, CelebA's own labels, a report."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from generation.example import example_recipe
from studio.reporting import Reporting
from tests.browser.explore_page import open_page, show

pytestmark = pytest.mark.browser

# The letters of each line of each paragraph, as they are laid out.
LINES = """() => {
    const range = document.createRange()
    return [...document.querySelectorAll("#about p")].flatMap((paragraph) => {
        const { top } = paragraph.getBoundingClientRect()
        const height = parseFloat(getComputedStyle(paragraph).lineHeight)
        const lines = {}
        const texts = document.createTreeWalker(paragraph, NodeFilter.SHOW_TEXT)
        for (let text = texts.nextNode(); text; text = texts.nextNode())
            for (let at = 0; at < text.length; at += 1) {
                range.setStart(text, at)
                range.setEnd(text, at + 1)
                const box = range.getBoundingClientRect()
                const line = Math.floor(((box.top + box.bottom) / 2 - top) / height)
                if (box.width) lines[line] = (lines[line] ?? 0) + 1
            }
        return Object.values(lines)
    })
}"""


@pytest.fixture(scope="module")
def page(browser: Browser, app_url: str) -> Iterator[Page]:
    """One page for all tests."""
    page = open_page(browser, app_url)
    yield page
    page.close()


def test_the_footer_leads_to_a_section_and_keeps_what_is_chosen(page: Page) -> None:
    show(page, "?gender=male&with=Goatee")
    page.locator("#footer").get_by_role("link", name="Privacy").click()
    expect(page.locator("#about-privacy")).to_be_focused()
    expect(page.locator("#about-privacy")).to_be_in_viewport()
    assert page.url.endswith("gender=male&with=Goatee&tab=about#about-privacy")
    page.locator("#about .sections").get_by_role("link", name="The labels").click()
    expect(page.locator("#about-labels")).to_be_focused()


def test_lines_have_70_letters_at_most(page: Page) -> None:
    lines = page.evaluate(LINES)
    assert len(lines) > 30 and max(lines) <= 70


def test_an_address_opens_a_section(page: Page, app_url: str) -> None:
    page.goto("about:blank")
    page.goto(f"{app_url}?tab=about#about-report")
    expect(page.locator("#about-report")).to_be_focused()
    expect(page.locator("#about-report")).to_be_in_viewport()


def test_celebas_own_labels_open_by_the_keyboard(page: Page, app_url: str) -> None:
    page.goto(f"{app_url}?gender=female&with=Attractive")
    own = page.locator("#notes .own-labels")
    expect(own.locator("code").last).to_be_hidden()
    own.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(own.locator("code").last).to_have_text("Attractive")
    expect(page.locator("#prompt .prompt")).to_have_text("an attractive woman")
    expect(page.locator("#bucket-other .token")).to_have_text("Rated attractive")
    expect(page.get_by_role("button", name="Remove Rated attractive", exact=True)).to_be_visible()


def test_a_report_names_the_page_as_the_browser_reached_it(page: Page, app_url: str) -> None:
    link = Reporting.of({}, "ada@example.org").render("Report", example_recipe("demo", "demo"))
    page.evaluate(
        "link => document.querySelector('#caption .note').insertAdjacentHTML('beforeend', link)", link
    )
    report = page.locator("#caption a.report")
    report.dispatch_event("pointerdown")
    told = page.evaluate("() => decodeURIComponent(document.querySelector('#caption a.report').href)")
    assert f"This picture:\n{app_url}/?v=1&" in told and "here.invalid" not in told

"""The page without a mouse, in a real browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.explore_page import open_page, take_fifty_steps

pytestmark = pytest.mark.browser

STEPS = 20  # more than it takes to leave the dropdowns


@pytest.fixture(scope="module")
def page(browser: Browser, app_url: str) -> Iterator[Page]:
    opened = open_page(browser, app_url)
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("key", "start"), [("Tab", "#gender input:checked"), ("Shift+Tab", "#generate")], ids=["on", "back"]
)
def test_only_the_menu_of_the_focused_dropdown_is_open(page: Page, key: str, start: str) -> None:
    page.locator(start).focus()
    visited = set()
    for _ in range(STEPS):
        page.keyboard.press(key)
        focused = page.evaluate("document.activeElement.ariaLabel")
        in_menu = page.locator("#buckets input:focus").count()
        expect(page.locator("#buckets [aria-expanded=true]")).to_have_count(in_menu)
        visited |= {focused} if in_menu else set()
        if len(visited) == 8 and not page.locator("#buckets :focus").count():
            break
    assert len(visited) == 8
    expect(page.get_by_role("listbox")).to_have_count(0)


def test_the_focus_goes_to_the_button_that_takes_the_others_place(page: Page) -> None:
    take_fifty_steps(page)
    page.locator("#generate").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#cancel")).to_be_focused()
    expect(page.locator("#generate")).to_be_focused()  # the portraits are made
    page.keyboard.press("Enter")
    expect(page.locator("#cancel")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#status")).to_contain_text("Cancelled")
    expect(page.locator("#generate")).to_be_focused()


@pytest.mark.parametrize("bucket", ["hair_color", "other"])
def test_a_menu_that_escape_closed_opens_again_with_a_click(page: Page, bucket: str) -> None:
    for _ in range(2):
        page.locator(f"#bucket-{bucket} input").click()
        expect(page.get_by_role("listbox")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("listbox")).to_have_count(0)

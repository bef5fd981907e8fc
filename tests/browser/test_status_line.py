"""The footer says when a model last made a comparison."""

import pytest
from playwright.sync_api import Browser, expect

pytestmark = pytest.mark.browser


def test_the_footer_tells_of_the_last_comparison(browser: Browser, app_url: str) -> None:
    page = browser.new_page()
    page.goto(app_url)
    expect(page.locator("#status-line")).to_contain_text("comparison")

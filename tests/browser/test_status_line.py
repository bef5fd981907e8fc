"""The footer says when a model last made a comparison."""

import pytest
from playwright.sync_api import expect

from bench.chromium import open_browser

pytestmark = pytest.mark.browser


def test_the_footer_tells_of_the_last_comparison(app_url: str) -> None:
    with open_browser() as browser:
        page = browser.new_page()
        page.goto(app_url)
        expect(page.locator("#status-line")).to_contain_text("comparison", timeout=30_000)

"""A recipe's link opens what it names, in a real browser, and says what this page cannot do."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.fold import open_fold

pytestmark = pytest.mark.browser

LINK = "?v=1&a=fx9v-f&m=demo&l=demo&s=8&n=30&g=3.5&w=0.5&p=96"


SLOW_ANSWERS = """(() => {
    const ask = fetch
    window.fetch = async (...asked) => {
        if (String(asked[0]).includes("/run/")) await new Promise(go => setTimeout(go, 500))
        return ask(...asked)
    }
})()"""


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    opened = browser.new_page(viewport={"width": 1440, "height": 900})
    yield opened
    opened.close()


def test_a_recipes_link_opens_and_the_bar_then_says_it_in_words(page: Page, app_url: str) -> None:
    page.goto(f"{app_url}/{LINK}")
    expect(page.locator("#bucket-hair_color input")).to_have_value("Blond hair")
    said = "gender=female&with=Wavy_Hair,Blond_Hair,Smiling&without=Eyeglasses"
    expect(page).to_have_url(f"{app_url}/?{said}&seed=8&steps=30&guidance=3.5&strength=0.5")
    expect(page.locator("#link-problems")).to_be_hidden()
    open_fold(page, "Settings", "#steps")
    for name, value in (("steps", "30"), ("guidance", "3.5"), ("strength", "0.5")):
        expect(page.locator(f"#{name} input[type=number]")).to_have_value(value)
    expect(page.locator("#seed input")).to_have_value("8")
    page.reload()
    expect(page.locator("#bucket-hair_color input")).to_have_value("Blond hair")


def test_what_of_a_link_cannot_be_shown_is_told_and_the_rest_opens(page: Page, app_url: str) -> None:
    page.goto(f"{app_url}/?v=1&a=m4-K&m=large&l=/etc/passwd&s=8")
    for told in ("/etc/passwd", "'K'"):
        expect(page.locator("#link-problems")).to_contain_text(told)
    expect(page.locator("#bucket-hair_color input, #bucket-appearance input").first).to_be_visible()
    expect(page).to_have_url(re.compile(r"\?gender=male&with=Bald&seed=8&model=large$"))
    expect(page.locator("#status")).to_contain_text(re.compile("not kept here.*SD 3.5 Large needs a GPU"))


def test_a_tab_that_is_clicked_before_the_view_has_opened_stays_in_the_bar(page: Page, app_url: str) -> None:
    page.add_init_script(SLOW_ANSWERS)
    page.goto(f"{app_url}/?v=1&a=m4&s=8&tab=about", wait_until="commit")
    page.get_by_role("tab", name="Models").click()
    expect(page).to_have_url(f"{app_url}/?gender=male&with=Bald&seed=8&tab=models")
    expect(page.get_by_role("tab", name="Models")).to_have_attribute("aria-selected", "true")
    page.go_back()
    expect(page.get_by_role("tab", name="About")).to_have_attribute("aria-selected", "true")
    expect(page).to_have_url(re.compile("gender=male&with=Bald&seed=8&tab=about$"))

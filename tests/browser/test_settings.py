"""The settings follow the model, in a real browser, also one that this machine cannot run."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.fold import open_fold

pytestmark = pytest.mark.browser

TOO_LONG = (  # for the demo model
    "gender=female&without=Mouth_Slightly_Open,Receding_Hairline,Double_Chin,Big_Nose,Rosy_Cheeks,"
    "Bags_Under_Eyes"
)


def expect_numbers(page: Page, **numbers: str) -> None:
    for name, value in numbers.items():
        expect(page.locator(f"#{name} input[type=number]")).to_have_value(value)


def choose_model(page: Page, title: str) -> None:
    page.locator("#model input").click()
    page.get_by_role("option").filter(has_text=re.compile(title)).click()


def test_the_settings_and_the_address_follow_the_model(browser: Browser, app_url: str) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(f"{app_url}/?{TOO_LONG}")
    expect(page.locator("#prompt")).to_contain_text("Demo model reads this prompt only up to")
    open_fold(page, "Settings", "#steps")
    expect(page.locator("#models-note")).to_contain_text("needs a GPU")  # said before anyone asks for it
    choose_model(page, "Large Turbo")
    expect(page.locator("#prompt .note")).to_have_count(0)  # which reads all of it
    expect_numbers(page, steps="4", guidance="0")
    expect(page.locator("#steps input[type=range]")).to_have_attribute("max", "10")
    expect(page.locator("#strength")).to_be_hidden()  # no adapter is offered for it here
    expect(page).to_have_url(re.compile("model=turbo$"))
    choose_model(page, "SD 3.5 Medium")
    expect_numbers(page, steps="40", guidance="4.5")
    page.locator("#adapter input").fill("../etc")
    page.keyboard.press("Enter")
    expect(page.locator("#adapter-note")).to_contain_text("is no adapter")
    page.locator("#adapter input").fill("someone/faces@v1")
    page.keyboard.press("Enter")
    expect(page.locator("#adapter-note p")).to_have_count(0)
    page.reload()
    open_fold(page, "Settings", "#steps")
    expect_numbers(page, steps="40", strength="1")
    expect(page.locator("#adapter input")).to_have_value("someone/faces@v1")
    page.close()

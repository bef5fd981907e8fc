"""The address and the answers of the tab Dataset, in a real browser: one page, which each test leads on."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.dataset_tab import EXPORT, FILTER, ROWS, SECTIONS, open_section
from tests.browser.fold import open_fold
from tests.browser.late_answer import LATE_ANSWER

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    opened = browser.new_page(viewport={"width": 1440, "height": 900})
    yield opened
    opened.close()


def test_a_file_about_other_filters_is_not_offered(page: Page, app_url: str) -> None:
    page.goto(f"{app_url}?tab=dataset&d-lift=0.5")
    expect(page.locator(ROWS).first).to_be_visible()
    page.get_by_role("tab", name="Labels", exact=True).click()
    page.get_by_role("tab", name="Prompts", exact=True).click()  # two steps in the history
    open_fold(page, FILTER, "#dataset-threshold input")
    open_fold(page, EXPORT, "#catalogue-export-make")
    page.locator("#dataset-lift input").fill("0.6")
    expect(page).to_have_url(re.compile(r"d-lift=0\.6"))
    page.locator("#catalogue-export-make").click()
    file = page.locator("#catalogue-export-file")
    expect(file).to_be_visible()
    page.go_back()
    page.go_back()
    expect(page.locator("#dataset-lift input")).to_have_value("0.5")
    expect(file).to_be_hidden()
    page.locator("#catalogue-export-make").click()
    page.locator("#dataset-lift input").fill("0.7")  # while the file is made
    page.wait_for_timeout(5000)
    expect(file).to_be_hidden()
    page.locator("#catalogue-export-make").click()
    expect(file).to_be_visible()


def test_of_quick_clicks_the_last_counts(page: Page, app_url: str) -> None:
    page.goto(f"{app_url}?tab=dataset&d-section=relations")
    expect(page.locator(SECTIONS["Relations"]).first).to_be_visible()
    page.evaluate(LATE_ANSWER, 0)
    cells = page.locator(".map tbody tr").nth(4).locator("td")
    for column in (9, 10, 12):
        cells.nth(column).click()
        page.wait_for_timeout(200)
    last = page.locator("#heat-map .tip strong").inner_text()
    expect(page.locator("#pair-faces h3")).to_have_text(f"Woman: {last}")
    page.wait_for_function("asked > 1 && answered === asked")
    page.wait_for_timeout(500)
    expect(page.locator("#pair-faces h3")).to_have_text(f"Woman: {last}")


def test_filters_are_about_the_section_that_is_open_however_late_another_is(page: Page, app_url: str) -> None:
    page.goto(f"{app_url}?tab=dataset&d-kept=1")
    expect(page.locator(ROWS).first).to_be_visible()
    open_fold(page, FILTER, "#dataset-threshold input")
    page.evaluate(LATE_ANSWER, 0)
    for name in ("Relations", "Shares"):
        page.get_by_role("tab", name=name, exact=True).click()
    page.wait_for_function("asked > 0 && answered === asked")
    shown = page.locator(".shares").first.inner_text()
    page.locator("#dataset-threshold input").fill("5000")
    expect(page.locator(".shares").first).not_to_have_text(shown, use_inner_text=True)
    expect(page).to_have_url(re.compile("d-section=shares"))


def test_a_link_opens_a_section_as_it_stood(page: Page, app_url: str) -> None:
    page.goto(f"{app_url}?tab=dataset&d-section=relations&d-gender=male&d-pair=Goatee,Young")
    expect(page.locator("#pair-faces h3")).to_have_text("Man: Goatee and young-looking")
    open_section(page, "Labels")
    page.get_by_role("button", name="Two hair colours").click()
    expect(page.locator("#audit-faces h3")).to_have_text("Two hair colours")
    expect(page).to_have_url(re.compile("d-section=labels.*d-finding=hair_colours"))
    page.reload()
    expect(page.locator("#audit-faces h3")).to_have_text("Two hair colours")
    page.go_back()
    expect(page.locator("#audit-faces")).to_have_text("Choose a finding to see its images.")
    page.go_back()
    expect(page.locator("#pair-faces h3")).to_have_text("Man: Goatee and young-looking")


def test_a_reload_brings_the_same_rows(page: Page, app_url: str) -> None:
    page.goto(f"{app_url}?tab=dataset&d-which=kept&d-people=male")
    expect(page.locator(ROWS).first).to_be_visible()
    page.locator("#catalogue-words").get_by_role("textbox").fill("goatee")
    expect(page).to_have_url(re.compile("d-find=goatee"))
    page.locator(".prompts th.images button").click()
    expect(page.locator(".prompts th.images")).to_have_attribute("aria-sort", "ascending")
    page.locator(".pager button").last.click()
    expect(page.locator(".pager [role=status]")).to_have_text(re.compile("^26 to 50 of"))
    expect(page).to_have_url(re.compile("d-page=images%2Cascending%2C1"))
    shown = page.locator(ROWS).all_inner_texts()
    page.reload()
    expect(page.locator(ROWS).first).to_have_text(shown[0], use_inner_text=True)
    assert page.locator(ROWS).all_inner_texts() == shown
    expect(page.locator("#catalogue-words").get_by_role("textbox")).to_have_value("goatee")
    expect(page).to_have_url(re.compile("d-page=images%2Cascending%2C1"))


def test_going_back_undoes_one_step_at_a_time(page: Page, app_url: str) -> None:
    page.goto(f"{app_url}?tab=dataset")
    expect(page.locator(".pager [role=status]")).to_contain_text("of 8,343")
    page.locator("#catalogue-which").get_by_label("Dropped").check()
    expect(page.locator(".pager [role=status]")).to_have_text(re.compile("^1 to 25 of 3,722"))
    page.locator(".pager button").last.click()
    expect(page.locator(".pager [role=status]")).to_have_text(re.compile("^26 to 50 of 3,722"))
    expect(page).to_have_url(re.compile("d-page"))
    page.locator(".prompts tbody a").first.click()
    expect(page.locator("#prompt .prompt")).to_be_visible()
    expect(page).not_to_have_url(re.compile("tab=dataset"))
    page.go_back()
    expect(page.locator(".pager [role=status]")).to_have_text(re.compile("^26 to 50 of 3,722"))
    page.go_back()
    expect(page.locator(".pager [role=status]")).to_have_text(re.compile("^1 to 25 of 3,722"))
    page.go_back()
    expect(page.locator(".pager [role=status]")).to_contain_text("of 8,343")


def test_what_a_link_cannot_mean_is_told_on_this_tab_too(page: Page, app_url: str) -> None:
    wrong = "d-section=nonsense&d-find=%07&d-pair=a,b&threshold=1_000&d-lift=0x1&d-tier=0&d-tier=1"
    page.goto(f"{app_url}?tab=dataset&{wrong}")
    expect(page.locator(ROWS).first).to_be_visible()
    expect(page.locator("#link-problems")).to_contain_text("d-section='nonsense'")
    for name in ("d-find", "d-pair", "threshold", "d-lift", "d-tier"):
        expect(page.locator("#link-problems")).to_contain_text(name)
    expect(page).not_to_have_url(re.compile("d-section|d-find|d-pair|threshold|d-lift"))
    expect(page).to_have_url(re.compile("d-tier=0"))
    expect(page).not_to_have_url(re.compile("d-tier=1"))

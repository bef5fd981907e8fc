"""The page in German: nothing of it is left in English, and who chooses a language keeps it."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.explore_page import DESK, FACES, PHONE, PORTRAIT

pytestmark = pytest.mark.browser

TABS = ("explore", "models", "grid", "dataset", "adapter", "about")
SECTIONS = ("relations", "shares", "labels")
# Every text, and what a screen reader or a pointer is told; of folds that are shut too, but not of parts that
# no visitor ever gets. Prompts and code are marked, names of faces are the same everywhere.
TEXTS = """() => {
    const told = ["aria-label", "alt", "title", "placeholder", "aria-valuetext"]
    const never = "script, style, code, pre, kbd, body [lang=en], .hidden, .hide, footer button"
    const found = new Set()
    const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    for (let text = words.nextNode(); text; text = words.nextNode())
        if (!text.parentElement.closest(never)) found.add(text.data.trim())
    for (const each of document.querySelectorAll(told.map((name) => `[${name}]`).join()))
        if (!each.closest(never)) told.forEach((name) => found.add((each.getAttribute(name) ?? "").trim()))
    for (const input of document.querySelectorAll("input[role=listbox]")) found.add(input.value)
    return [...found].filter((text) => /[A-Za-z]{2}/.test(text))
}"""
SETTLED = """() => {
    const { length } = document.querySelector(".contain").innerText
    const calm = window.before === length && !document.querySelector(".generating, .pending")
    window.before = length
    return calm && length > 0
}"""
# Alike in both languages: names, terms of the field, what is typed or licensed.
ALIKE = {
    *("Adapter", "Alpha", "CSV", "CelebA", "Deutsch", "Format", "Guidance", "JSON lines", "Labels", "Lift"),
    *("Parquet", "Prompt", "Prompts", "README", "Revision", "Training", "demo", "In", "Attractive", "Blurry"),
    *("SD 3.5 Medium", "SD 3.5 Large", "SD 3.5 Large Turbo", "Powered by Stability AI", "0, 0.5, 1"),
}
NAMES = re.compile(
    r"drawn-\d+|[\d.,]+\s?(px|s|MB, F32)|.*Stability AI Community License.*|SD 3\.5 .*:", re.DOTALL
)


def _open(browser: Browser, url: str, locale: str, size: tuple[int, int] = DESK) -> Page:
    width, height = size
    page = browser.new_page(locale=locale, viewport={"width": width, "height": height})
    page.goto(url)
    expect(page.locator(PORTRAIT)).to_be_visible()
    expect(page.locator(FACES).first).to_be_visible()
    return page


def _tabs(page: Page) -> Iterator[str]:
    """Open every tab, and in Dataset every section; each is said when it stands."""
    for name in (*TABS[:4], *SECTIONS, *TABS[4:]):
        page.locator(f"button[data-tab-id={name}]:visible").first.click()
        page.wait_for_function(SETTLED, polling=400)
        yield name


def test_nothing_is_left_in_english_and_german_has_room_on_a_phone(browser: Browser, app_url: str) -> None:
    english, german = _open(browser, app_url, "en-GB"), _open(browser, app_url, "de-DE", PHONE)
    expect(german.locator("html")).to_have_attribute("lang", "de")
    told = {name: set(english.evaluate(TEXTS)) for name in _tabs(english)}
    left, widths = {}, {}
    for name in _tabs(german):
        alike = told[name] & set(german.evaluate(TEXTS)) - ALIKE
        left[name] = sorted(each for each in alike if not NAMES.fullmatch(each))
        widths[name] = german.evaluate("document.documentElement.scrollWidth")
    assert sum(map(len, told.values())) > 1_000
    assert left == dict.fromkeys(told, [])
    assert widths == dict.fromkeys(told, PHONE[0])
    english.close()
    german.close()


def test_who_chooses_a_language_keeps_it_and_passes_on_none(browser: Browser, app_url: str) -> None:
    page = _open(browser, app_url, "de-DE")
    expect(page.get_by_role("link", name="Deutsch")).to_be_hidden()
    page.get_by_role("link", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("#count")).to_contain_text("match")
    page.reload()
    expect(page.locator("#count")).to_contain_text("match")
    page.goto(f"{app_url}?lang=de&gender=male")
    expect(page.locator("#count")).to_contain_text("passen")
    expect(page).to_have_url(re.compile("gender=male"))
    assert "lang" not in page.url
    page.close()

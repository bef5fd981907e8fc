"""What anybody can see and reach: every tab by axe in both themes, Explore by keys alone, its weight."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.explore_page import DESK, FACES, PORTRAIT, open_page, take_fifty_steps

pytestmark = pytest.mark.browser

TABS = ("Explore", "Models", "Grid", "Dataset", "Adapter", "About")
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
FIRST_VIEW_BYTES = 1_500_000
OF_GRADIO = ("/assets/", "/static/", "/theme.css", "/favicon", "/manifest")
ALL_RULES: dict[str, Any] = {"resultTypes": ["violations"]}
COLOURS: dict[str, Any] = {**ALL_RULES, "runOnly": ["color-contrast", "link-in-text-block"]}
FOCUSED = """() => {
    const focused = document.activeElement
    return focused.id || focused.closest("[id]:not([id=''])")?.id || focused.tagName
}"""
PLACE = """() => {
    const { left, right, top, bottom } = document.activeElement.getBoundingClientRect()
    const seen = document.elementFromPoint((left + right) / 2, (top + bottom) / 2)
    const isSeen = document.activeElement.contains(seen) || seen?.contains(document.activeElement)
    return [isSeen && top >= 0 && bottom <= innerHeight, top + scrollY]
}"""
SMALL = """() => [...document.querySelectorAll("button, [role=tab], select, input, summary")]
    .filter(each => each.checkVisibility({ visibilityProperty: true }))
    .filter(each => !each.closest("td, th, li, .html-container p"))
    .filter(each => {
        const within = each.closest("label, .wrap-inner") ?? each
        const { width, height } = within.getBoundingClientRect()
        return width && height && Math.min(width, height) < 23.5 && !each.matches(".term")
    })
    .map(each => each.outerHTML.slice(0, 120))"""


@dataclass
class Weight:
    """Bytes that came over the wire, by request, and what was asked for."""

    bytes_of: dict[str, int] = field(default_factory=dict)
    asked: dict[str, str] = field(default_factory=dict)

    @property
    def own(self) -> int:
        """Of the page beside Gradio's own files."""
        return sum(
            size
            for request, size in self.bytes_of.items()
            if not urlsplit(self.asked.get(request, "")).path.startswith(OF_GRADIO)
        )


def weigh(page: Page) -> Weight:
    """Count from now on."""
    weight = Weight()
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.on(
        "Network.requestWillBeSent", lambda e: weight.asked.update({e["requestId"]: e["request"]["url"]})
    )

    def add(event: dict[str, Any]) -> None:
        before = weight.bytes_of.get(event["requestId"], 0)
        weight.bytes_of[event["requestId"]] = before + event["encodedDataLength"]

    session.on("Network.dataReceived", add)
    return weight


@pytest.fixture(scope="module")
def page(browser: Browser, app_url: str) -> Iterator[Page]:
    opened = open_page(browser, app_url)
    opened.emulate_media(reduced_motion="reduce")  # no colour that is on its way to another
    yield opened
    opened.close()


def findings(page: Page, rules: dict[str, Any], where: str) -> list[str]:
    """What axe calls serious or critical."""
    parts = (
        "#header, [role=tabpanel]:not([style*='none']), dialog[open], #footer" if rules is COLOURS else None
    )
    found = Axe().run(page, context=parts, options=rules).response["violations"]
    return [
        f"{where}: {each['id']}: {node['html'][:160]}"
        for each in found
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"]
    ]


def in_both(page: Page, where: str) -> list[str]:
    """Every rule in the theme that is shown, those about colours in the other too."""
    found = findings(page, ALL_RULES, where)
    for scheme in reversed(SCHEMES):  # ends as it began
        page.emulate_media(color_scheme=scheme)
        expect(page.locator("body.dark")).to_have_count(SCHEMES.index(scheme))
        if scheme == "dark":
            found += findings(page, COLOURS, f"{where}, {scheme}")
    return found


def open_tab(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name, exact=True).click()
    expect(page.get_by_role("tabpanel", name=name)).to_be_visible()


def test_the_first_view_is_light(browser: Browser, app_url: str) -> None:
    page = browser.new_page(viewport={"width": DESK[0], "height": DESK[1]})
    weight = weigh(page)
    page.goto(app_url)
    expect(page.locator(PORTRAIT)).to_be_visible()
    expect(page.locator(FACES)).to_have_count(20)
    assert 50_000 < weight.own < FIRST_VIEW_BYTES
    page.close()


def test_no_tab_has_a_serious_finding_in_either_theme(page: Page) -> None:
    found, small = [], []
    for tab in TABS:
        open_tab(page, tab)
        found += in_both(page, tab)
        small += page.evaluate(SMALL)
    open_tab(page, "Explore")
    assert (found, small) == ([], [])


def test_landmarks_and_headings_tell_the_page_apart(page: Page) -> None:
    for role in ("banner", "main", "contentinfo"):
        expect(page.get_by_role(role)).to_have_count(1)
    expect(page.get_by_role("navigation")).not_to_have_count(0)
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    for image in page.locator("#slider .layer img").all():
        assert "portrait, AI-generated: a woman with wavy blond hair and a smile" in (
            image.get_attribute("alt") or ""
        )
    slider = page.get_by_role("slider", name="Where vanilla ends")
    expect(slider).to_have_attribute("aria-valuetext", "50 % vanilla")


def test_what_opens_has_no_serious_finding_either(page: Page) -> None:
    found = []
    folds = page.locator(".gr-accordion > button:visible")
    for fold in folds.all():
        fold.click()
        expect(fold).to_have_attribute("aria-expanded", "true")
    page.locator("#bucket-hair_color input").click()
    expect(page.get_by_role("listbox")).to_be_visible()
    found += in_both(page, "open folds and a menu")
    page.keyboard.press("Escape")
    open_tab(page, "About")
    page.locator("#header").click()
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    found += in_both(page, "keys")
    page.keyboard.press("Escape")
    open_tab(page, "Explore")
    page.locator("#gallery .thumbnail").first.click()
    expect(page.locator("#face-dialog img")).to_be_visible()
    found += in_both(page, "a large face")
    page.keyboard.press("Escape")
    assert found == []


def test_from_a_choice_to_a_shared_link_by_keys_alone(page: Page) -> None:
    take_fifty_steps(page)
    page.locator("#gender input:checked").focus()
    visited: list[tuple[str, list[Any]]] = [(page.evaluate(FOCUSED), page.evaluate(PLACE))]
    while visited[-1][0] != "generate":
        assert len(visited) < 40, visited
        page.keyboard.press("Tab")
        if page.locator("#bucket-nose input:focus").count():
            expect(page.locator("#bucket-nose").get_by_role("listbox")).to_be_visible()
            for key in ("ArrowDown", "ArrowDown", "Enter"):
                page.keyboard.press(key)
            expect(
                page.locator("#viewer .stand-in")
            ).to_be_visible()  # the portraits are of an earlier choice
            expect(page.locator("#bucket-nose input")).to_be_focused()
        visited.append((page.evaluate(FOCUSED), page.evaluate(PLACE)))
    assert [name for name, (seen, _) in visited if not seen] == []
    tops = {name: top for name, (_, top) in visited if name.startswith("bucket")}
    assert list(tops.values()) == sorted(tops.values())

    page.keyboard.press("Enter")
    expect(page.locator("#cancel")).to_be_focused()
    found = in_both(page, "while portraits are made")
    expect(page.locator("#generate")).to_be_focused()
    expect(page.locator("#viewer .stand-in")).to_be_hidden()
    divider = page.locator("#viewer .divider")
    while not page.locator("#viewer .divider:focus").count():
        page.keyboard.press("Shift+Tab")
    page.keyboard.press(" ")
    expect(divider).to_have_attribute("aria-valuetext", "100 % vanilla")
    while not page.locator("#share:focus").count():
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#shared input")).to_be_visible()
    expect(page.locator("#share")).to_be_focused()
    assert found == []


def test_an_error_is_told_and_has_no_serious_finding(page: Page, app_url: str) -> None:
    page.goto(f"{app_url}?gender=female&with=Bald,Wavy_Hair&nonsense=1")
    expect(page.locator("#link-problems .problem").first).to_be_visible()
    assert in_both(page, "an error") == []


@pytest.mark.parametrize("width", [320, 390])
def test_on_a_phone_what_is_to_be_done_stays_in_sight(page: Page, app_url: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    for tab in TABS:
        open_tab(page, tab)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, tab
    open_tab(page, "Explore")
    for place in (0, 900, 1800):
        page.evaluate("place => scrollTo(0, place)", place)
        expect(page.locator("#generate")).to_be_in_viewport(ratio=1)
        expect(page.locator("#count .count")).to_be_in_viewport()
    page.locator("#generate").click()
    expect(page.locator("#portraits .stage")).to_be_in_viewport(ratio=1)
    expect(page.locator("#cancel")).to_be_in_viewport(ratio=1)
    expect(page.locator("#generate")).to_be_visible()

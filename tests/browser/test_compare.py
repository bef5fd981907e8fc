"""The portraits compared in several ways, shared by a link, restored from a picture, in a real browser."""

import base64
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.explore_page import PORTRAIT, choose, generate, take_fifty_steps

pytestmark = pytest.mark.browser

VIEWER, SHARED = "#viewer", "#shared input"
DRAWN = (
    "canvas => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(x => x > 40)"
)
DROP = """content => {
    const bytes = Uint8Array.from(atob(content), letter => letter.charCodeAt(0))
    const dataTransfer = new DataTransfer()
    dataTransfer.items.add(new File([bytes], "dropped.png", { type: "image/png" }))
    document.querySelector("#faces").dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true }))
}"""
ROOM = """dialog => {
    const box = dialog.getBoundingClientRect()
    return [box.top, innerHeight - box.bottom]
}"""
PREVIEWED = """() => {
    window.previews = new Set()
    const look = () => document.querySelectorAll("#portraits .preview:not([hidden])").forEach(
        preview => window.previews.add(preview.closest("figure")?.id))
    new MutationObserver(look).observe(document.querySelector("#portraits"),
        { subtree: true, childList: true, attributes: true })
}"""


@pytest.fixture(scope="module")
def page(browser: Browser, app_url: str) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened = context.new_page()
    opened.goto(app_url)
    expect(opened.locator("#gallery img").first).to_be_visible()
    yield opened
    context.close()


def test_the_portraits_are_compared_by_keys_and_by_the_mouse(page: Page) -> None:
    viewer, divider = page.locator(VIEWER), page.locator(f"{VIEWER} .divider")
    divider.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    expect(divider).to_have_attribute("aria-valuenow", "61")
    page.locator("#ways [data-way=flip]").click()  # which then has the focus
    expect(viewer).to_have_attribute("data-way", "flip")
    for shown in ("fine_tuned", "vanilla"):
        page.keyboard.press(" ")
        expect(viewer).to_have_attribute("data-shown", shown)
    page.locator("#header").click()
    page.keyboard.press(" ")
    expect(viewer).to_have_attribute("data-shown", "fine_tuned")
    assert page.evaluate("scrollY") == 0
    page.keyboard.press("2")
    layers = page.locator("#slider .layer")
    for layer in layers.all():
        expect(layer).to_be_visible()
    page.keyboard.press("+")
    zoomed = layers.locator("img").evaluate_all(
        "images => images.map(each => getComputedStyle(each).transform)"
    )
    assert len(set(zoomed)) == 1 and "1.5" in zoomed[0]  # both at once
    page.locator("#slider").hover()
    page.keyboard.down("Control")
    page.mouse.wheel(0, 2000)
    page.keyboard.up("Control")
    expect(page.locator("#ways output")).to_have_text("100 %")
    page.keyboard.press("4")
    expect(page.locator("#viewer .legend .mean")).to_contain_text(re.compile(r"[0-9]\.[0-9] apart"))
    assert page.locator("canvas.difference").evaluate(DRAWN)


def test_no_key_does_anything_while_someone_types_or_has_switched_them_off(page: Page) -> None:
    viewer = page.locator(VIEWER)
    page.keyboard.press("2")
    page.locator("#bucket-other input").press_sequentially("4g")
    expect(viewer).to_have_attribute("data-way", "beside")
    page.locator("#header").click()
    page.keyboard.press("?")
    above, below = page.locator("#keys").evaluate(ROOM)
    assert abs(above - below) < 2 and above > 10
    page.get_by_label("Use these keys").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("4")
    expect(page.locator("#keys")).to_be_hidden()
    expect(viewer).to_have_attribute("data-way", "beside")
    page.keyboard.press("?")  # which tells how to have them again
    page.get_by_label("Use these keys").check()
    page.keyboard.press("Escape")
    page.keyboard.press("1")
    expect(viewer).to_have_attribute("data-way", "slider")
    expect(page.locator("#generate")).to_be_visible()


def test_a_shared_link_and_a_dropped_picture_bring_the_portraits_back(page: Page, tmp_path: Path) -> None:
    page.evaluate(PREVIEWED)
    take_fifty_steps(page)
    generate(page)
    previewed = page.evaluate("[...previews].filter(Boolean).sort()")
    assert previewed == ["portrait-fine_tuned", "portrait-vanilla"]
    expect(page.locator("#portraits .preview:not([hidden])")).to_have_count(0)
    portrait = page.locator(PORTRAIT).get_attribute("src") or ""
    with page.expect_download() as download:
        page.click("#save-vanilla")
    assert re.fullmatch(r"demo-seed-\d+-vanilla\.png", download.value.suggested_filename)
    download.value.save_as(tmp_path / "saved.png")
    page.click("#share")
    expect(page.locator("#shared .note")).to_contain_text("Copied")
    link = page.locator(SHARED).input_value()
    assert page.evaluate("navigator.clipboard.readText()") == link and len(link) <= 200

    page.goto(link)
    expect(page.locator(PORTRAIT)).to_have_attribute("src", portrait)
    page.goto(link.replace("n=50", "n=49"))
    expect(page.locator("#status")).to_contain_text("not kept here")
    expect(page.locator("#status")).to_contain_text(re.compile(r"takes about [0-9.]+ s"))
    expect(page.locator("#caption .earlier")).to_have_text("not those that were asked for")
    expect(page.locator("#cancel")).to_be_hidden()  # nothing is made unasked

    page.evaluate(DROP, base64.b64encode((tmp_path / "saved.png").read_bytes()).decode())
    expect(page.locator("#dropped")).to_contain_text("Taken from the picture: prompt, seed")
    expect(page.locator(PORTRAIT)).to_have_attribute("src", portrait)
    expect(page).to_have_url(re.compile("steps=50"))
    expect(page.locator("#caption .earlier")).to_be_hidden()
    choose(page, "nose", "Prominent nose")
    expect(page.locator("#dropped")).to_be_hidden()  # it is of that picture no longer

    page.get_by_role("tab", name="About").click()
    page.evaluate(DROP, base64.b64encode(b"GIF89a").decode())
    expect(page.locator("#link-problems")).to_have_text("dropped.png is no PNG: choose one.")

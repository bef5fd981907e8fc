"""The tab Models as a visitor uses it, in a real browser; the history outlives the page and the server."""

import base64
import re
import shutil
from pathlib import Path
from urllib.parse import unquote
from zipfile import ZipFile

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from playwright.sync_api import Browser, Page, expect

from bench.app_process import running_app
from studio.wiring import STATIC
from tests.browser.test_compare import DROP

pytestmark = pytest.mark.browser

CARDS = "#history li"
# Fifty steps take a second: on a busy machine they would be over before a click from here arrives.
CANCEL_AT_ONCE = """() => {
    const waiting = setInterval(() => {
        const cancel = document.querySelector("#models-cancel")
        if (cancel?.offsetParent) { clearInterval(waiting); cancel.click() }
    }, 20)
}"""

# The newest, how many, and the oldest of what is left of too many entries; in a browser that lets a page keep
# nothing they stay as long as the page.
KEEP_MANY = """(({ portraitHistory }) => {
    for (let made = 1; made <= 120; made += 1)
        portraitHistory.keep(JSON.stringify({ result: String(made), made }), 100)
    const kept = JSON.parse(portraitHistory.read())
    return [kept[0].made, kept.length, kept.at(-1).made]
})"""
SEEN = """() => {
    window.seen = 0
    new MutationObserver(() => {
        window.seen = Math.max(seen, document.querySelectorAll("#model-demo-pictures .empty img").length)
    }).observe(document.body, { childList: true, subtree: true })
}"""
SHUT = (
    "{ addEventListener() {}, get localStorage() { throw new DOMException('not allowed', 'SecurityError') } }"
)


def open_models(page: Page, url: str, view: str = "") -> None:
    """Open the tab by a link, and wait until it knows what this machine can run, and what that costs."""
    page.goto(f"{url}/?tab=models{view}")
    expect(page.locator("#model-large-off")).to_contain_text("Off here")
    expect(page.locator("#models-price")).to_contain_text("2 portraits of 1 model")


def run_models(page: Page) -> None:
    """Have everything made that can be made here."""
    page.locator("#models-start").click()
    expect(page.locator("#models-status")).to_contain_text("Finished")


def set_steps(page: Page, steps: int) -> None:
    number = page.locator("#model-demo-steps input[type=number]")
    number.fill(str(steps))
    number.press("Enter")


def test_what_runs_here_runs_and_the_portraits_open_in_explore(
    browser: Browser, app_url: str, screenshots: Path
) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 900}, color_scheme="dark")
    page.goto(f"{app_url}/?gender=male&with=Eyeglasses,Smiling")
    expect(page).to_have_url(re.compile("with=Smiling,Eyeglasses"))  # in its own order: it was opened
    page.get_by_role("tab", name="Models").click()
    expect(page.locator("#models-explored")).to_contain_text("a man with a smile, wearing eyeglasses")
    expect(page.locator("#model-turbo-off")).to_contain_text("needs a GPU")
    expect(page.locator("#model-large-steps")).to_be_hidden()
    set_steps(page, 6)
    run_models(page)
    made = page.locator("#model-demo-pictures")
    expect(made.locator("img")).to_have_count(2)
    assert made.locator("img").first.evaluate("image => image.decode().then(() => image.naturalWidth)") == 96
    expect(made).to_contain_text("6 steps · guidance 4 · seed")
    expect(page.locator(CARDS)).to_have_count(1)
    expect(page.locator("#performance table td")).to_contain_text("6 steps, guidance 4")
    expect(page.locator("#models-price")).to_contain_text("2 portraits of 1 model: about")
    page.set_viewport_size({"width": 390, "height": 844})
    page.screenshot(path=screenshots / "models-phone-dark.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    made.locator("a[data-view]").click()
    expect(page.locator("#prompt .prompt")).to_be_visible()
    expect(page).to_have_url(re.compile(r"seed=\d+&steps=6"))
    page.close()


def test_own_words_can_be_cancelled_and_a_link_or_a_picture_opens_them(
    browser: Browser, app_url: str, tmp_path: Path
) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    open_models(page, app_url, "&prompt=a+woman+in+the+rain&seed=7&steps=50&guidance=3")
    expect(page.locator("#models-explored")).to_be_hidden()
    expect(page.locator("#models-words textarea")).to_have_value("a woman in the rain")
    expect(page.locator("#models-seed input")).to_have_value("7")
    expect(page.locator("#model-demo-steps input[type=number]")).to_have_value("50")
    page.evaluate(CANCEL_AT_ONCE)
    page.locator("#models-start").click()
    expect(page.locator("#models-status")).to_contain_text("Cancelled")
    expect(page.locator("#model-demo-pictures")).not_to_contain_text("Step")
    expect(page.locator("#models-start")).to_be_visible()

    chunks = PngInfo()
    chunks.add_text("parameters", "a clown, 35mm\nSteps: 25, CFG scale: 6.5, Seed: 1234567, Size: big")
    Image.new("RGB", (8, 8)).save(tmp_path / "theirs.png", pnginfo=chunks)
    page.evaluate(DROP, base64.b64encode((tmp_path / "theirs.png").read_bytes()).decode())
    expect(page.locator("#models-words textarea")).to_have_value("a clown, 35mm")
    expect(page.locator("#models-seed input")).to_have_value("1234567")
    expect(page.locator("#models-status")).to_contain_text(
        "Taken from the picture: prompt, seed, steps, guidance"
    )
    expect(page.locator("#models-status")).to_contain_text("The size is 'big'")
    expect(page.get_by_role("tab", name="Models")).to_have_attribute("aria-selected", "true")
    page.evaluate(SEEN)
    run_models(page)
    assert page.evaluate("seen") == 2  # previews of both portraits, before they were finished
    page.close()


def test_windows_that_make_something_at_once_lose_nothing_of_each_other(
    browser: Browser, app_url: str
) -> None:
    context = browser.new_context()
    windows = [context.new_page() for _ in range(2)]
    for page in windows:
        open_models(page, app_url)
        set_steps(page, 4)
    for page in windows:
        page.locator("#models-start").click()
    for page in windows:
        expect(page.locator(CARDS)).to_have_count(2)
    windows[0].locator(CARDS).first.get_by_role("button", name="Delete").click()
    for page in windows:
        expect(page.locator(CARDS)).to_have_count(1)
    windows[1].goto(f"{app_url}/?steps=4")
    windows[1].locator("#generate").click()  # on Explore: what is made there is remembered too
    expect(windows[0].locator(CARDS)).to_have_count(2)  # and nothing that was deleted comes back
    windows[0].once("dialog", lambda dialog: dialog.accept())
    windows[0].locator("#history-forget").click()
    expect(windows[0].locator("#history")).to_contain_text("Nothing yet")
    assert windows[0].evaluate(f"{KEEP_MANY}(window)") == [120, 100, 21]
    script = (STATIC / "history.js").read_text(encoding="utf-8")
    assert windows[0].evaluate(
        f"() => {{ const window = {SHUT}; {script}; return {KEEP_MANY}(window) }}"
    ) == [120, 100, 21]
    context.close()


def test_the_history_outlives_the_server_and_the_pictures(
    browser: Browser, app_url: str, tmp_path: Path
) -> None:
    page = browser.new_page()
    open_models(page, app_url, "&prompt=a+hat&seed=7&steps=4")
    run_models(page)
    made = page.locator(f"{CARDS} img").first.get_attribute("src")
    held = page.evaluate("() => ({ ...localStorage })")
    place = Path(unquote(str(made).partition("file=")[2])).parent
    kept = tmp_path / "results" / "comparisons" / place.parent.name / place.name
    shutil.copytree(place, kept)
    page.close()
    page = browser.new_page(accept_downloads=True)
    # Another process on another port: what the browser held goes along.
    with running_app(tmp_path) as url:
        page.goto(f"{url}/?tab=models")
        page.evaluate("held => Object.assign(localStorage, held)", held)
        page.reload()
        expect(page.locator(f"{CARDS} img")).to_have_count(2)
        with page.expect_download() as downloading:
            page.locator("#history-download").click()
        downloading.value.save_as(tmp_path / "all.zip")
        assert len(ZipFile(tmp_path / "all.zip").namelist()) == 2
        shutil.rmtree(kept)
        open_models(page, url)
        expect(page.locator(f"{CARDS} .gone")).to_have_count(1)
        page.locator(CARDS).get_by_role("link", name="Make again in Models").click()
        expect(page.locator("#models-words textarea")).to_have_value("a hat")
        expect(page.locator("#models-seed input")).to_have_value("7")
    page.close()

"""The tab Models as a visitor uses it, in a real browser; the history outlives the page and the server."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zipfile import ZipFile

import pytest
from playwright.sync_api import Browser, Page, expect

from bench.app_process import RunningApp, app_command, free_port, stop
from tests.conftest import PATIENCE_MS

pytestmark = pytest.mark.browser

CARDS = "#history li"
SOMETHING_KEPT = "(localStorage.getItem('portraits-history') || '').length > 400"  # an empty list has 70
# Fifty steps take a second: on a busy machine they would be over before a click from here arrives.
CANCEL_AT_ONCE = """() => {
    const waiting = setInterval(() => {
        const cancel = document.querySelector("#models-cancel")
        if (cancel?.offsetParent) { clearInterval(waiting); cancel.click() }
    }, 20)
}"""


def open_models(page: Page, url: str) -> None:
    """Open the tab from Explore, and wait until it knows what this machine can run."""
    page.goto(f"{url}/?gender=male&with=Eyeglasses,Smiling")
    expect(page).to_have_url(re.compile("with=Smiling,Eyeglasses"))  # in its own order: it was opened
    page.get_by_role("tab", name="Models").click()
    expect(page.locator("#model-large-off")).to_contain_text("Off here")


def run_models(page: Page) -> None:
    """Have everything made that can be made here."""
    page.locator("#models-start").click()
    expect(page.locator("#models-status")).to_contain_text("Finished")


def test_what_runs_here_runs_and_the_portraits_open_in_explore(browser: Browser, app_url: str) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    open_models(page, app_url)
    expect(page.locator("#models-explored")).to_contain_text("a man with a smile, wearing eyeglasses")
    expect(page.locator("#model-turbo-off")).to_contain_text("needs a GPU")
    expect(page.locator("#model-large-steps")).to_be_hidden()
    page.locator("#model-demo-steps input[type=number]").fill("6")
    page.locator("#model-demo-steps input[type=number]").press("Enter")
    run_models(page)
    made = page.locator("#model-demo-pictures")
    expect(made.locator("img")).to_have_count(2)
    assert made.locator("img").first.evaluate("image => image.decode().then(() => image.naturalWidth)") == 96
    expect(made).to_contain_text("6 steps · guidance 4 · seed")
    expect(page.locator(CARDS)).to_have_count(1)
    expect(page.locator("#performance table td")).to_contain_text("6 steps, guidance 4")
    made.locator("a[data-view]").click()
    expect(page.locator("#prompt .prompt")).to_be_visible()
    expect(page).to_have_url(re.compile(r"seed=\d+&steps=6"))
    page.close()


def test_own_words_run_can_be_cancelled(browser: Browser, app_url: str) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    open_models(page, app_url)
    page.locator("#models-source").get_by_label("Own words").check()
    expect(page.locator("#models-explored")).to_be_hidden()
    page.locator("#models-words textarea").fill("a woman in the rain")
    page.locator("#model-demo-steps input[type=number]").fill("50")
    page.locator("#model-demo-steps input[type=number]").press("Enter")
    page.evaluate(CANCEL_AT_ONCE)
    page.locator("#models-start").click()
    expect(page.locator("#models-status")).to_contain_text("Cancelled")
    expect(page.locator("#model-demo-pictures")).not_to_contain_text("Step")
    expect(page.locator("#models-start")).to_be_visible()
    page.close()


def test_the_tab_fits_a_phone(browser: Browser, app_url: str, screenshots: Path) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844}, color_scheme="dark")
    open_models(page, app_url)
    run_models(page)
    expect(page.locator(CARDS)).to_have_count(1)
    page.screenshot(path=screenshots / "models-phone-dark.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.close()


@contextmanager
def app_on(port: int, folder: Path) -> Iterator[str]:
    """The app on a port, so that a browser takes the next one for the same."""
    command, variables = app_command(PORT=str(port), RESULTS=str(folder / "results"))
    log = folder / "app.log"
    with log.open("wb") as said:
        process = subprocess.Popen(command, env=variables, stdout=said, stderr=subprocess.STDOUT, cwd=folder)
        try:
            app = RunningApp(f"http://127.0.0.1:{port}", process, log)
            app.wait_until_answering()
            yield app.url
        finally:
            stop(process)


def test_the_history_outlives_the_server_and_the_pictures(browser: Browser, tmp_path: Path) -> None:
    port, context = free_port(), browser.new_context(accept_downloads=True)
    page = context.new_page()
    with app_on(port, tmp_path) as url:
        page.goto(url)
        page.locator("#generate").click()  # on Explore: what is made there is remembered too
        page.wait_for_function(SOMETHING_KEPT, timeout=PATIENCE_MS)
        open_models(page, url)
        run_models(page)
        expect(page.locator(CARDS)).to_have_count(2)
    with app_on(port, tmp_path) as url:
        open_models(page, url)
        expect(page.locator(f"{CARDS} img")).to_have_count(4)
        with page.expect_download() as downloading:
            page.locator("#history-download").click()
        downloading.value.save_as(tmp_path / "all.zip")
        assert len(ZipFile(tmp_path / "all.zip").namelist()) == 4
        shutil.rmtree(tmp_path / "results" / "comparisons")
        page.reload()
        expect(page.locator(f"{CARDS} .gone")).to_have_count(2)
        page.locator(CARDS).first.get_by_role("button", name="Delete").click()
        expect(page.locator(CARDS)).to_have_count(1)
        page.once("dialog", lambda dialog: dialog.accept())
        page.locator("#history-forget").click()
        expect(page.locator("#history")).to_contain_text("Nothing yet")
        page.reload()
        expect(page.locator("#history")).to_contain_text("Nothing yet")
    context.close()

"""An app that is killed while a visitor waits, a browser that goes offline: both are told, and survived."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from bench.app_process import RunningApp, app_command, free_port
from tests.browser.explore_page import PORTRAIT, generate, open_page, show, take_fifty_steps

pytestmark = pytest.mark.browser

CHOICE = "?gender=female&with=Black_Hair,Smiling"
Start = Callable[[], RunningApp]


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Starts the app, always at the same address and with the same results."""
    folder, port = tmp_path_factory.mktemp("killed"), free_port()
    command, environment = app_command(PORT=str(port), RESULTS=str(folder / "results"))
    started: list[subprocess.Popen[bytes]] = []

    def app() -> RunningApp:
        with (folder / "app.log").open("ab") as log:
            process = subprocess.Popen(
                command, env=environment, stdout=log, stderr=subprocess.STDOUT, cwd=folder
            )
        started.append(process)
        running = RunningApp(f"http://127.0.0.1:{port}", process, folder / "app.log")
        running.wait_until_answering()
        return running

    yield app
    for process in started:
        process.kill()
        process.wait()


def test_an_app_that_is_killed_is_told_and_the_visitor_goes_on_when_it_is_back(
    browser: Browser, start: Start
) -> None:
    app = start()
    page = open_page(browser, app.url)
    show(page, CHOICE)
    generate(page)  # kept: it must still open after the kill
    kept = _address_of_portraits(page)
    take_fifty_steps(page)
    page.click("#generate")
    expect(page.locator("#status progress").first).to_be_visible()
    address = page.url
    app.process.kill()
    app.process.wait()
    line = page.locator("#connection")
    expect(line).to_contain_text("cannot be reached")
    expect(page.locator("#cancel")).to_have_attribute("inert", "")
    expect(page.locator("#status .progress")).to_be_hidden()

    start()
    expect(line).to_contain_text("please start again")
    expect(page).to_have_url(address)
    expect(page.locator("#prompt .prompt")).to_contain_text("black hair")
    line.get_by_role("button").click()
    expect(line).to_have_count(0)
    assert page.request.get(kept).ok
    generate(page)
    page.close()


def test_a_browser_that_goes_offline_is_told_and_goes_on(browser: Browser, app_url: str) -> None:
    page = open_page(browser, app_url)
    line = page.locator("#connection")
    page.context.set_offline(True)
    expect(line).to_contain_text("offline")
    expect(page.locator("#generate")).to_have_attribute("inert", "")
    page.context.set_offline(False)
    expect(line).to_have_count(0)
    generate(page)
    page.close()


def test_a_proxy_that_answers_in_the_apps_place_is_no_app(browser: Browser, app_url: str) -> None:
    page = open_page(browser, app_url)
    line = page.locator("#connection")
    page.route("**/*", lambda route: route.fulfill(status=503, content_type="text/html", body="Starting"))
    page.click("#generate")
    expect(line).to_contain_text("cannot be reached")
    page.evaluate("dispatchEvent(new Event('online'))")
    page.wait_for_timeout(500)  # in which the proxy is asked, not believed
    expect(line).to_contain_text("cannot be reached")
    page.unroute("**/*")
    expect(line).not_to_contain_text("cannot be reached")
    page.close()


def _address_of_portraits(page: Page) -> str:
    return page.locator(PORTRAIT).evaluate("image => image.src")

"""How long `python app.py` takes until its page answers and shows portraits, and the memory it needs."""

import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psutil
from playwright.sync_api import Browser, Error, Page

from bench.app_process import AppDown, RunningApp, started_app
from bench.chromium import open_browser
from bench.first_view import measure_first_view
from bench.table import NEVER, Row

GIB = 2**30
GIVE_UP_S = 120
PORTRAITS = ("#portrait-vanilla img", "#portrait-fine_tuned img")


def measure_app() -> Iterator[Row]:
    """Start the app with no result kept, open its page, and have it make a comparison."""
    with open_browser() as browser, tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        with started_app(Path(folder)) as app:
            answered_s = wait_for_answer(app, started)
            shown_s = made_s = NEVER
            if answered_s < NEVER:
                shown_s, made_s = show_comparisons(browser, app.url, started)
            held, peak = memory_gib(app.process.pid)
            first = list(measure_first_view(browser, app.url)) if made_s < NEVER else []
            usable_s, stored_s = open_stored(browser, app.url) if made_s < NEVER else (NEVER, NEVER)
    yield Row("python app.py to page answers", 6.0, answered_s, "s")
    note = f"Generate clicked as soon as the page shows; the example is there after {shown_s:.1f} s"
    yield Row("python app.py to first demo comparison shown", 15.0, made_s, "s", note)
    yield Row("Explore opened by a shared link, to a usable page", 1.5, usable_s, "s")
    yield Row("the stored portraits of that link, from request to answer", 0.15, stored_s, "s")
    yield from first
    note = f"at its peak; {held:.2f} GiB after the first comparison"
    yield Row("memory of the app with the demo model", 1.5, peak if made_s < NEVER else None, "GiB", note)


def wait_for_answer(app: RunningApp, started: float) -> float:
    """Seconds from `started` until the page answers; NEVER when the app ends or takes too long."""
    try:
        app.wait_until_answering()
    except AppDown as problem:
        print(problem, file=sys.stderr)
        return NEVER
    return time.perf_counter() - started


def show_comparisons(browser: Browser, url: str, started: float) -> tuple[float, float]:
    """Seconds from `started` until the example is drawn in the page, and until a new comparison is."""
    shown_s = made_s = NEVER
    page = browser.new_page()
    try:
        page.goto(url)
        example = wait_for_portraits(page, ["", ""])
        shown_s = time.perf_counter() - started
        page.click("#generate", timeout=1000 * GIVE_UP_S)
        wait_for_portraits(page, example)
        made_s = time.perf_counter() - started
    except Error as error:
        print(f"the page showed no comparison: {error.message}", file=sys.stderr)
    return shown_s, made_s


def open_stored(browser: Browser, url: str) -> tuple[float, float]:
    """Seconds until a shared link's page can be used, and which the answer took that brings its portraits."""
    page = browser.new_page()
    try:
        page.goto(url)
        before = wait_for_portraits(page, ["", ""])
        page.click("#generate", timeout=1000 * GIVE_UP_S)
        made = wait_for_portraits(page, before)[0]
        page.locator("#generate").wait_for()
        page.click("#share")
        link = page.locator("#shared input").input_value()
        page.close()
        return time_link(browser, link, made)
    except Error as error:
        print(f"the link was not opened: {error.message}", file=sys.stderr)
        return NEVER, NEVER


def time_link(browser: Browser, link: str, portrait: str) -> tuple[float, float]:
    """Open a link in a browser that has nothing kept, until it shows a portrait."""
    page = browser.new_page()
    portrait_path = urlsplit(portrait).path.rpartition("=")[2]
    with page.expect_response(
        lambda answer: "/run/" in answer.url and portrait_path in answer.text()
    ) as found:
        started = time.perf_counter()
        page.goto(link)
        page.click("#generate", trial=True, timeout=1000 * GIVE_UP_S)
        usable_s = time.perf_counter() - started
    found.value.finished()
    timing = found.value.request.timing
    page.close()
    return usable_s, (timing["responseEnd"] - timing["requestStart"]) / 1000


def wait_for_portraits(page: Page, before: list[str]) -> list[str]:
    """Wait until each portrait shows another picture than `before`; the addresses of the pictures shown."""
    sources = []
    for selector, source in zip(PORTRAITS, before, strict=True):
        page.wait_for_function(
            """([selector, before]) => {
                const picture = document.querySelector(selector)
                return picture?.naturalWidth > 0 && picture.src !== before
            }""",
            arg=[selector, source],
            timeout=1000 * GIVE_UP_S,
        )
        sources.append(page.evaluate("selector => document.querySelector(selector).src", selector))
    return sources


def memory_gib(pid: int) -> tuple[float, float]:
    """What the app holds now and held at most, its child processes included."""
    try:
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
        held = sum(member.memory_info().rss for member in family) / GIB
        peak = sum(_peak_bytes(member) for member in family) / GIB
    except psutil.NoSuchProcess:
        return 0.0, 0.0
    return held, peak


def _peak_bytes(process: psutil.Process) -> int:
    """The most memory a process ever held, where the system tells; else what it holds now."""
    status = Path("/proc", str(process.pid), "status")
    if status.is_file():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return 1024 * int(line.split()[1])
    return process.memory_info().rss

"""How long `python app.py` takes until its page answers and shows a comparison, and the memory it needs."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from playwright.sync_api import Browser, Error, sync_playwright

from bench.table import NEVER, Row

GIB = 2**30
GIVE_UP_S = 120
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BOTH_PORTRAITS = ("#portrait-vanilla img", "#portrait-fine_tuned img")


def measure_app(repository: Path) -> Iterator[Row]:
    """Start the app with no result kept, so that the first comparison is made while the page is open."""
    with open_browser() as browser, tempfile.TemporaryDirectory() as results:
        port = free_port()
        started = time.perf_counter()
        with running_app(repository, port, Path(results)) as app:
            answered_s = wait_for_answer(app, port, started)
            shown_s = wait_for_portraits(browser, port, started) if answered_s < NEVER else NEVER
            held, peak = memory_gib(app.pid)
    yield Row("python app.py to page answers", 6.0, answered_s, "s")
    note = "made while the page is open, nothing kept from before"
    yield Row("python app.py to first demo comparison shown", 15.0, shown_s, "s", note)
    note = f"at its peak; {held:.2f} GiB after the first comparison"
    yield Row("memory of the app with the demo model", 1.5, peak if shown_s < NEVER else None, "GiB", note)


@contextmanager
def open_browser() -> Iterator[Browser]:
    """The system's Chromium, else Playwright's own, as `make test` installs it."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found)
        yield browser
        browser.close()


@contextmanager
def running_app(repository: Path, port: int, results: Path) -> Iterator[subprocess.Popen[bytes]]:
    environment = {name: value for name, value in os.environ.items() if name != "CELEBA"}
    environment |= {"PORT": str(port), "RESULTS": str(results)}
    app = subprocess.Popen(
        [sys.executable, "app.py"],
        cwd=repository,
        env=environment,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield app
    finally:
        app.terminate()
        try:
            app.wait(10)
        except subprocess.TimeoutExpired:
            app.kill()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_for_answer(app: subprocess.Popen[bytes], port: int, started: float) -> float:
    """Seconds from `started` until the page answers; NEVER when the app ends or takes too long."""
    while app.poll() is None and time.perf_counter() - started < GIVE_UP_S:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as page:
                if b"gradio" in page.read():
                    return time.perf_counter() - started
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    return NEVER


def wait_for_portraits(browser: Browser, port: int, started: float) -> float:
    """Seconds from `started` until both portraits are drawn in the page; NEVER when they are not."""
    page = browser.new_page()
    try:
        page.goto(f"http://127.0.0.1:{port}/")
        for portrait in BOTH_PORTRAITS:
            page.wait_for_function(
                "selector => document.querySelector(selector)?.naturalWidth > 0",
                arg=portrait,
                timeout=1000 * GIVE_UP_S,
            )
    except Error as error:
        print(f"the page showed no comparison: {error.message}", file=sys.stderr)
        return NEVER
    return time.perf_counter() - started


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

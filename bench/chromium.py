"""Finds and opens the Chromium that the bench and the browser tests use: `python -m bench.chromium` names it.

Exit code 1, with one sentence, when there is none.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Only what keeps Chromium from calling home and lets it start without a desktop.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class NoChromium(RuntimeError):
    """There is no Chromium that starts; the text says what to do."""


def main() -> int:
    try:
        print(find_chromium())
    except NoChromium as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


def find_chromium() -> str:
    """The Chromium that CHROMIUM names, else the system's, else Playwright's own.

    Raises: NoChromium.
    """
    named = os.environ.get("CHROMIUM")
    if named:
        if path := _runs(named):
            return path
        raise NoChromium(f"CHROMIUM is {named!r}, which does not start: name another browser, or unset it.")
    if path := next(filter(None, map(_runs, NAMES)), None) or _of_playwright():
        return path
    raise NoChromium(
        "No Chromium found: install it (Debian: apt-get install chromium), or set CHROMIUM to its path."
    )


@contextmanager
def open_browser() -> Iterator[Browser]:
    """The browser that `find_chromium` finds, without a window.

    Raises: NoChromium.
    """
    path = find_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


def _runs(name: str) -> str | None:
    """Where the browser of that name or path lies, if it starts: Ubuntu's may only ask for a snap."""
    path = shutil.which(name)
    if path is None or subprocess.run([path, "--version"], capture_output=True).returncode != 0:
        return None
    return path


def _of_playwright() -> str | None:
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).is_file() else None


if __name__ == "__main__":
    sys.exit(main())

"""A real Chromium on a real app; whatever leaves this machine is a failure."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.app_server import running_app

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
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SCREENSHOTS = Path(__file__).parent / "screenshots"


def runs(name: str) -> bool:
    """Whether a browser of that name starts; Ubuntu's may be a stub that only asks for a snap."""
    path = shutil.which(name)
    return path is not None and subprocess.run([path, "--version"], capture_output=True).returncode == 0


@pytest.fixture(scope="session")
def app_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an app with drawn portraits and the demo model."""
    with running_app(tmp_path_factory.mktemp("app")) as url:
        yield url


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The Chromium that CHROMIUM names, else the system's, else Playwright's own."""
    system = os.environ.get("CHROMIUM") or next(filter(runs, BROWSERS), None)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=system and shutil.which(system), args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture
def screenshots() -> Path:
    """Where a person looks at what the tests saw; git ignores it."""
    SCREENSHOTS.mkdir(exist_ok=True)
    return SCREENSHOTS

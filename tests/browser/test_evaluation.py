"""The fold that shows what was measured of the adapter, in a real browser."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, expect

from bench.app_process import free_port
from generation.adapter_file import adapter_revision, resolve_adapter
from prompt_engine.faces.drawn import DrawnFaces
from studio.app import serve
from studio.services import Services
from studio.settings import Settings
from studio.tabs.evaluation_fold import TITLE
from tests.browser.fold import open_fold
from tests.studio.reports import make_report, put_report

pytestmark = pytest.mark.browser

TABLES = "#evaluation table"
ATTRIBUTES = 30
# Places that show a part of what is in them; what Gradio keeps for screen readers alone is a pixel large.
CUT = """
[...document.querySelectorAll("#evaluation, #evaluation *")].filter(place =>
  getComputedStyle(place).overflow !== "visible" && place.clientHeight > 1
  && (place.scrollHeight > place.clientHeight + 1 || place.scrollWidth > place.clientWidth + 1)
).map(place => place.outerHTML.slice(0, 80))
"""


@pytest.fixture(scope="module")
def evaluated_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an app whose adapter comes with a report."""
    settings = Settings(port=free_port(), results_dir=tmp_path_factory.mktemp("results"))
    services = Services(settings, DrawnFaces())
    services.adapter = str(put_report(tmp_path_factory.mktemp("adapter"), _long_report()))
    page = serve(services, block=False)
    yield page.local_url
    page.close()


def _long_report() -> str:
    """As many attributes as a real one has, more than a screen shows."""
    report = make_report(adapter_revision(resolve_adapter("demo")))
    bangs, doubtful = report.attributes
    many = (replace(bangs, title=f"Attribute {number}") for number in range(1, ATTRIBUTES + 1))
    return replace(report, attributes=(*many, doubtful)).to_json()


@pytest.mark.parametrize(
    ("name", "size", "scheme"),
    [
        ("desk", (1440, 900), "light"),
        ("laptop-dark", (1280, 720), "dark"),
        ("phone-dark", (390, 844), "dark"),
    ],
)
def test_the_fold_shows_the_figures_and_fits_the_screen(
    browser: Browser,
    evaluated_url: str,
    screenshots: Path,
    name: str,
    size: tuple[int, int],
    scheme: Literal["light", "dark"],
) -> None:
    page = browser.new_page(viewport={"width": size[0], "height": size[1]}, color_scheme=scheme)
    page.goto(evaluated_url)
    expect(page.locator("#gallery img").first).to_be_visible()
    expect(page.locator(TABLES).first).to_be_hidden()
    open_fold(page, TITLE, TABLES)
    expect(page.locator(TABLES)).to_have_count(2)
    expect(page.locator(f"{TABLES} tbody tr").first).to_contain_text("96.9–98.4")
    page.locator("#evaluation").screenshot(path=screenshots / f"evaluation-{name}.png")
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    assert page.evaluate(CUT) == []
    expect(page.locator(f"{TABLES} tbody tr").last).to_contain_text(f"Attribute {ATTRIBUTES}")
    page.close()


def test_the_fold_is_opened_and_read_with_the_keyboard(browser: Browser, evaluated_url: str) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.goto(evaluated_url)
    page.get_by_role("button", name=TITLE).focus()
    page.keyboard.press("Enter")
    expect(page.locator(TABLES).first).to_be_visible()
    page.keyboard.press("End")
    expect(page.locator("#evaluation p").last).to_be_in_viewport()
    page.close()

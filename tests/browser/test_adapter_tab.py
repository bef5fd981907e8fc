"""The tab Adapter, and the fold of Explore that leads to it, in a real browser."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, expect

from bench.app_process import free_port
from prompt_engine.faces.drawn import DrawnFaces
from studio.app import serve
from studio.services import Services
from studio.settings import Settings
from studio.tabs.evaluation_fold import TITLE
from tests.browser.fold import open_fold
from tests.studio.reports import put_report
from tests.studio.test_adapter_tab import CURVE_LINES, HOSTILE

pytestmark = pytest.mark.browser

TABLES = "#adapter-page .evaluation table"
# Places of the evaluation that show a part of what is in them; what Gradio keeps for screen readers alone is
# a pixel large.
CUT = """
[...document.querySelectorAll("#adapter-page .evaluation, #adapter-page .evaluation *")].filter(place =>
  getComputedStyle(place).overflow !== "visible" && place.clientHeight > 1
  && (place.scrollHeight > place.clientHeight + 1 || place.scrollWidth > place.clientWidth + 1)
).map(place => place.outerHTML.slice(0, 80))
"""


@pytest.fixture(scope="module")
def evaluated_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an app whose adapter has all that can lie beside one; another is offered."""
    folder = put_report(tmp_path_factory.mktemp("trained"))
    (folder / "README.md").write_text(HOSTILE)
    (folder / "metrics.jsonl").write_text(CURVE_LINES)
    results = tmp_path_factory.mktemp("results")
    settings = Settings(port=free_port(), results_dir=results, adapters={"demo": (str(folder), "demo")})
    page = serve(Services(settings, DrawnFaces()), block=False)
    yield page.local_url
    page.close()


@pytest.mark.parametrize(
    ("name", "size", "scheme"), [("desk", (1440, 900), "light"), ("phone-dark", (390, 844), "dark")]
)
def test_the_tab_shows_every_part_asks_nobody_else_and_fits_the_screen(
    browser: Browser,
    evaluated_url: str,
    screenshots: Path,
    name: str,
    size: tuple[int, int],
    scheme: Literal["light", "dark"],
) -> None:
    page = browser.new_page(viewport={"width": size[0], "height": size[1]}, color_scheme=scheme)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
    page.goto(f"{evaluated_url}?tab=adapter")
    expect(page.locator(TABLES)).to_have_count(2)
    expect(page.locator(f"{TABLES} tbody tr").first).to_contain_text("96.9–98.4")
    expect(page.locator("#adapter-page .card")).to_contain_text("Between tags")
    expect(page.locator("#adapter-page polyline")).to_have_count(3)
    page.screenshot(path=screenshots / f"adapter-{name}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    assert [url for url in asked if "evil.example" in url] == []
    assert page.evaluate(CUT) == []
    page.close()


def test_another_one_is_chosen_kept_in_the_address_and_given_away(
    browser: Browser, evaluated_url: str, tmp_path: Path
) -> None:
    page = browser.new_page()
    page.goto(f"{evaluated_url}?tab=adapter&about=demo")
    expect(page.locator("#adapter-page h2")).to_have_text("demo")
    with page.expect_download() as downloading:
        page.locator("#adapter-file").click()
    assert "about=demo" in page.url
    assert downloading.value.suggested_filename == "pytorch_lora_weights.safetensors"
    typed = page.get_by_role("combobox", name="Adapter", exact=True)
    typed.fill("/etc/passwd")
    typed.press("Enter")
    expect(page.locator("#adapter-page [role=alert]")).to_contain_text("is no adapter")
    expect(page.locator("#adapter-file")).to_be_hidden()
    assert "about=%2Fetc%2Fpasswd" in page.url
    page.go_back()
    expect(page.locator("#adapter-page h2")).to_have_text("demo")
    page.close()


def test_the_fold_leads_to_the_tab_with_the_keyboard(browser: Browser, evaluated_url: str) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.goto(evaluated_url)
    open_fold(page, TITLE, "#evaluation table")
    page.locator("#to-adapter").focus()
    page.keyboard.press("Enter")
    expect(page.locator(TABLES).first).to_be_visible()
    page.close()

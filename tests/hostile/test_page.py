"""What strangers write is shown as text, in a real browser; and the app’s token is told nowhere."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

import httpx
import pytest
from PIL import Image, PngImagePlugin
from playwright.sync_api import Browser, Page, expect

from tests.hostile.conftest import ADAPTER, PRIVATE, SECRET, Guarded
from tests.hostile.values import SCRIPTS

pytestmark = pytest.mark.browser

SETTLE_MS = 500  # for what a script would do
PARTS = (
    *("gender", "with", "without", "seed", "steps", "guidance", "strength", "model", "adapter", "size"),
    *("caching", "prompt", "made", "tab", "split", "blurry", "version", "v", "a", "q", "l", "s", "x", "y"),
)
# Of what was written, nothing may be more than text: no element that it names, no address, no listener.
FOUND = """() => [...document.querySelectorAll("*")].filter(place =>
    (place.src || place.href?.baseVal || place.href || "").toString().match(/^(https?:..evil|javascript:)/i)
    || ["srcdoc", "onload", "onerror", "onmouseover", "onfocus"].some(name => place.hasAttribute(name))
).map(place => place.outerHTML.slice(0, 200))"""


@pytest.fixture(scope="module")
def watched(browser: Browser, guarded: Guarded) -> Iterator[tuple[Page, list[str]]]:
    """A page that is watched for what a script would do: a dialog, a request, an error."""
    done: list[str] = []
    page = browser.new_page()
    page.on("dialog", lambda dialog: (done.append(dialog.message), dialog.dismiss()))
    page.on("request", lambda request: done.append(request.url) if _is_evil(request.url) else None)
    page.route(_is_evil, lambda route: route.abort())
    yield page, done
    page.close()


def _is_evil(url: str) -> bool:
    return urlsplit(url).hostname == "evil.example"


def opened(page: Page, url: str, **parts: str) -> None:
    page.goto(f"{url}/?{urlencode(parts, quote_via=quote)}")
    expect(page.locator("#header h1")).to_be_visible()
    expect(page).to_have_url(re.compile("gender="))  # the server has read the address
    page.wait_for_timeout(SETTLE_MS)


def test_no_part_of_a_link_is_more_than_text(watched: tuple[Page, list[str]], guarded: Guarded) -> None:
    page, done = watched
    for number, script in enumerate(SCRIPTS):
        opened(page, guarded.url, **dict.fromkeys(PARTS[number::5], script))
        assert page.evaluate(FOUND) == done == [], script


@pytest.mark.parametrize("script", SCRIPTS[:2])
def test_own_words_in_a_link_are_text(watched: tuple[Page, list[str]], guarded: Guarded, script: str) -> None:
    page, done = watched
    opened(page, guarded.url, v="1", q=script, m="demo", s="3", n="4", l="none")
    expect(page.locator("#own-prompt textarea, textarea").first).to_be_attached()
    expect(page.get_by_text("in somebody’s own words").first).to_be_attached()
    assert page.evaluate(FOUND) == done == []


def test_a_history_that_somebody_else_wrote_is_text(
    watched: tuple[Page, list[str]], guarded: Guarded
) -> None:
    page, done = watched
    recipe = {"schema": 2, "prompt": SCRIPTS[0], "seed": 3, "adapter": None}
    entries = [
        {"recipe": recipe, "result": "0" * 64, "made": time.time(), "seconds": 1, "run": SCRIPTS[1][:40]},
        {"recipe": {**recipe, "prompt": SCRIPTS[1]}, "result": "1" * 64, "made": 5, "seconds": None},
        {"recipe": recipe, "result": "../../../etc", "made": 6},
        {"recipe": "[" * 5_000, "result": SCRIPTS[0], "made": 7},
        {"recipe": recipe, "result": "2" * 64, "made": 1e300, "seconds": "NaN"},
    ]
    kept = {
        f"portraits-history:{number}{SCRIPTS[0]}": json.dumps(each) for number, each in enumerate(entries)
    }
    opened(page, guarded.url)
    page.evaluate("kept => Object.assign(localStorage, kept)", {**kept, "portraits-history:x": "{"})
    opened(page, guarded.url, tab="models")
    expect(page.locator("#history .said")).to_have_count(2)
    assert page.locator("#history .said").first.inner_text().startswith("<img src=")
    assert page.evaluate(FOUND) == done == []
    page.evaluate("localStorage.clear()")


def test_a_picture_says_its_texts_as_text(
    watched: tuple[Page, list[str]], guarded: Guarded, tmp_path: Path
) -> None:
    page, done = watched
    opened(page, guarded.url)
    for number, (name, text) in enumerate(
        [
            (
                "parameters",
                f"{SCRIPTS[0]}\nNegative prompt: {SCRIPTS[1]}\nSteps: 4, Sampler: {SCRIPTS[2]}, Seed: 3",
            ),
            ("recipe", json.dumps({"schema": 2, "prompt": SCRIPTS[1], "seed": SCRIPTS[0], SCRIPTS[3]: 1})),
            (
                "workflow",
                json.dumps({"nodes": [{"id": 1, "type": SCRIPTS[0], "widgets_values": list(SCRIPTS)}]}),
            ),
        ]
    ):
        texts = PngImagePlugin.PngInfo()
        texts.add_itxt(name, text)
        file = tmp_path / f"{number}<img src=x onerror=alert(1)>.png"
        Image.new("RGB", (8, 8)).save(file, pnginfo=texts)
        page.locator("input[type=file]").first.set_input_files(file)
        page.wait_for_timeout(SETTLE_MS)
        assert page.evaluate(FOUND) == done == [], name


def test_an_adapters_card_runs_nothing_and_leads_nowhere_hidden(
    watched: tuple[Page, list[str]], guarded: Guarded
) -> None:
    page, done = watched
    opened(page, guarded.url, tab="adapter", adapter=ADAPTER)
    expect(page.get_by_text("Card", exact=True).first).to_be_attached()
    page.wait_for_timeout(SETTLE_MS)
    assert page.evaluate(FOUND) == done == []


def test_a_token_is_told_nowhere(guarded: Guarded) -> None:
    with httpx.Client(base_url=guarded.url, timeout=60) as client:
        for adapter in (ADAPTER, PRIVATE, "nobody/nothing", f"{ADAPTER}@nothing", SECRET, f"a/{SECRET}"):
            asked = client.post("/gradio_api/call/adapters", json={"data": [adapter]}).json()["event_id"]
            told = client.get(f"/gradio_api/call/adapters/{asked}").text
            assert "event:" in told
            assert SECRET not in told or SECRET in adapter
        for path in (
            "/",
            "/config",
            "/health",
            "/gradio_api/info",
            "/gradio_api/mcp/schema",
            "/openapi.json",
        ):
            assert SECRET not in client.get(path).text
    assert guarded.hub.count("evil/faces") > 0
    written = [path for path in guarded.folder.rglob("*") if path.is_file()]
    assert guarded.folder / "app.log" in written
    assert [path for path in written if SECRET.encode() in path.read_bytes()] == []
    assert "Traceback" not in (guarded.folder / "app.log").read_text()


def test_nothing_is_written_but_where_it_belongs(guarded: Guarded) -> None:
    found = {path.name for path in guarded.folder.iterdir()}
    assert found <= {"app.log", "results", "home", "tmp", "hub"}, found
    beside = {path.name for path in (guarded.folder / "tmp").iterdir() if path.is_dir()}
    assert {name for name in beside if not name.startswith("torchinductor")} <= {"gradio"}, beside

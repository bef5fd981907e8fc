"""How long a choice on the page takes until its prompt and counts are there, and until its faces are."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, Error, Page

from bench.app_process import AppDown, running_app
from bench.chromium import open_browser
from bench.table import Row
from prompt_engine.celeba_layout import find_image_folders
from prompt_engine.errors import FaceSourceError

CLICKS = 16
GIVE_UP_S = 60
PROMPT_MS, FACES_MS = 150, 400
BUCKETS = ("nose", "eyebrows")  # so few that each choice has faces, in 2,000 images too
# A choice is made when the mouse goes down on an option; what it changes is there with the next frame.
WATCH = """() => {
    const shown = {
        prompt: () => document.querySelector("#prompt .prompt")?.textContent,
        faces: () => document.querySelector("#gallery .strip")?.dataset.of,
    }
    const now = () => Object.fromEntries(Object.entries(shown).map(([name, read]) => [name, read()]))
    let before = now()
    window.times = {}
    const look = () => {
        for (const [name, value] of Object.entries(now()))
            if (value !== before[name]) times[name] ??= performance.now() - times.clicked
        requestAnimationFrame(look)
    }
    const onOption = event => {
        if (!event.target.closest("[role=option]")) return
        before = now()
        times = { clicked: performance.now() }
    }
    document.addEventListener("mousedown", onOption, { capture: true })
    requestAnimationFrame(look)
}"""
ARRIVED = """() => times.prompt && times.faces
    && [...document.querySelectorAll("#gallery img")].every(image => image.complete)"""


def measure_explore(celeba: Path) -> Iterator[Row]:
    """Both times, with drawn faces and with the faces of a CelebA folder."""
    with open_browser() as browser:
        yield from _measure(browser, "drawn faces", None)
        try:
            find_image_folders(celeba)
        except FaceSourceError as problem:
            yield from _not_measured("a CelebA folder", str(problem))
        else:
            yield from _measure(browser, "a CelebA folder", f"folder:{celeba.resolve()}")


def _measure(browser: Browser, faces: str, source: str | None) -> Iterator[Row]:
    environment = {"CELEBA": source} if source else {}
    try:
        with tempfile.TemporaryDirectory() as folder, running_app(Path(folder), **environment) as url:
            times = click_options(browser, url)
    except (AppDown, Error) as problem:
        yield from _not_measured(faces, str(problem).splitlines()[0])
        return
    for what, limit, name in (("prompt and counts", PROMPT_MS, "prompt"), ("faces", FACES_MS, "faces")):
        taken = [each[name] for each in times]
        note = f"median of {len(taken)} choices, {faces}; the slowest {max(taken):.0f} ms"
        yield Row(f"a choice to {what}", limit, median(taken), "ms", note)


def _not_measured(faces: str, why: str) -> Iterator[Row]:
    for what, limit in (("prompt and counts", PROMPT_MS), ("faces", FACES_MS)):
        yield Row(f"a choice to {what}", limit, None, "ms", f"{faces}: {why}")


def click_options(browser: Browser, url: str) -> list[dict[str, float]]:
    """Choose one option after the other; the milliseconds until each part of the page showed it.

    Raises:
        Error: a choice changed nothing.
    """
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.set_default_timeout(1000 * GIVE_UP_S)
    try:
        page.goto(f"{url}/?gender=female&with=Smiling")
        page.locator("#gallery img").first.wait_for()
        _load_model(page)
        page.wait_for_timeout(1000)  # what starts with the page has ended
        page.evaluate(WATCH)
        return [_click(page, BUCKETS[click % len(BUCKETS)], click // len(BUCKETS)) for click in range(CLICKS)]
    finally:
        page.close()


def _load_model(page: Page) -> None:
    """Make portraits once: the model, which loads in the background, is there then and leaves the cores."""
    page.locator("#generate").click()
    page.locator("#cancel").wait_for()
    page.locator("#generate").wait_for()


def _click(page: Page, bucket: str, turn: int) -> dict[str, float]:
    """Choose another option of a dropdown than the turn before, in every fourth turn "any"."""
    page.locator(f"#bucket-{bucket} input").click()
    options = page.get_by_role("listbox").get_by_role("option")
    options.nth((1, 2, 1, 0)[turn % 4]).click()
    page.wait_for_function(ARRIVED)
    page.wait_for_timeout(300)  # a visitor reads before choosing again
    return page.evaluate("times")

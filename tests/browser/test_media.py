"""The pictures of README.md, of the demo model and drawn faces alone: the page, a comparison that moves."""

import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageSequence
from playwright.sync_api import Browser, FloatRect, Page, expect

from generation.events import ARMS
from generation.example import EXAMPLES
from prompt_engine.realiser import realise
from prompt_engine.selection import Selection
from studio.deploy.contents import pictures_of
from tests.browser.explore_page import open_page

pytestmark = pytest.mark.browser

PAGE, COMPARISON = "page.png", "comparison.webp"
MOST_MB = 1.5  # together
PREVIEWS = "#portraits .preview:not([hidden])"
SIZE, WIDER = {"width": 1280, "height": 800}, {"width": 1440, "height": 900}
SHOWN = (
    EXAMPLES[0],  # there as soon as the page is; the others are made
    (Selection("male", ("Gray_Hair", "Eyeglasses")), 2),
    (Selection("female", ("Black_Hair", "Smiling")), 12),
)
# How much of vanilla is seen, in percent: the divider goes to the one portrait and to the other.
SWEEP = (50, 64, 82, 92, 86, 72, 54, 36, 20, 8, 14, 26, 40)
MOST_VANILLA, LEAST_VANILLA = SWEEP.index(max(SWEEP)), SWEEP.index(min(SWEEP))
FRAME_MS, HELD_MS = 80, 1_000
TIMES = 3  # then it stands still: who reads on is not disturbed
SIDE_PX, MARGIN_PX = 420, 8

Pixels = np.ndarray


@pytest.fixture(scope="module")
def folder(request: pytest.FixtureRequest, repository: Path) -> Path:
    """Where the pictures go: where README.md shows them only if that is asked for."""
    asked = request.config.getoption("--media", default=False)
    place = repository / ("docs/media" if asked else "tests/browser/screenshots")
    place.mkdir(exist_ok=True)
    return place


@pytest.fixture(scope="module")
def page(browser: Browser, app_url: str) -> Iterator[Page]:
    opened = open_page(browser, app_url, (SIZE["width"], SIZE["height"]))
    opened.locator("#first-steps [data-step=done]").click()
    expect(opened.locator("#first-steps")).to_be_hidden()
    yield opened
    opened.close()


def test_the_page_is_pictured(page: Page, folder: Path) -> None:
    page.screenshot(path=folder / PAGE)
    with Image.open(folder / PAGE) as picture:
        assert picture.size == (SIZE["width"], SIZE["height"])
        assert len(picture.convert("RGB").getcolors(picture.width * picture.height) or ()) > 10_000


def test_a_comparison_moves_from_one_portrait_to_the_other(page: Page, app_url: str, folder: Path) -> None:
    page.set_viewport_size(WIDER)
    frames: list[Image.Image] = []
    portraits = []
    for number, (selection, seed) in enumerate(SHOWN):
        if number:
            wanted = ",".join(selection.wanted)
            page.goto(f"{app_url}/?gender={selection.gender}&with={wanted}&seed={seed}")
            expect(page.locator("#prompt")).to_contain_text(realise(selection))
            page.click("#generate")
        expect(page.locator("#caption")).to_contain_text(re.compile(rf"{realise(selection)}.*seed {seed}\b"))
        expect(page.locator(PREVIEWS)).to_have_count(0)
        page.evaluate("scrollTo(0, 0)")
        portraits.append([portrait(page, arm) for arm in ARMS])
        frames += swept(page)
    write(frames, folder / COMPARISON)
    seen = read(folder / COMPARISON)
    assert len(seen) == len(SHOWN) * len(SWEEP)
    for number, (vanilla, fine_tuned) in enumerate(portraits):
        first = number * len(SWEEP)
        assert nearest(seen[first + MOST_VANILLA], vanilla, fine_tuned) == 0
        assert nearest(seen[first + LEAST_VANILLA], vanilla, fine_tuned) == 1
    assert sum((folder / name).stat().st_size for name in (PAGE, COMPARISON)) <= MOST_MB * 1e6


def test_readme_shows_both_and_they_are_small(repository: Path) -> None:
    shown = pictures_of((repository / "README.md").read_text(encoding="utf-8"))
    assert shown == [f"docs/media/{name}" for name in (PAGE, COMPARISON)]
    assert sum((repository / path).stat().st_size for path in shown) <= MOST_MB * 1e6


def portrait(page: Page, arm: str) -> Pixels:
    """The picture itself, as it is served."""
    address = page.locator(f"#portrait-{arm} img").evaluate("image => image.src")
    return pixels(Image.open(io.BytesIO(page.request.get(address).body())))


def swept(page: Page) -> Iterator[Image.Image]:
    """The stage and its prompt, while the divider is moved by the mouse."""
    stage, prompt = (page.locator(name).bounding_box() for name in ("#slider", "#caption .made-of"))
    assert stage and prompt and prompt["x"] + prompt["width"] <= stage["x"] + stage["width"]
    clip: FloatRect = {
        "x": stage["x"] - MARGIN_PX,
        "y": stage["y"] - MARGIN_PX,
        "width": stage["width"] + 2 * MARGIN_PX,
        "height": prompt["y"] + prompt["height"] - stage["y"] + 2 * MARGIN_PX,
    }
    height = stage["y"] + stage["height"] / 3
    page.mouse.move(stage["x"] + stage["width"] / 2, height)
    page.mouse.down()
    for share in SWEEP:
        page.mouse.move(stage["x"] + stage["width"] * share / 100, height)
        yield Image.open(io.BytesIO(page.screenshot(clip=clip))).convert("RGB")
    page.mouse.up()


def write(frames: Sequence[Image.Image], path: Path) -> None:
    """Make one picture of all; it rests where most of one portrait is seen."""
    width, height = frames[0].size
    size = (SIDE_PX, round(SIDE_PX * height / width))
    small = [frame.resize(size, Image.Resampling.LANCZOS) for frame in frames]
    rests = {0, MOST_VANILLA, LEAST_VANILLA}
    held = [HELD_MS if at in rests else FRAME_MS for at in range(len(SWEEP))] * len(SHOWN)
    small[0].save(
        path, save_all=True, append_images=small[1:], duration=held, loop=TIMES, quality=80, method=3
    )


def read(path: Path) -> list[Pixels]:
    """The stage in each frame, without the margin and the prompt."""
    with Image.open(path) as picture:
        box = (MARGIN_PX, MARGIN_PX, picture.width - MARGIN_PX, picture.width - MARGIN_PX)
        return [pixels(frame.convert("RGB").crop(box)) for frame in ImageSequence.Iterator(picture)]


def pixels(image: Image.Image) -> Pixels:
    return np.asarray(image.convert("RGB").resize((96, 96)), dtype=float)


def nearest(seen: Pixels, *portraits: Pixels) -> int:
    """Which portrait a frame shows most of."""
    return int(np.argmin([np.abs(seen - each).mean() for each in portraits]))

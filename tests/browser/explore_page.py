"""The tab Explore in a browser: opened once for many tests, each of which is led to a view of its own."""

import re

from playwright.sync_api import Browser, Page, expect

from tests.browser.fold import open_fold

DESK, TABLET, PHONE = (1440, 900), (820, 1180), (390, 844)
PROMPT, COUNT, FACES = "#prompt .prompt", "#count strong", "#gallery img"
PORTRAIT = "#portrait-vanilla img"
STEPS = "#steps input[type=number]"

# Takes down what the page asks its address bar for, to know when a view has been opened and described.
_FOLLOW = """() => {
    if (window.described) return
    window.described = {}
    const { open, write } = addressBar
    addressBar.open = (...asked) => {
        const opened = open(...asked)
        described.asked = opened[1]
        return opened
    }
    addressBar.write = (address, opening) => {
        write(address, opening)
        Object.assign(described, { address, opening })
    }
}"""
_CLICK_ON_LINK = """address => {
    const link = Object.assign(document.createElement("a"), { href: address })
    link.dataset.view = ""
    document.body.append(link)
    link.click()
    link.remove()
}"""
_SHOWN = """() => described.asked === described.opening && (
    document.querySelector("#gallery .strip")?.dataset.of === described.address ||
    document.querySelector("#no-faces p"))"""


def open_page(
    browser: Browser, url: str, size: tuple[int, int] = DESK, asked: list[str] | None = None
) -> Page:
    """Open the page and wait until its own view, the example and the faces are there.

    `asked` takes the address of every request.
    """
    width, height = size
    page = browser.new_page(viewport={"width": width, "height": height})
    if asked is not None:
        page.on("request", lambda request: asked.append(request.url))
    page.goto(url)
    expect(page).to_have_url(re.compile("gender="))
    expect(page.locator(PORTRAIT)).to_be_visible()
    expect(page.locator(FACES).first).to_be_visible()
    return page


def show(page: Page, address: str = "?gender=female&with=Wavy_Hair,Blond_Hair,Smiling") -> None:
    """Open a view in place, as a link of the page does, with the settings that a page begins with."""
    page.evaluate(_FOLLOW)
    page.evaluate(_CLICK_ON_LINK, address if "model=" in address else f"{address}&model=demo")
    page.wait_for_function(_SHOWN)


def choose(page: Page, bucket: str, title: str) -> None:
    """Pick an option of one dropdown, and close its menu."""
    dropdown = page.locator(f"#bucket-{bucket}")
    dropdown.locator("input").click()
    dropdown.get_by_role("option", name=re.compile(rf"^{re.escape(title)}( \(|$)")).click()
    page.keyboard.press("Escape")


def wait_for_change(page: Page, selector: str, before: str) -> None:
    """Wait until an element says something else."""
    expect(page.locator(selector)).not_to_have_text(before)


def take_fifty_steps(page: Page) -> None:
    """As many steps as the demo model takes: time to see what happens meanwhile."""
    open_fold(page, "Settings", STEPS)
    steps = page.locator(STEPS)
    steps.fill("50")
    steps.press("Enter")
    expect(steps).to_have_value("50")


def generate(page: Page) -> None:
    """Generate, and wait for other portraits than those that are shown."""
    before = page.locator(PORTRAIT).get_attribute("src") or ""
    page.click("#generate")
    expect(page.locator(PORTRAIT)).not_to_have_attribute("src", before)
    expect(page.locator("#generate")).to_be_visible()

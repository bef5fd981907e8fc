"""Opens what is one fold away, and waits until it can be typed into."""

from playwright.sync_api import Page

TWO_FRAMES = "new Promise(shown => requestAnimationFrame(() => requestAnimationFrame(shown)))"


def open_fold(page: Page, title: str, shows: str) -> None:
    """Click on its title, and wait as long as it takes Gradio to write values into what it has just shown.

    Two frames: of forty sliders filled sooner, thirteen fell back to their old value, and none after.
    """
    page.get_by_text(title, exact=True).click()
    page.locator(shows).first.wait_for()
    page.evaluate(TWO_FRAMES)

"""Opens what is one fold away, and waits until it can be typed into."""

from playwright.sync_api import Page

TWO_FRAMES = "new Promise(shown => requestAnimationFrame(() => requestAnimationFrame(shown)))"


def open_fold(page: Page, title: str, shows: str) -> None:
    """Click on its title unless it is open, and wait until Gradio has written values into what it shows.

    Two frames: of forty sliders filled sooner, thirteen fell back to their old value, and none after.
    """
    if page.locator(shows).first.is_visible():
        return
    page.get_by_text(title, exact=True).click()
    page.locator(shows).first.wait_for()
    page.evaluate(TWO_FRAMES)

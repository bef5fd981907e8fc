"""What is found on the tab Dataset, and how a section of it is opened."""

from playwright.sync_api import Page, expect

ROWS = ".prompts tbody tr"
FILTER, EXPORT = "Filter: which prompts are kept, and which images count", "Export the whole catalogue"
SECTIONS = {"Prompts": ROWS, "Relations": ".map td.m1", "Shares": ".shares .bars", "Labels": ".audit button"}


def open_section(page: Page, name: str) -> None:
    """Open an inner tab, and wait until it shows something."""
    page.get_by_role("tab", name=name, exact=True).click()
    expect(page.locator(SECTIONS[name]).first).to_be_visible()

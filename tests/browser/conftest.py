"""A real Chromium on a real app; whatever leaves this machine is a failure."""

from pathlib import Path

import pytest

SCREENSHOTS = Path(__file__).parent / "screenshots"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--media", action="store_true", help="make the pictures of README.md where it shows them"
    )


@pytest.fixture
def screenshots() -> Path:
    """Where a person looks at what the tests saw; git ignores it."""
    SCREENSHOTS.mkdir(exist_ok=True)
    return SCREENSHOTS

"""A real Chromium on a real app; whatever leaves this machine is a failure."""

from pathlib import Path

import pytest

SCREENSHOTS = Path(__file__).parent / "screenshots"


@pytest.fixture
def screenshots() -> Path:
    """Where a person looks at what the tests saw; git ignores it."""
    SCREENSHOTS.mkdir(exist_ok=True)
    return SCREENSHOTS

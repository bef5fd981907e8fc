"""A real Chromium on a real app; whatever leaves this machine is a failure."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.app_process import running_app

SCREENSHOTS = Path(__file__).parent / "screenshots"


@pytest.fixture(scope="session")
def app_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an app with drawn portraits and the demo model."""
    with running_app(tmp_path_factory.mktemp("app")) as url:
        yield url


@pytest.fixture
def screenshots() -> Path:
    """Where a person looks at what the tests saw; git ignores it."""
    SCREENSHOTS.mkdir(exist_ok=True)
    return SCREENSHOTS

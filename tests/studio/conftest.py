"""One running app for all tests that talk to it over HTTP."""

from collections.abc import Iterator

import pytest
from gradio_client import Client

from bench.app_process import running_app


@pytest.fixture(scope="session")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A client of an app with drawn portraits and the demo model."""
    with running_app(tmp_path_factory.mktemp("app")) as url:
        yield Client(url, verbose=False, download_files=str(tmp_path_factory.mktemp("downloads")))

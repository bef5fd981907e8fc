"""A client of the app that all tests of a process share."""

import pytest
from gradio_client import Client


@pytest.fixture(scope="session")
def client(app_url: str, tmp_path_factory: pytest.TempPathFactory) -> Client:
    """A client of an app with drawn portraits and the demo model."""
    return Client(app_url, verbose=False, download_files=str(tmp_path_factory.mktemp("downloads")))

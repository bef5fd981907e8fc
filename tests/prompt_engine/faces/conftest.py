"""A Hub on this machine that serves drawn portraits, for the real client."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.prompt_engine.faces.hub_datasets import LAYOUTS, Layout, Portraits, card, dataset, draw_portraits
from tests.prompt_engine.faces.hub_server import HubServer


@pytest.fixture(scope="session")
def portraits() -> Portraits:
    """240 drawn people."""
    return draw_portraits()


@pytest.fixture(scope="session")
def datasets(portraits: Portraits) -> dict[Layout, dict[str, bytes]]:
    """The files of every repository."""
    return {layout: dataset(portraits, layout) for layout in LAYOUTS}


@pytest.fixture
def layout() -> Layout:
    """The repository that is served, unless a test is about all of them."""
    return LAYOUTS[0]


@pytest.fixture
def hub(
    layout: Layout,
    datasets: dict[Layout, dict[str, bytes]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[HubServer]:
    """The Hub that the client asks in this test, which may go online and retries at once."""
    from huggingface_hub import constants

    from prompt_engine.faces import hub_repository

    with HubServer(layout.name, datasets[layout], card(layout)) as server:
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(constants, "ENDPOINT", server.endpoint)
        monkeypatch.setattr(
            constants,
            "HUGGINGFACE_CO_URL_TEMPLATE",
            server.endpoint + "/{repo_id}/resolve/{revision}/{filename}",
        )
        monkeypatch.setattr(hub_repository, "PAUSE_S", 0.01)
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
        monkeypatch.delenv("HF_TOKEN", raising=False)
        yield server

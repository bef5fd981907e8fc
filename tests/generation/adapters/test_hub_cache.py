"""What fetched adapters take of the disk: those used last stay, and nothing else in the cache is touched."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from huggingface_hub import constants, snapshot_download

from generation.adapters.file import WEIGHT_NAME, find_adapter
from generation.adapters.hub_cache import MARK, drop_unused
from generation.adapters.names import HubName
from generation.adapters.repository import read_hub_repository
from tests.hub_api.client import use_hub
from tests.hub_api.repositories import Repository
from tests.hub_api.server import HubApi

OLD, NEWER, OWN = "ada/old", "ada/newer", "ada/own"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, adapter_path: Path) -> Iterator[HubApi]:
    """A Hub with three adapters, of which one came to this machine by other means."""
    with HubApi() as server:
        use_hub(server, monkeypatch, tmp_path)
        for name in (OLD, NEWER, OWN):
            server.repositories[name] = Repository(name)
            files = {WEIGHT_NAME: adapter_path.read_bytes(), "README.md": b"A card."}
            server.repositories[name].commit("main", "files", files)
        snapshot_download(OWN)
        yield server


def kept() -> set[str]:
    """The repositories that are in the cache."""
    cache = Path(constants.HF_HUB_CACHE)
    return {path.name.removeprefix("models--").replace("--", "/") for path in cache.glob("models--*")}


def used_at(name: str, seconds_ago: float) -> None:
    mark = Path(constants.HF_HUB_CACHE) / f"models--{name.replace('/', '--')}" / MARK
    os.utime(mark, (time.time() - seconds_ago,) * 2)


def test_what_was_not_used_for_longest_is_dropped_and_fetched_again(hub: HubApi, adapter_path: Path) -> None:
    size_bytes = adapter_path.stat().st_size
    for name in (OWN, OLD, NEWER):
        find_adapter(name)
    used_at(OLD, 3_000)
    used_at(NEWER, 2_000)
    drop_unused(2.5 * size_bytes)
    assert kept() == {OLD, NEWER, OWN}
    drop_unused(1.5 * size_bytes, offered=[OLD])
    assert kept() == {OLD, OWN}
    find_adapter(NEWER)
    used_at(NEWER, 2_000)
    find_adapter(OLD)  # found in the cache, and so used just now
    drop_unused(1.5 * size_bytes)
    assert kept() == {OLD, OWN}
    assert find_adapter(NEWER).path.read_bytes() == adapter_path.read_bytes()
    assert not list(Path(constants.HF_HUB_CACHE).glob(".dropped*"))


def test_what_was_used_a_moment_ago_stays_and_offline_all_stays(
    hub: HubApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    find_adapter(OLD)
    drop_unused(0)
    assert OLD in kept()
    used_at(OLD, 3_000)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    drop_unused(0)
    assert OLD in kept()


def test_what_the_tab_reads_of_a_repository_is_dropped_too(hub: HubApi) -> None:
    assert "README.md" in read_hub_repository(HubName(NEWER)).beside
    used_at(NEWER, 3_000)
    drop_unused(0)
    assert kept() == {OWN}

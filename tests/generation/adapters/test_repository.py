"""What lies beside an adapter, on this machine and on a Hub on this machine, asked by the real client."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from huggingface_hub import constants

from generation.adapters import repository as adapter_repository
from generation.adapters.file import WEIGHT_NAME, adapter_revision, resolve_adapter
from generation.adapters.names import HubName
from generation.adapters.repository import (
    BESIDE,
    CARD,
    CURVE,
    REPORT,
    read_hub_repository,
    read_local_repository,
)
from generation.errors import AdapterRejected
from tests.hub_api.client import use_hub
from tests.hub_api.repositories import Repository
from tests.hub_api.server import HubApi

NAME = HubName("ada/portraits")
TEXTS = {CARD: b"# A card", CURVE: b'{"schema": 2}\n', REPORT: b"{}"}


@pytest.fixture(scope="module")
def weights() -> Path:
    return resolve_adapter("demo")


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[HubApi]:
    with HubApi() as server:
        use_hub(server, monkeypatch, tmp_path)
        server.repositories[NAME.repository] = Repository(NAME.repository)
        yield server


def put(hub: HubApi, files: dict[str, bytes]) -> str:
    return hub.repositories[NAME.repository].commit("main", "files", files).sha


def test_of_an_adapter_on_the_hub_no_weight_is_fetched(hub: HubApi, weights: Path, tmp_path: Path) -> None:
    sha = put(hub, {WEIGHT_NAME: weights.read_bytes(), **TEXTS, "gallery/1.png": b"\0" * 10_000})
    found = read_hub_repository(NAME)
    assert (found.name, found.revision, found.hub) == ("ada/portraits", sha, HubName("ada/portraits", sha))
    assert {name: path.read_bytes() for name, path in found.beside.items()} == TEXTS
    assert len(found.header.modules()) == 68 and found.sha256 == adapter_revision(weights)
    assert hub.sent_bytes < 100_000
    assert not list((tmp_path / "hub").rglob("*.safetensors"))
    assert found.page == f"https://huggingface.co/ada/portraits/tree/{sha}"
    assert found.download == (
        f"https://huggingface.co/ada/portraits/resolve/{sha}/{WEIGHT_NAME}?download=true"
    )


def test_what_is_absent_is_absent_and_all_is_of_one_commit(hub: HubApi, weights: Path) -> None:
    first = put(hub, {WEIGHT_NAME: weights.read_bytes(), CARD: b"first"})
    put(hub, {WEIGHT_NAME: weights.read_bytes(), **TEXTS})
    found = read_hub_repository(HubName(NAME.repository, first))
    assert {name: path.read_bytes() for name, path in found.beside.items()} == {CARD: b"first"}
    assert found.left_out == {}


def test_what_is_too_large_is_told_and_not_fetched(
    hub: HubApi, weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapter_repository, "LARGEST_BYTES", 1_000)
    put(hub, {WEIGHT_NAME: weights.read_bytes(), **TEXTS, CARD: b"#" * 1_001})
    found = read_hub_repository(NAME)
    assert set(found.beside) == {CURVE, REPORT}
    assert set(found.left_out) == {CARD} and CARD in found.left_out[CARD]
    assert hub.count(f"GET.*resolve.*{CARD}") == 0


def test_offline_what_was_fetched_is_found(
    hub: HubApi, weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(hub, {WEIGHT_NAME: weights.read_bytes(), **TEXTS})
    resolve_adapter(NAME.repository)
    online = read_hub_repository(NAME)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    offline = read_hub_repository(NAME)
    assert (offline.revision, offline.sha256) == (online.revision, online.sha256)
    assert offline.beside == online.beside and set(offline.beside) == set(BESIDE)


def test_a_repository_that_is_none_is_refused_in_a_sentence(hub: HubApi) -> None:
    put(hub, TEXTS)
    with pytest.raises(AdapterRejected, match="holds no safetensors file"):
        read_hub_repository(NAME)
    with pytest.raises(AdapterRejected, match="There is no adapter ada/other"):
        read_hub_repository(HubName("ada/other"))


def test_of_a_folder_its_own_files_are_read_and_no_link_out_of_it(weights: Path, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / WEIGHT_NAME).write_bytes(weights.read_bytes())
    (folder / CARD).write_text("# Mine")
    found = read_local_repository(str(folder))
    assert (found.name, found.page, set(found.beside)) == ("mine", None, {CARD})
    (tmp_path / "secret").write_text("of this machine")
    (folder / CURVE).symlink_to(tmp_path / "secret")
    with pytest.raises(AdapterRejected, match="^metrics.jsonl in mine is a link to a file elsewhere"):
        read_local_repository(str(folder))

"""The Hub of the tests, asked by the real client: what it keeps, who may see and change it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from huggingface_hub import CommitOperationAdd, HfApi, hf_hub_download
from huggingface_hub.errors import EntryNotFoundError, HfHubHTTPError, RepositoryNotFoundError

from tests.hub_api.client import use_hub
from tests.hub_api.server import Account, HubApi

REPO = "ada/thing"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[HubApi]:
    with HubApi() as server:
        use_hub(server, monkeypatch, tmp_path)
        yield server


def _commit(api: HfApi, files: dict[str, bytes], **options: object) -> None:
    operations = [CommitOperationAdd(path, content) for path, content in files.items()]
    api.create_commit(REPO, operations, commit_message="files", **options)  # type: ignore[call-overload]


def test_what_is_committed_is_listed_and_downloaded(hub: HubApi) -> None:
    api = HfApi()
    api.create_repo(REPO)
    _commit(api, {"notes.md": b"words", "weights.safetensors": b"\0" * 600})
    small, large = api.get_paths_info(REPO, ["notes.md", "weights.safetensors"])
    assert (small.size, small.lfs) == (5, None)
    assert large.lfs.size == 600
    assert Path(hf_hub_download(REPO, "weights.safetensors")).read_bytes() == b"\0" * 600
    assert Path(hf_hub_download(REPO, "notes.md")).read_bytes() == b"words"
    with pytest.raises(EntryNotFoundError):
        hf_hub_download(REPO, "nothing")


def test_a_private_repository_is_not_there_for_strangers(hub: HubApi) -> None:
    HfApi().create_repo(REPO, private=True)
    assert HfApi().repo_info(REPO).private
    with pytest.raises(RepositoryNotFoundError):
        HfApi(token=False).repo_info(REPO)


def test_a_parent_that_is_not_the_last_commit_is_refused(hub: HubApi) -> None:
    api = HfApi()
    api.create_repo(REPO)
    before = api.repo_info(REPO).sha
    _commit(api, {"a": b"1"}, parent_commit=before)
    with pytest.raises(HfHubHTTPError, match="412"):
        _commit(api, {"a": b"2"}, parent_commit=before)


def test_a_token_that_reads_changes_nothing(hub: HubApi) -> None:
    HfApi().create_repo(REPO)
    hub.tokens["hf_writer"] = Account("ada", role="read")
    with pytest.raises(HfHubHTTPError, match="403"):
        _commit(HfApi(), {"a": b"1"})
    assert set(hub.repositories[REPO].files) == {".gitattributes"}

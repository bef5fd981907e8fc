"""Adapters from a Hub on this machine, asked by the real client: what is fetched, and what is said if not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
import torch
from huggingface_hub import constants

from generation.adapters import hub as adapter_hub
from generation.adapters.check import inspect_adapter
from generation.adapters.file import WEIGHT_NAME, find_adapter, resolve_adapter
from generation.adapters.fit import check_for_model
from generation.adapters.header import LARGEST_HEADER_BYTES
from generation.errors import AdapterRejected
from generation.hub import token_for
from generation.models import ModelSpec
from tests.generation.bad_adapters import BAD_HEADERS, each, pair_of_rank
from tests.hub_api.client import use_hub
from tests.hub_api.repositories import Repository
from tests.hub_api.server import HubApi
from tests.prompt_engine.faces.hub_server import Faults

REPO = "ada/portraits"
PAGE = "https://huggingface.co/ada/portraits"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[HubApi]:
    with HubApi() as server:
        use_hub(server, monkeypatch, tmp_path)
        server.repositories[REPO] = Repository(REPO)
        yield server


def put(hub: HubApi, files: dict[str, bytes], ref: str = "main") -> str:
    return hub.repositories[REPO].commit(ref, f"{len(files)} files", files).sha


def kept(tmp_path: Path) -> list[Path]:
    return list((tmp_path / "hub").rglob("*.safetensors"))


def go_offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)


def test_an_adapter_is_fetched_once_and_recorded_by_its_commit(
    hub: HubApi, spec: ModelSpec, adapter_path: Path, tmp_path: Path
) -> None:
    sha = put(hub, {WEIGHT_NAME: adapter_path.read_bytes(), "notes/a.safetensors": b"other"})
    found = find_adapter(REPO, check=partial(check_for_model, spec=spec))
    assert (found.name, found.revision, found.is_from_hub) == (REPO, sha, True)
    assert found.path.read_bytes() == adapter_path.read_bytes()
    asked = len(hub.asked)
    again = find_adapter(REPO, revision=sha)
    assert again == found == find_adapter(f"{REPO}@{sha}")
    assert len(hub.asked) == asked
    put(hub, {WEIGHT_NAME: b"newer"})
    assert find_adapter(REPO, revision=sha) == found


def test_what_a_branch_means_is_asked_once_in_some_minutes(
    hub: HubApi, adapter_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sha = put(hub, {WEIGHT_NAME: adapter_path.read_bytes()})
    assert find_adapter(REPO).revision == sha
    asked = len(hub.asked)
    newer = put(hub, {WEIGHT_NAME: adapter_path.read_bytes(), "notes.md": b"more"})
    assert find_adapter(REPO).revision == sha and len(hub.asked) == asked
    monkeypatch.setattr("generation.adapters.hub_commits.KEPT_S", 0)
    assert find_adapter(REPO).revision == newer


def test_a_branch_and_a_tag_are_resolved_to_the_commit_that_they_mean_now(
    hub: HubApi, adapter_path: Path, make_adapter: Callable[..., Path], tmp_path: Path
) -> None:
    first = put(hub, {"mine.safetensors": adapter_path.read_bytes()}, "v1")
    second = put(hub, {WEIGHT_NAME: make_adapter(tmp_path, seed=3).read_bytes()}, "v1")
    found = find_adapter(f"{REPO}@v1")
    assert (found.revision, found.path.name) == (second, WEIGHT_NAME)
    assert find_adapter(f"{REPO}@{first}").path.name == "mine.safetensors"
    assert find_adapter(f"{REPO}@v1", revision=first).revision == first


def test_a_commit_may_be_named_by_its_beginning(
    hub: HubApi, adapter_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sha = put(hub, {WEIGHT_NAME: adapter_path.read_bytes()})
    put(hub, {WEIGHT_NAME: b"newer"})
    found = find_adapter(REPO, revision=sha[:7])
    assert found.revision == sha
    asked = len(hub.asked)
    assert find_adapter(f"{REPO}@{sha[:12]}") == found
    go_offline(monkeypatch)
    assert find_adapter(REPO, revision=sha[:7]) == found
    assert len(hub.asked) == asked


def test_the_beginning_of_no_commit_may_be_a_branch(hub: HubApi, adapter_path: Path) -> None:
    sha = put(hub, {WEIGHT_NAME: adapter_path.read_bytes()}, "decade5")
    assert find_adapter(f"{REPO}@decade5").revision == sha
    with pytest.raises(AdapterRejected, match="has no revision '0000000'"):
        find_adapter(REPO, revision="0000000")


@pytest.mark.parametrize("case", sorted(BAD_HEADERS.keys() - {"rank 4096"}))
def test_of_a_bad_adapter_only_the_header_is_fetched(
    case: str,
    hub: HubApi,
    spec: ModelSpec,
    adapter_path: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(adapter_hub, "FIRST_BYTES", 1_000)
    make, reason = BAD_HEADERS[case]
    bad = Path(make(adapter_path, tmp_path))
    content = bad.read_bytes()
    put(hub, {WEIGHT_NAME: content})
    with pytest.raises(AdapterRejected, match=reason):
        resolve_adapter(REPO, check=partial(check_for_model, spec=spec))
    assert not kept(tmp_path)
    header = 8 + int.from_bytes(content[:8], "little")
    assert hub.sent_bytes <= max(1_000, min(header, LARGEST_HEADER_BYTES))


def test_the_weights_are_looked_at_once_they_are_here(
    hub: HubApi, spec: ModelSpec, adapter_path: Path, tmp_path: Path
) -> None:
    bad = each("lora_B", torch.zeros_like)(adapter_path, tmp_path)
    put(hub, {WEIGHT_NAME: Path(bad).read_bytes()})
    with pytest.raises(AdapterRejected, match="changes nothing"):
        inspect_adapter(REPO, spec)


@pytest.mark.parametrize(("rank", "said"), [(129, "129"), (4096, "4,096")])
def test_what_strangers_publish_is_limited(
    rank: int,
    said: str,
    hub: HubApi,
    adapter_path: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    put(hub, {WEIGHT_NAME: Path(pair_of_rank(rank)(adapter_path, tmp_path)).read_bytes()})
    with pytest.raises(AdapterRejected, match=f"has rank {said} at transformer_blocks.0.attn.to_q, and 128"):
        resolve_adapter(REPO)
    assert not kept(tmp_path)
    monkeypatch.setattr(adapter_hub, "LARGEST_BYTES", 50_000)
    hub.sent_bytes = 0
    with pytest.raises(AdapterRejected, match="of ada/portraits has .* MB, and"):
        resolve_adapter(REPO)
    assert hub.sent_bytes == 0
    assert not kept(tmp_path)


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({}, f"holds no safetensors file: look at {PAGE}"),
        ({"a.safetensors": b"", "b.safetensors": b""}, "several adapters .a.safetensors, b.safetensors"),
        ({"pytorch_lora_weights.bin": b"\x80\x02"}, "weights.bin of ada/portraits is a pickle"),
        ({"folder/a.safetensors": b""}, "holds no safetensors file"),
        ({"a\x1b.safetensors": b""}, "control characters"),
    ],
)
def test_a_repository_without_one_clear_file_is_refused(
    files: dict[str, bytes], sentence: str, hub: HubApi
) -> None:
    put(hub, files)
    with pytest.raises(AdapterRejected, match=sentence):
        resolve_adapter(REPO)


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (Faults(status=401), "does not take your Hugging Face token"),
        (Faults(status=403), "token may not read ada/portraits: give it the right"),
        (Faults(status=403, headers={"X-Error-Code": "GatedRepo"}), f"accept its terms on {PAGE}"),
        (Faults(status=404), "no adapter ada/portraits, neither on this machine nor on the Hub"),
        (Faults(status=404, headers={"X-Error-Code": "RevisionNotFound"}), "has no revision 'v2': look at"),
        (Faults(status=429, headers={"Retry-After": "7"}), "asked too often, .* try again in 7 s"),
        (Faults(status=429), "asked too often, .* in a few minutes"),
        (Faults(status=500), "The Hub answered 500 for ada/portraits: it is in trouble"),
    ],
)
@pytest.mark.parametrize("where", ["api/models", "resolve"])
def test_what_the_hub_refuses_is_said_in_a_sentence_of_its_own(
    where: str, fault: Faults, sentence: str, hub: HubApi, adapter_path: Path, tmp_path: Path
) -> None:
    put(hub, {WEIGHT_NAME: adapter_path.read_bytes()}, "v2")
    fault.where = where
    hub.faults = fault
    with pytest.raises(AdapterRejected, match=sentence) as refusal:
        resolve_adapter(f"{REPO}@v2")
    assert str(refusal.value).isprintable() and "hf_writer" not in str(refusal.value)
    assert not kept(tmp_path)


def test_without_a_token_the_way_to_one_is_said(hub: HubApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_TOKEN")
    hub.repositories[REPO].private = True
    with pytest.raises(AdapterRejected, match="that anybody may read: .*set HF_TOKEN"):
        resolve_adapter(REPO)
    hub.faults = Faults(status=401, headers={"X-Error-Code": "GatedRepo"})
    with pytest.raises(AdapterRejected, match=f"do so on {PAGE}, then set HF_TOKEN"):
        resolve_adapter(REPO)


def test_without_network_what_was_fetched_is_used_and_nothing_else(
    hub: HubApi, adapter_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sha = put(hub, {WEIGHT_NAME: adapter_path.read_bytes()})
    found = find_adapter(REPO)
    hub.__exit__()
    with pytest.raises(
        AdapterRejected, match="could not be asked for the adapter ada/another .*HF_HUB_OFFLINE=1"
    ):
        resolve_adapter("ada/another")
    assert find_adapter(REPO) == found
    go_offline(monkeypatch)
    assert find_adapter(REPO) == find_adapter(f"{REPO}@{sha}") == find_adapter(f"{REPO}@main") == found
    for name in ("ada/another", f"{REPO}@v2", f"{REPO}@{'0' * 40}"):
        with pytest.raises(
            AdapterRejected, match=f"adapter {name} is not on this machine, and HF_HUB_OFFLINE"
        ):
            resolve_adapter(name)


def test_a_server_that_sends_more_than_was_asked_for_is_not_listened_to(
    hub: HubApi, adapter_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(hub, {WEIGHT_NAME: adapter_path.read_bytes()})
    hub.faults = Faults(where="GET .*resolve", status=200)
    with pytest.raises(AdapterRejected, match="does not send parts of files"):
        resolve_adapter(REPO)
    hub.faults = Faults(where="GET .*resolve", status=206)
    with pytest.raises(AdapterRejected, match="sent another part"):
        resolve_adapter(REPO)
    assert not kept(tmp_path)


def test_an_adapter_that_was_replaced_meanwhile_is_not_taken(
    hub: HubApi, adapter_path: Path, make_adapter: Callable[..., Path], tmp_path: Path
) -> None:
    put(hub, {WEIGHT_NAME: adapter_path.read_bytes()})
    other = make_adapter(tmp_path / "other", rank=6).read_bytes()

    def replace(_: object) -> None:
        commit = hub.repositories[REPO].at("main")
        assert commit is not None
        commit.files[WEIGHT_NAME] = other  # type: ignore[index]

    with pytest.raises(AdapterRejected, match="was another one when it was fetched"):
        resolve_adapter(REPO, check=replace)


def test_a_card_advises_and_decides_nothing(
    hub: HubApi, spec: ModelSpec, adapter_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = "---\nbase_model:\n- stabilityai/stable-diffusion-3.5-large\n- 7\n---\nwords"
    put(hub, {WEIGHT_NAME: adapter_path.read_bytes(), "README.md": card.encode()})
    facts = inspect_adapter(REPO, spec)
    assert any("card names stabilityai/stable-diffusion-3.5-large as" in note for note in facts.notes)
    put(hub, {WEIGHT_NAME: adapter_path.read_bytes(), "README.md": b"---\nbase_model: [a/b\n---\n"})
    monkeypatch.setattr("generation.adapters.hub_commits.KEPT_S", 0)
    assert not any("card" in note for note in inspect_adapter(REPO, spec).notes)


@pytest.mark.parametrize(
    "name", ["ada/../x", "ada//x", "ada/x@", "a/b/c", "ada/x.git", "ada/--x", f"a/{'x' * 100}"]
)
def test_what_is_no_name_on_the_hub_never_gets_there(name: str, hub: HubApi) -> None:
    with pytest.raises(AdapterRejected, match="There is no adapter at"):
        resolve_adapter(name)
    assert not hub.asked


def test_what_is_on_this_machine_is_meant_first(
    hub: HubApi, adapter_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / REPO).mkdir(parents=True)
    (tmp_path / REPO / WEIGHT_NAME).write_bytes(adapter_path.read_bytes())
    assert find_adapter(REPO).name == "portraits"
    assert not hub.asked


def test_where_strangers_name_adapters_private_ones_that_are_not_offered_are_not_there(
    hub: HubApi, adapter_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sha = put(hub, {WEIGHT_NAME: adapter_path.read_bytes()})
    hub.repositories[REPO].private = True
    monkeypatch.setenv("HF_TOKEN", "hf_writer")
    monkeypatch.setenv(token_for.VARIABLE, "")  # so that it is taken back at the end
    token_for.keep_token_for(["ada/others"])
    for name in (REPO, f"{REPO}@{sha}"):
        with pytest.raises(AdapterRejected):
            find_adapter(name)
    token_for.keep_token_for(["ada/others", REPO])
    assert find_adapter(REPO).revision == sha

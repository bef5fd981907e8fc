"""Models of the Hub, asked for by the real client: what is here, what is given, and why not."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from huggingface_hub import constants

from generation.errors import ModelUnavailable
from generation.hub.access import cached_model, check_access, download_model, take_token
from generation.models import MODELS
from tests.generation.model_hub import BESIDE, serve_model
from tests.hub_api.client import use_hub
from tests.hub_api.server import HubApi
from tests.prompt_engine.faces.hub_server import Faults
from tests.small_models import build_small_sd35

SPEC = MODELS["medium"]
GATED = {"X-Error-Code": "GatedRepo", "X-Error-Message": "Access to this model is restricted."}
WEIGHTS = "resolve/.*text_encoder_3/model.safetensors"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_small_sd35(tmp_path_factory.mktemp("medium"), blocks=2)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, folder: Path) -> Iterator[HubApi]:
    with HubApi() as server:
        use_hub(server, monkeypatch, tmp_path)
        serve_model(server, "medium", folder)
        yield server


def refused() -> str:
    """The sentence that a download ends with."""
    with pytest.raises(ModelUnavailable) as told:
        download_model(SPEC, say=lambda _: None)
    assert "hf_" not in str(told.value)
    return str(told.value)


def test_a_download_fetches_what_a_pipeline_reads_and_nothing_twice(hub: HubApi, folder: Path) -> None:
    said: list[str] = []
    here = download_model(SPEC, say=said.append)
    assert here == cached_model(SPEC)
    assert said == [
        f"Fetching {sum(each.stat().st_size for each in files(folder)) / 1e6:,.1f} MB of "
        f"SD 3.5 Medium from {SPEC.page}."
    ]
    assert {each.relative_to(here) for each in files(here)} == {
        each.relative_to(folder) for each in files(folder)
    }
    assert not any(hub.count(f"resolve/.*{name}") for name in BESIDE)
    gets = hub.count("GET .*resolve")
    download_model(SPEC, say=said.append)
    assert hub.count("GET .*resolve") == gets


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_nothing_is_asked_or_fetched_by_looking(hub: HubApi) -> None:
    with pytest.raises(ModelUnavailable, match=r"not on this machine: accept .*--download medium.*16\.3 GB"):
        cached_model(SPEC)
    assert hub.asked == []


def test_offline_only_what_is_here_is_used(hub: HubApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(ModelUnavailable, match=r"unset HF_HUB_OFFLINE, accept"):
        cached_model(SPEC)
    assert "HF_HUB_OFFLINE forbids" in refused()
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    download_model(SPEC, say=lambda _: None)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    before = len(hub.asked)
    assert cached_model(SPEC).is_dir()
    assert len(hub.asked) == before


REFUSALS: Mapping[str, tuple[Faults, str]] = {
    "licence not accepted": (Faults("resolve", 403, GATED), "may not read SD 3.5 Medium yet: accept"),
    "a token without the right": (Faults("resolve", 403), "give it the right on"),
    "bad token": (
        Faults(".", 401, {"X-Error-Message": "Invalid credentials in Authorization header"}),
        "does not take your Hugging Face token",
    ),
    "gone": (
        Faults(".", 404, {"X-Error-Code": "RepoNotFound"}),
        "has no stabilityai/stable-diffusion-3.5-medium",
    ),
    "too often": (Faults("revision|tree|api", 429, {"Retry-After": "0"}), "asked too often"),
    "in trouble": (Faults(".", 501), "answered 501 .* again later"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_what_the_hub_refuses_is_said_in_a_sentence_with_a_link(hub: HubApi, case: str) -> None:
    hub.faults, expected = REFUSALS[case]
    sentence = refused()
    assert re.search(expected, sentence)
    if case not in ("too often", "in trouble"):
        assert "https://huggingface.co/" in sentence


def test_without_a_token_the_gate_says_how_to_get_one(hub: HubApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_TOKEN")
    hub.faults = Faults("resolve", 401, GATED)
    assert "accepted its licence: do so on https://huggingface.co/stabilityai" in refused()
    with pytest.raises(ModelUnavailable, match="set HF_TOKEN to a token of .*settings/tokens"):
        check_access(SPEC)


def test_access_is_asked_without_a_weight(hub: HubApi) -> None:
    check_access(SPEC)
    assert hub.count("GET") == 0
    hub.faults = Faults("resolve", 403, GATED)
    with pytest.raises(ModelUnavailable, match="accept the licence on https://huggingface.co/stabilityai"):
        check_access(SPEC)


def test_a_download_that_broke_off_is_told_from_none_and_goes_on(
    hub: HubApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.file_download.time.sleep", lambda _: None)  # between its 5 retries
    hub.faults = Faults(WEIGHTS, cut_after=0)
    assert "broke off" in refused() and "keeps what has arrived" in refused()
    with pytest.raises(ModelUnavailable, match=r"in part \(.* not here or not whole\).*--download medium"):
        cached_model(SPEC)
    (snapshot,) = (Path(constants.HF_HUB_CACHE) / "models--stabilityai--stable-diffusion-3.5-medium").glob(
        "snapshots/*"
    )
    arrived = [path.relative_to(snapshot).as_posix() for path in files(snapshot)]
    hub.faults = None
    hub.asked.clear()
    here = download_model(SPEC, say=lambda _: None)
    assert here == cached_model(SPEC) == snapshot
    assert hub.count(f"GET .*{WEIGHTS}") == 1
    assert not any(hub.count(f"GET .*resolve/[^/]*/{path}$") for path in arrived)


def test_a_file_that_lost_its_end_is_found(hub: HubApi) -> None:
    here = download_model(SPEC, say=lambda _: None)
    blob = (here / "transformer" / "diffusion_pytorch_model.safetensors").resolve()
    os.truncate(blob, blob.stat().st_size // 2)
    with pytest.raises(
        ModelUnavailable, match=r"in part \(transformer/diffusion_pytorch_model.safetensors not"
    ):
        cached_model(SPEC)


def test_a_disk_that_is_too_small_is_found_before_anything_is_fetched(
    hub: HubApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage("/")
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage._replace(free=1000))
    assert "make room, or set HF_HOME" in refused()
    assert hub.count("GET .*resolve") == 0


def test_a_revision_that_is_not_there_is_said(hub: HubApi) -> None:
    with pytest.raises(ModelUnavailable, match="has no stabilityai"):
        download_model(replace(SPEC, revision="0" * 40), say=lambda _: None)


def test_the_token_comes_from_the_environment_then_from_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text('# mine\nexport HF_TOKEN="hf_file"\nPORT=99\n')
    environ: dict[str, str] = {}
    take_token(environ)
    assert environ == {"HF_TOKEN": "hf_file"}
    environ = {"HF_TOKEN": "hf_own"}
    take_token(environ)
    assert environ == {"HF_TOKEN": "hf_own"}
    assert capsys.readouterr() == ("", "")

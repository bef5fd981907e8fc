"""What cannot be published, and what the Hub refuses: one sentence, exit code 2, nothing half-done."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from generation.adapters.file import RECORD_KEY, WEIGHT_NAME
from tests.hub_api.server import Account, HubApi
from tests.prompt_engine.faces.hub_server import Faults
from tests.training.publishing.reports import write_report
from training.__main__ import main

REPO = "ada/faces"


def _refused(folder: Path, capsys: pytest.CaptureFixture[str], repo: str = REPO) -> str:
    assert main(["publish", str(folder), "--repo", repo]) == 2
    said = capsys.readouterr().err.strip().splitlines()
    assert "Traceback" not in "".join(said)
    return said[-1]


@pytest.mark.parametrize(
    ("where", "status", "headers", "said"),
    [
        ("whoami", 401, {"X-Error-Message": "Invalid credentials in Authorization header"}, "not valid"),
        ("whoami", 429, {"Retry-After": "40"}, "in 40 s"),
        ("repos/create", 402, {}, "has to be charged"),
        ("repos/create", 500, {}, "in trouble"),
        ("preupload", 403, {}, "may not do that"),
        ("validate-yaml", 502, {}, "in trouble"),
        ("/commit/", 401, {}, "not valid"),
        ("/commit/", 403, {}, "may not do that"),
        ("/commit/", 409, {}, "at the same moment"),
        ("/commit/", 429, {}, "too many requests"),
        ("/commit/", 500, {}, "run the same command again"),
    ],
)
def test_an_error_of_the_hub_is_a_sentence(
    where: str,
    status: int,
    headers: dict[str, str],
    said: str,
    hub: HubApi,
    run_folder: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    hub.faults = Faults(where=where, status=status, headers=headers)
    sentence = _refused(run_folder, capsys)
    assert str(status) in sentence and said in sentence
    assert all(len(each.commits) == 1 for each in hub.repositories.values())


def test_without_a_token(
    hub: HubApi, run_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("HF_TOKEN")
    assert "set HF_TOKEN" in _refused(run_folder, capsys)
    assert hub.asked == []


def test_a_token_that_may_only_read(
    hub: HubApi, run_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hub.tokens["hf_writer"] = Account("ada", role="read")
    assert "may only read" in _refused(run_folder, capsys)
    assert hub.count("^POST") == 0


def test_somebody_elses_account(hub: HubApi, run_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "403 for bob/faces" in _refused(run_folder, capsys, repo="bob/faces")


def test_no_network(hub: HubApi, run_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hub.__exit__()
    assert "did not answer" in _refused(run_folder, capsys)


def test_offline(
    hub: HubApi, run_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert "unset it" in _refused(run_folder, capsys)


@pytest.mark.parametrize("repo", ["faces", "a/b/c", "ada/fa ces", "ada/-faces-"])
def test_a_name_that_is_none(
    repo: str, hub: HubApi, run_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "OWNER/NAME" in _refused(run_folder, capsys, repo=repo)


@pytest.mark.parametrize("missing", ["pytorch_lora_weights.safetensors", "config.toml", "metrics.jsonl"])
def test_a_file_is_missing(
    missing: str, hub: HubApi, run_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (run_folder / missing).unlink()
    assert missing in _refused(run_folder, capsys)
    assert hub.asked == []


def test_an_adapter_cut_short(hub: HubApi, run_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    adapter = run_folder / "pytorch_lora_weights.safetensors"
    adapter.write_bytes(adapter.read_bytes()[:-100])
    assert "no whole safetensors file" in _refused(run_folder, capsys)
    assert hub.asked == []


def test_pictures_of_other_prompts(hub: HubApi, run_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Image.new("RGB", (50, 50)).save(run_folder / "validation" / "step-000002.png")
    assert "50 x 50 px" in _refused(run_folder, capsys)


def test_a_damaged_picture(hub: HubApi, run_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = run_folder / "validation" / "step-000002.png"
    whole = path.read_bytes()
    # Cut within the first chunk, or within the pixels, or with a broken checksum: Pillow raises three errors.
    for damaged in (whole[:20], whole[:-600], whole[:40] + b"\1" + whole[41:], b""):
        path.write_bytes(damaged)
        assert "no whole picture" in _refused(run_folder, capsys)


@pytest.mark.parametrize("line", ["{", "3", "{}", '{"step": "two"}'])
def test_a_damaged_log(line: str, hub: HubApi, run_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (run_folder / "metrics.jsonl").open("a").write(f"{line}\n")
    assert "metrics.jsonl has a line that is no row" in _refused(run_folder, capsys)
    assert hub.asked == []


def test_a_report_about_another_adapter(
    hub: HubApi, run_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_report(run_folder, "0" * 64)
    assert "another adapter" in _refused(run_folder, capsys)


def test_a_report_that_is_none(hub: HubApi, run_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_report(run_folder, "0" * 64).write_text("{}")
    assert "evaluate again" in _refused(run_folder, capsys)


def test_an_adapter_that_does_not_say_how_it_was_made(
    hub: HubApi, run_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = run_folder / WEIGHT_NAME
    with safe_open(path, "pt") as file:
        metadata = {key: value for key, value in file.metadata().items() if key != RECORD_KEY}
    save_file(load_file(path), path, metadata)
    assert "does not say how it was trained" in _refused(run_folder, capsys)

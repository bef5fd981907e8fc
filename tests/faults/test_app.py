"""What may happen to an app: killed under load, a disk that fills, folders that vanish, a Hub that hangs."""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from bench.app_process import RunningApp, app_command, free_port, started_app, stop
from generation.events import ARMS
from generation.png.metadata import read_recipe
from generation.results import ResultStore, read_place
from studio.messages import KNOWN
from tests.faults.app import compare, health, is_sentence, open_client

PATIENT_S = 60  # so long a visitor may be left without a sentence, on a slow machine too


def test_an_app_that_is_killed_under_load_loses_nothing_that_was_stored(tmp_path: Path) -> None:
    results = ResultStore(tmp_path / "results")
    with started_app(tmp_path) as app:
        app.wait_until_answering()
        before = compare(open_client(app.url, tmp_path / "downloads"), seed=1)
        visitors = [_work(app.url, tmp_path / f"visitor-{number}", 100 * number) for number in range(1, 5)]
        _wait_until(lambda: len(results.places()) >= 6)
        app.process.kill()
        app.process.wait()
        for visitor in visitors:
            visitor.join(timeout=60)
    stored = results.places()
    assert len(stored) >= 6
    for place in stored:
        found = read_place(place)
        assert found is not None, place
        for arm in ARMS:
            assert read_recipe(place / f"{arm.replace('_', '-')}.png") == found[0]
    with started_app(tmp_path) as again:
        again.wait_until_answering()
        client = open_client(again.url, tmp_path / "downloads-again")
        assert compare(client, seed=1) == before
        assert health(again.url)[1]["comparisons"].get("stored") == 1  # given as it was kept
        compare(client, seed=2)  # and goes on


def _work(url: str, downloads: Path, first: int) -> threading.Thread:
    def ask() -> None:
        with suppress(Exception):  # the app is killed meanwhile
            client = open_client(url, downloads)
            for seed in range(first, first + 100):
                compare(client, seed)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    return thread


def _wait_until(true: object, most_s: float = 240) -> None:
    deadline = time.monotonic() + most_s
    while not true():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture
def cramped(tmp_path: Path) -> Iterator[RunningApp]:
    """An app whose results lie on a disk of half a megabyte; skipped where none can be made."""
    results = tmp_path / "results"
    results.mkdir()
    mount = ["unshare", "--map-root-user", "--mount", "sh", "-c"]
    disk = f"mount -t tmpfs -o size=500k tmpfs {results}"
    if shutil.which("unshare") is None or subprocess.run([*mount, disk], capture_output=True).returncode:
        pytest.skip("no disk of its own can be mounted here")
    port, log = free_port(), tmp_path / "app.log"
    command, environment = app_command(PORT=str(port), RESULTS=str(results))
    with log.open("wb") as messages:
        process = subprocess.Popen(
            [*mount, f'{disk} && exec "$@"', "sh", *command],
            env=environment,
            stdout=messages,
            stderr=subprocess.STDOUT,
            cwd=tmp_path,
        )
        try:
            app = RunningApp(f"http://127.0.0.1:{port}", process, log)
            app.wait_until_answering()
            yield app
        finally:
            stop(process)


def test_a_disk_that_fills_is_told_and_what_was_kept_is_still_given(
    cramped: RunningApp, tmp_path: Path
) -> None:
    client = open_client(cramped.url, tmp_path / "downloads")
    first = compare(client, seed=0)
    told = ""
    for seed in range(1, 40):
        try:
            compare(client, seed)
        except Exception as refused:
            told = str(refused)
            break
    assert told == KNOWN["disk full"].text()
    assert compare(client, seed=0) == first
    status, report = health(cramped.url)
    assert (status, report["status"]) == (503, "disk full")
    assert client.predict(gender="female", attributes=["Smiling"], api_name="/matching_faces")


def test_folders_that_vanish_are_made_again(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    with started_app(tmp_path, XDG_CACHE_HOME=str(cache)) as app:
        app.wait_until_answering()
        client = open_client(app.url, tmp_path / "downloads")
        before = compare(client, seed=1)
        shutil.rmtree(tmp_path / "results")
        shutil.rmtree(cache, ignore_errors=True)
        assert health(app.url)[0] in (200, 503)
        assert compare(client, seed=1) == before
        assert compare(client, seed=2) != before
        assert health(app.url)[0] == 200
        assert client.predict(gender="female", attributes=["Smiling"], api_name="/matching_faces")


@pytest.fixture(params=["hangs", "refuses"])
def hub(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a Hub that takes questions and never answers, or of none at all."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        if request.param == "hangs":
            listener.listen(64)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_a_hub_that_does_not_answer_is_told_and_holds_up_nobody(hub: str, tmp_path: Path) -> None:
    offline = {"HF_HUB_OFFLINE": "0", "HF_ENDPOINT": hub, "HF_HOME": str(tmp_path / "hub")}
    with started_app(tmp_path, **offline) as app:
        app.wait_until_answering()
        one, other = (open_client(app.url, tmp_path / name) for name in ("one", "other"))
        compare(one, seed=1)
        asked = one.submit(
            gender="female", attributes=["Smiling"], steps=4, seed=1, adapter="some/body", api_name="/compare"
        )
        began = time.monotonic()
        other.predict(gender="female", attributes=["Smiling"], api_name="/matching_faces")
        assert time.monotonic() - began < PATIENT_S
        compare(other, seed=2)
        waited = time.monotonic() - began
        with pytest.raises(Exception) as told:
            asked.result(timeout=120)
        assert is_sentence(str(told.value))
        assert max(waited, time.monotonic() - began) < PATIENT_S
        assert "Traceback" not in app.log.read_text(errors="replace")

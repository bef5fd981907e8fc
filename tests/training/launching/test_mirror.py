"""The bucket is kept in step with a disk, whole files at a time, and gives a run back to the next machine."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from training.launching.in_job import main
from training.launching.mirror import Mirror


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def _contents(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def mirror(tmp_path: Path) -> Mirror:
    return Mirror(tmp_path / "here", tmp_path / "bucket")


def test_new_changed_and_removed_files_are_followed(mirror: Mirror, tmp_path: Path) -> None:
    here, bucket = tmp_path / "here", tmp_path / "bucket"
    _write(here / "metrics.jsonl", "1\n")
    _write(here / "checkpoints" / "step-2", "two")
    mirror.keep()
    assert _contents(bucket) == _contents(here)
    with (here / "metrics.jsonl").open("a") as log:
        log.write("2\n")
    _write(here / "checkpoints" / "step-4", "four")
    (here / "checkpoints" / "step-2").unlink()
    mirror.keep()
    assert _contents(bucket) == {"metrics.jsonl": "1\n2\n", "checkpoints/step-4": "four"}


def test_the_next_machine_gets_it_back_and_sends_only_what_changes(mirror: Mirror, tmp_path: Path) -> None:
    _write(tmp_path / "here" / "a" / "b", "text")
    mirror.keep()
    there = tmp_path / "there"
    again = Mirror(there, tmp_path / "bucket")
    assert again.bring() == 1
    assert _contents(there) == {"a/b": "text"}
    sent = (tmp_path / "bucket" / "a" / "b").stat().st_ino
    again.keep()
    assert (tmp_path / "bucket" / "a" / "b").stat().st_ino == sent


def test_what_is_being_written_is_left_out(mirror: Mirror, tmp_path: Path) -> None:
    _write(tmp_path / "here" / ".adapter-1234.tmp", "half")
    _write(tmp_path / "here" / ".saving-1.tmp" / "adapter", "half")
    _write(tmp_path / "bucket" / ".config.toml.tmp", "half")
    mirror.keep()
    assert _contents(tmp_path / "bucket") == {".config.toml.tmp": "half"}
    assert mirror.bring() == 0


def test_checkpoints_come_last(mirror: Mirror, tmp_path: Path) -> None:
    for name in ("checkpoints/step-2", "metrics.jsonl", "a", "validation/x"):
        _write(tmp_path / "here" / name, name)
    mirror.keep()
    stats = {name: (tmp_path / "bucket" / name).stat().st_mtime_ns for name in ("a", "checkpoints/step-2")}
    assert stats["checkpoints/step-2"] > stats["a"]


def test_an_old_checkpoint_stays_until_a_newer_one_has_come(
    mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A copy that takes longer than a checkpoint lives must not leave the bucket without any."""
    here, bucket = tmp_path / "here", tmp_path / "bucket"
    _write(here / "checkpoints" / "step-2", "two")
    mirror.keep()
    (here / "checkpoints" / "step-2").rename(here / "checkpoints" / "step-4")
    _write(here / "metrics.jsonl", "slow to copy")
    copy = shutil.copyfile

    def slow(source: Path, target: Path) -> None:
        copy(source, target)
        if source.name == "metrics.jsonl":  # meanwhile the run saves again, and removes what it saved before
            (here / "checkpoints" / "step-4").rename(here / "checkpoints" / "step-6")

    monkeypatch.setattr("training.launching.mirror.shutil.copyfile", slow)
    mirror.keep()
    assert set(_contents(bucket)) == {"metrics.jsonl", "checkpoints/step-2"}
    mirror.keep()
    assert _contents(bucket) == _contents(here)


def test_what_others_put_into_the_bucket_stays(mirror: Mirror, tmp_path: Path) -> None:
    mirror.keep()
    _write(tmp_path / "bucket" / "notes", "mine")
    mirror.keep()
    assert _contents(tmp_path / "bucket") == {"notes": "mine"}


def test_the_command_runs_on_what_the_bucket_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    _write(tmp_path / "bucket" / "out" / "count", "1")
    count = "from pathlib import Path; p = Path('out/count'); p.write_text(p.read_text() + '1')"
    command = ["--bucket", str(tmp_path / "bucket"), "--keep", "out", "--", sys.executable, "-c", count]
    assert main(command) == 0
    assert _contents(tmp_path / "bucket") == {"out/count": "11"}


def test_the_commands_exit_code_is_the_jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["--bucket", str(tmp_path / "bucket"), "--", "sh", "-c", "exit 7"]) == 7


@pytest.mark.parametrize(("folder", "said"), [("file", "file"), ("out", "no-such-command")])
def test_what_cannot_be_begun_is_a_sentence(
    folder: str,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    _write(tmp_path / "file", "where a folder should be")
    _write(tmp_path / "bucket" / folder / "a", "text")
    assert main(["--bucket", "bucket", "--keep", folder, "--", "no-such-command"]) == 2
    err = capsys.readouterr().err
    assert err.startswith(f"Cannot read or write {said}: ") and err.count("\n") == 1
    assert _contents(tmp_path / "bucket") == {f"{folder}/a": "text"}


def test_what_cannot_be_kept_is_no_success(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    _write(tmp_path / "bucket", "a file where the bucket should be")
    command = ["--bucket", str(tmp_path / "bucket"), "--keep", "out", "--"]
    assert main([*command, "sh", "-c", "mkdir out; echo 1 > out/a"]) == 1


def test_a_stop_reaches_the_command_and_what_it_saves_is_kept(repository: Path, tmp_path: Path) -> None:
    saving = "trap 'echo saved > out/state; exit 5' TERM; mkdir -p out; touch out/ready"
    saving += "; while :; do sleep 0.05; done"
    command = ["--bucket", str(tmp_path / "bucket"), "--keep", "out", "--every", "0.1", "--"]
    job = subprocess.Popen(
        [sys.executable, "-m", "training.launching.in_job", *command, "sh", "-c", saving],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(repository)},
    )
    until = time.monotonic() + 60
    while not (tmp_path / "bucket" / "out" / "ready").exists():
        assert time.monotonic() < until
        time.sleep(0.02)
    job.send_signal(signal.SIGTERM)
    assert job.wait(30) == 5
    assert (tmp_path / "bucket" / "out" / "state").read_text() == "saved\n"

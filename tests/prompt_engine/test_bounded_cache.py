"""Fetched files on disk: within their bounds, used last kept longest, shared by processes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from prompt_engine.bounded_cache import BoundedCache


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def test_what_was_put_is_got(tmp_path: Path) -> None:
    cache = BoundedCache(tmp_path, 1)
    assert cache.get("a/b") is None
    cache.put("a/b", b"one")
    cache.put("a/b", b"two")
    assert cache.get("a/b") == BoundedCache(tmp_path, 1).get("a/b") == b"two"
    cache.remove("a/b")
    cache.remove("a/b")
    assert cache.get("a/b") is None


def test_what_a_power_cut_left_empty_is_not_there(tmp_path: Path) -> None:
    cache = BoundedCache(tmp_path, 1)
    cache.put("a/b", b"one")
    (tmp_path / "a" / "b.bin").write_bytes(b"")
    assert cache.get("a/b") is None
    cache.put("a/b", b"two")
    assert cache.get("a/b") == b"two"


def test_nobody_waits_for_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flushed: list[int] = []
    monkeypatch.setattr(os, "fsync", flushed.append)
    cache = BoundedCache(tmp_path, 1)
    cache.put("a/b", b"one")
    assert cache.get("a/b") == b"one"
    assert not flushed


def test_what_was_used_longest_ago_goes_first(tmp_path: Path) -> None:
    cache = BoundedCache(tmp_path, 0.01)
    for number in range(8):
        cache.put(str(number), bytes(1000))
        os.utime(tmp_path / f"{number}.bin", (number, number))
    assert cache.get("0") is not None
    for number in range(8, 14):
        cache.put(str(number), bytes(1000))
    assert cache.get("0") is not None
    assert cache.get("1") is None
    assert cache.get("13") is not None


def test_the_bound_holds_whatever_was_there_before(tmp_path: Path) -> None:
    before = BoundedCache(tmp_path, 100)
    for number in range(50):
        before.put(f"old/{number}", bytes(1000))
    (tmp_path / "old" / ".1.bin-abc.tmp").write_bytes(bytes(1000))
    (tmp_path / "old" / "table.npz").write_bytes(bytes(1000))
    BoundedCache(tmp_path, 0.02).put("new", bytes(1000))
    assert _size(tmp_path) <= 0.02 * 1e6 + 1000
    assert (tmp_path / "old" / "table.npz").exists()


def test_two_processes_share_a_folder(tmp_path: Path, repository: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from prompt_engine.bounded_cache import BoundedCache\n"
        "cache = BoundedCache(Path(sys.argv[1]), 0.02)\n"
        "for number in range(150):\n"
        "    cache.put(str(number), bytes([number]) * 500)\n"
        "    found = cache.get(str(number // 2))\n"
        "    assert found in (None, bytes([number // 2]) * 500)\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    running = [subprocess.Popen(command, cwd=repository) for _ in range(2)]
    assert [each.wait() for each in running] == [0, 0]
    assert 0 < _size(tmp_path) <= 0.02 * 1e6 * 1.15


def test_what_can_only_be_read_is_still_got(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    cache = BoundedCache(tmp_path, 1)
    cache.put("a/b", b"one")
    monkeypatch.setattr(os, "utime", refuse)
    assert cache.get("a/b") == b"one"


def test_a_folder_that_cannot_be_made_is_told_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").touch()
    cache = BoundedCache(tmp_path / "file" / "below")
    for key in "ab":
        cache.put(key, b"1")
        assert cache.get(key) is None
    assert len(caplog.records) == 1

"""A file is replaced whole or not at all, and only where it is a file."""

import os
import stat
from pathlib import Path

import pytest

from prompt_engine.catalogue import write_statistics
from prompt_engine.errors import PromptEngineError
from prompt_engine.index import AttributeIndex
from prompt_engine.whole_file import replacing


def _write(path: Path, text: str = "after") -> None:
    with replacing(path) as beside:
        beside.write_text(text)


def _mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_block_that_fails_keeps_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "kept.txt"
    path.write_text("before")
    with pytest.raises(RuntimeError), replacing(path) as beside:
        beside.write_text("half of the")
        raise RuntimeError
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_stays_and_what_it_leads_to_is_written(tmp_path: Path) -> None:
    folder, link, dangling = tmp_path / "folder", tmp_path / "link", tmp_path / "dangling"
    folder.mkdir()
    (folder / "file").write_text("before")
    link.symlink_to(Path("folder", "file"))
    dangling.symlink_to(Path("folder", "new"))
    for each, target in ((link, "file"), (dangling, "new")):
        _write(each)
        assert each.is_symlink()
        assert (folder / target).read_text() == "after"


def test_a_pipe_is_refused_and_stays(index: AttributeIndex, tmp_path: Path) -> None:
    pipe, link = tmp_path / "pipe", tmp_path / "link"
    os.mkfifo(pipe)
    link.symlink_to(pipe)
    for path in (pipe, link):
        with pytest.raises(OSError, match="a device or a pipe, not a file"):
            _write(path)
        with pytest.raises(PromptEngineError, match="a device or a pipe, not a file"):
            write_statistics(index, path)
    assert pipe.is_fifo() and sorted(tmp_path.iterdir()) == [link, pipe]


@pytest.mark.parametrize("folder", ["missing", "file"])
def test_what_cannot_be_written_is_told_by_its_own_name(folder: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError) as caught:
        _write(tmp_path / folder / "x.csv")
    assert caught.value.filename == str(tmp_path / folder / "x.csv")


def test_a_loop_of_links_is_refused(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(OSError):
        _write(tmp_path / "loop")


@pytest.mark.parametrize("mode", [0o600, 0o664, 0o444])
def test_a_file_keeps_its_mode(mode: int, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("before")
    path.chmod(mode)
    _write(path)
    assert (path.read_text(), _mode(path)) == ("after", mode)


@pytest.mark.parametrize("umask", [0o022, 0o077])
def test_a_new_file_has_what_the_umask_leaves(umask: int, tmp_path: Path) -> None:
    before = os.umask(umask)
    try:
        _write(tmp_path / "file")
    finally:
        os.umask(before)
    assert _mode(tmp_path / "file") == 0o666 & ~umask


@pytest.mark.parametrize("lasting", [True, False])
def test_what_must_last_is_on_the_disk_before_it_replaces_anything(
    lasting: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, flushed, flush = tmp_path / "file", [], os.fsync

    def watched(handle: int) -> None:
        flushed.append(
            (os.fstat(handle).st_size if stat.S_ISREG(os.fstat(handle).st_mode) else None, path.exists())
        )
        flush(handle)

    monkeypatch.setattr(os, "fsync", watched)
    with replacing(path, lasting=lasting) as beside:
        beside.write_text("after")
    assert path.read_text() == "after"
    # The whole file before it has its name, then the folder that holds the name.
    assert flushed == ([(5, False), (None, True)] if lasting else [])

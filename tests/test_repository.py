"""What may be in the repository: nothing too large, nothing secret, nothing of one person's machine."""

import re
from pathlib import Path

import pytest

from studio.deploy.secret_scan import SECRET

FILE_LIMIT_MB = 10
ASSETS_LIMIT_MB = 30

# A person's or a machine's own folders. A relative path, an address or a Space's /home/user is none.
MACHINE_PATH = re.compile(
    r"(?<![\w:/.~-])(?:/(?:home|Users|root|work|mnt|media)/(?!user\b)[\w.-]+|[A-Z]:\\Users\\)"
)


def size_mb(file: Path) -> float:
    return file.stat().st_size / 1e6


def text_of(file: Path) -> str:
    """The file as text; empty for a binary one."""
    data = file.read_bytes()
    return "" if b"\0" in data[:4096] else data.decode("utf-8", errors="replace")


def places(files: tuple[Path, ...], pattern: re.Pattern[str]) -> list[str]:
    """Where `pattern` occurs; this file itself shows examples of what it forbids."""
    return [
        f"{file}: {found.group()}"
        for file in files
        if file.name != Path(__file__).name
        for found in pattern.finditer(text_of(file))
    ]


def test_no_file_is_too_large(repository_files: tuple[Path, ...]) -> None:
    large = {str(file): size_mb(file) for file in repository_files if size_mb(file) > FILE_LIMIT_MB}
    assert large == {}


def test_the_assets_stay_small(repository: Path, repository_files: tuple[Path, ...]) -> None:
    assets = [file for file in repository_files if file.is_relative_to(repository / "assets")]
    assert sum(map(size_mb, assets)) <= ASSETS_LIMIT_MB


def test_no_path_of_a_machine(repository_files: tuple[Path, ...]) -> None:
    assert places(repository_files, MACHINE_PATH) == []


def test_not_even_the_path_of_this_checkout(repository: Path, repository_files: tuple[Path, ...]) -> None:
    assert places(repository_files, re.compile(re.escape(str(repository)) + r"\b")) == []


def test_no_secret(repository_files: tuple[Path, ...]) -> None:
    assert places(repository_files, SECRET) == []


@pytest.mark.parametrize(
    "text",
    ["see /home/ann/faces", "open('/root/x')", r"C:\Users\ann", "DIR=/mnt/disk/celeba", "/Users/ann/x"],
)
def test_a_machine_path_is_found(text: str) -> None:
    assert MACHINE_PATH.search(text)


@pytest.mark.parametrize(
    "text", ["https://example.org/home/page", "../shared/celeba", "/home/user/app", "a/root/b"]
)
def test_other_paths_are_left_alone(text: str) -> None:
    assert not MACHINE_PATH.search(text)


@pytest.mark.parametrize(
    "text", ["hf_" + "a1" * 17, "ghp_" + "b2" * 18, "AKIA" + "A" * 16, "https://me:pw@example.org"]
)
def test_a_secret_is_found(text: str) -> None:
    assert SECRET.search(text)

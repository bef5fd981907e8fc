"""Every command that a document shows: run as it stands there, on less; or it says what it needs."""

import re
import shlex
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout
from importlib import import_module
from io import StringIO
from pathlib import Path

import pytest

from tests.browser.celeba_folder import make_celeba_folder

BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
NEEDS = re.compile(r"# .*\b(needs (a GPU|GPUs|a token|a Space|the Hub|CelebA)|some hours)\b")
ELSEWHERE = ("docs/api.md",)  # asked of an app that runs, in tests/studio/test_api_page.py
LITTLE_TRAINING = (
    *("--set", "data.count=24", "--set", "data.captions_per_face=1", "--set", "run.steps=1"),
    *("--set", "run.batch_size=4", "--set", "validation.every=0"),
)
# So that each takes seconds: of an option that is given twice, the last counts.
ON_LESS = {
    ("generation", "compare"): ("--steps", "4"),
    ("training", "prepare"): LITTLE_TRAINING,
    ("training", "train"): LITTLE_TRAINING,
    ("generation", "grid"): ("--x", "steps=4,5"),
    ("training", "evaluate"): ("--count", "10", "--steps", "4", "--training-count", "10"),
}


def lines(repository: Path) -> Iterator[tuple[str, str]]:
    """Every line of a shell that is shown, by its document; what is said above a line stands behind it."""
    files = [
        repository / "README.md",
        repository / "CONTRIBUTING.md",
        *sorted((repository / "docs").glob("*.md")),
    ]
    for file in files:
        document = file.relative_to(repository).as_posix()
        for block in BLOCK.findall(file.read_text(encoding="utf-8")):
            above = ""
            for line in block.replace("\\\n", " ").splitlines():
                if line and document not in ELSEWHERE and line[0] != "#":
                    yield document, f"{line} {above}"
                above = line if line.startswith("#") else above if line else ""


def needs_something(line: str) -> bool:
    """Whether a line says that not every machine can run it; a deployment says so by its name."""
    deploys = "-m studio deploy" in line and "--dry-run" not in line
    return deploys or bool(NEEDS.search(line))


def words(line: str) -> list[str]:
    """A command without its comment and the variables set before it."""
    split = shlex.split(line, comments=True)
    while re.match(r"[A-Z_]+=", split[0]):
        split = split[1:]
    return split


def programs(repository: Path, needing: bool) -> list[tuple[str, ...]]:
    """The commands of this program that are shown, each once: those that need something, or the others."""
    shown = [words(line) for _, line in lines(repository) if needs_something(line) == needing]
    return list(dict.fromkeys(tuple(each[2:]) for each in shown if each[:2] == ["python", "-m"]))


@pytest.fixture
def folder(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder like the repository, beside a small dataset."""
    place = tmp_path / "repository"
    place.mkdir()
    (place / "training").symlink_to(repository / "training")
    (place / "prompts.txt").write_text("a woman with a smile\n")
    make_celeba_folder(tmp_path / "shared" / "celeba")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("TRACKIO_DIR", str(tmp_path / "trackio"))
    monkeypatch.chdir(place)
    return place


def run(command: Sequence[str]) -> tuple[int, str]:
    """The exit code and what is printed."""
    said = StringIO()
    with redirect_stdout(said):
        try:
            code = import_module(f"{command[0]}.__main__").main(list(command[1:]))
        except SystemExit as ended:
            code = ended.code
    return code or 0, said.getvalue()


def test_every_command_that_needs_nothing_works(
    repository: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = programs(repository, needing=False)
    assert len(shown) > 20
    for command in shown:
        code, _ = run((*command, *ON_LESS.get(command[:2], ())))
        assert code == 0, f"{shlex.join(command)}: {capsys.readouterr().err}"


def test_what_needs_more_has_at_least_its_options(repository: Path) -> None:
    shown = programs(repository, needing=True)
    assert shown
    for command in shown:
        code, told = run((*command[:2], "--help"))
        assert code == 0
        options = [word for word in command[2:] if re.match(r"-{1,2}[a-z]", word)]
        assert [option for option in options if not re.search(rf"{option}\b", told)] == [], command


def test_every_make_target_shown_exists(repository: Path) -> None:
    shown = {words(line)[1] for _, line in lines(repository) if words(line)[0] == "make"}
    assert {"demo", "test", "lint"} <= shown
    done = subprocess.run(
        ["make", "--dry-run", *shown], cwd=repository, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_nothing_else_is_shown(repository: Path) -> None:
    begins = {tuple(words(line)[:2]) for _, line in lines(repository) if not needs_something(line)}
    assert {begin[0] for begin in begins if begin != ("python", "-m")} == {"make", ".venv/bin/python"}

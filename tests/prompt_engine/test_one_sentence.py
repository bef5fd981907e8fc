"""What every command line shares: one sentence for what went wrong, and no traceback for a stop."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from prompt_engine.command_line import OneSentenceParser, run_command


def refuse() -> None:
    raise ValueError("The number is 3: use 4.")


def read_nowhere() -> None:
    Path("/no/such/file").read_bytes()


def stop() -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("command", "code", "says"),
    [
        (lambda: None, 0, ""),
        (lambda: 5, 5, ""),
        (refuse, 2, "The number is 3: use 4.\n"),
        (read_nowhere, 2, "Cannot read or write /no/such/file: No such file or directory.\n"),
        (stop, 130, "Stopped.\n"),
    ],
)
def test_every_end_has_its_code_and_its_sentence(
    command: Callable[[], int | None], code: int, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(command, ValueError) == code
    assert capsys.readouterr().err == says


def test_an_error_that_nobody_expects_is_not_hidden() -> None:
    with pytest.raises(ValueError, match="use 4"):
        run_command(refuse)


def test_wrong_words_are_one_sentence_also_below_a_subcommand(capsys: pytest.CaptureFixture[str]) -> None:
    parser = OneSentenceParser(prog="tool")
    parser.add_subparsers(required=True, metavar="COMMAND").add_parser("make").add_argument("-n", type=int)
    for words in ([], ["make", "-n", "x"]):
        with pytest.raises(SystemExit) as left:
            parser.parse_args(words)
        assert left.value.code == 2
        assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["-n", "x"], "-n is 'x': give a whole number (`tool --help` shows what can be given).\n"),
        (["--share", "x"], "--share is 'x': give a number (`tool --help` shows what can be given).\n"),
    ],
)
def test_a_word_that_is_no_number_is_named(
    words: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    parser = OneSentenceParser(prog="tool")
    parser.add_argument("-n", type=int)
    parser.add_argument("--share", type=float)
    with pytest.raises(SystemExit):
        parser.parse_args(words)
    assert capsys.readouterr().err == says


def test_a_reader_that_has_enough_gets_no_traceback(repository: Path) -> None:
    command = f"'{sys.executable}' -m prompt_engine sample -n 9000 --seed 1 | head -n 1"
    done = subprocess.run(["sh", "-c", command], cwd=repository, capture_output=True, text=True, check=False)
    assert done.stdout.count("\n") == 1
    assert done.stderr == ""


def test_of_processes_that_work_together_the_first_says_why(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for rank, said in (("0", "The number is 3: use 4.\n"), ("1", "")):
        monkeypatch.setenv("RANK", rank)
        assert run_command(refuse, ValueError) == 2
        assert capsys.readouterr().err == said

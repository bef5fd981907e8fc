"""`python -m prompt_engine`: the same seed prints the same; bad input is one sentence and exit code 2."""

import subprocess
import sys
from pathlib import Path

import pytest

from prompt_engine.__main__ import main
from prompt_engine.realiser import parse


def _run(*arguments: str) -> tuple[int, str, str]:
    done = subprocess.run([sys.executable, "-m", "prompt_engine", *arguments], capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def test_the_same_seed_prints_the_same_prompts(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repository)
    code, first, _ = _run("sample", "-n", "20", "--seed", "7")
    assert code == 0
    assert first == _run("sample", "-n", "20", "--seed", "7")[1]
    assert first != _run("sample", "-n", "20", "--seed", "8")[1]
    assert len([parse(line) for line in first.splitlines()]) == 20


def test_the_drawn_seed_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sample", "-n", "3"]) == 0
    drawn = capsys.readouterr()
    seed = drawn.err.split()[-1]
    assert main(["sample", "-n", "3", "--seed", seed]) == 0
    assert capsys.readouterr().out == drawn.out


def test_prompts_are_printed_as_they_are_drawn(repository: Path) -> None:
    command = [sys.executable, "-m", "prompt_engine", "sample", "-n", str(10**12), "--seed", "7"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=repository) as endless:
        assert endless.stdout is not None and endless.stderr is not None
        assert parse(endless.stdout.readline().decode().strip())
        endless.stdout.close()  # as `head` does when it has read enough
        assert endless.stderr.read() == b""
    assert endless.returncode == 141


def test_gender_and_size_can_be_chosen(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sample", "-n", "9", "--seed", "1", "--gender", "female", "--size", "5"]) == 0
    for line in capsys.readouterr().out.splitlines():
        assert parse(line).gender == "female"
        assert len(parse(line).wanted) == 5


def test_statistics_are_written(
    invented_celeba: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    out = tmp_path / "prompts.csv"
    assert main(["stats", "--celeba", str(invented_celeba), "--out", str(out)]) == 0
    assert len(out.read_text().splitlines()) == 8344
    assert "8,343 prompts" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["sample", "-n", "0"], "ask for 1 or more"),
        (["sample", "--seed", "-7"], "The seed is -7"),
        (["sample", "--seed", "2147483648"], "from 0 to 2,147,483,647"),
        (["sample", "--gender", "femal"], "did you mean 'female'"),
        (["sample", "--gender", "male", "--size", "19"], "choose 0 to 18"),
        (["sample", "--size", "18"], "choose 0 to 17"),
        (["stats", "--celeba", __file__, "--out", "x.csv"], "is a file"),
        (["stats", "--celeba", "/no/such/folder", "--out", "x.csv"], "There is no CelebA folder"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert says in printed.err
    assert printed.err.count("\n") == 1


def test_a_cut_list_writes_nothing(
    invented_celeba: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = invented_celeba / "Anno" / "list_attr_celeba.txt"
    path.write_bytes(path.read_bytes()[:9000])
    assert main(["stats", "--celeba", str(invented_celeba), "--out", str(tmp_path / "out.csv")]) == 2
    assert "cut off" in capsys.readouterr().err
    assert not (tmp_path / "out.csv").exists()

"""The command line writes both portraits, or says in one sentence why not and writes nothing."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from generation.__main__ import main
from generation.commands.progress_line import ProgressLine
from generation.events import ARMS, Progress
from generation.png.metadata import read_recipe
from generation.recipe import Recipe
from prompt_engine.selection import Selection

PROMPT = "a woman with black hair"


def run(out: Path, *arguments: str) -> int:
    try:
        return main(["compare", "--out", str(out), *arguments])
    except SystemExit as left:
        return int(left.code or 0)


@pytest.mark.usefixtures("bundled")
def test_both_portraits_are_written_with_their_recipe(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "new" / "folder"
    assert (
        run(out, "--prompt", PROMPT, "--seed", "7", "--steps", "4", "--scale", "0.5", "--guidance", "3") == 0
    )
    assert sorted(path.name for path in out.iterdir()) == ["fine-tuned.png", "vanilla.png"]
    recipes = {read_recipe(path) for path in out.iterdir()}
    assert len(recipes) == 1
    made = recipes.pop()
    asked = Recipe(PROMPT, 7, steps=4, adapter_scale=0.5, guidance=3)
    assert made.with_revisions(None, None) == asked
    captured = capsys.readouterr()
    assert "fine-tuned.png" in captured.out and "seed: 7" in captured.out
    assert captured.err.splitlines()[-1] == "vanilla 4/4, fine-tuned 4/4 steps, 0.0 s left"


@pytest.mark.usefixtures("bundled")
def test_what_was_made_is_told_to_programs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ("--prompt", f"{PROMPT} " * 20, "--seed", "7", "--steps", "4", "--adapter", "none", "--json")
    assert run(tmp_path / "out", *asked) == 0
    captured = capsys.readouterr()
    told = json.loads(captured.out)
    assert captured.err.count("reads this prompt only up to") == 1 and "truncated" not in captured.err
    assert told["recipe"]["prompt"].startswith(f"{told['part_read']} ")
    made = read_recipe(tmp_path / "out" / "vanilla.png")
    assert Recipe.from_json(json.dumps(told["recipe"])) == made and made.adapter is None
    assert told["files"] == {"vanilla": str(tmp_path / "out" / "vanilla.png")}
    assert told["schema"] == 1 and told["seconds"] > 0 and "diffusers" in told["rendering"]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("layout", ["batched", "two passes"])
def test_both_portraits_have_one_line_that_only_counts_up(layout: str) -> None:
    steps = [Progress(arm, step, 20, 20.0 - step) for arm in ARMS for step in range(1, 21)]
    if layout == "batched":
        steps.sort(key=lambda each: each.step)
    terminal, file = Terminal(), io.StringIO()
    for stream in (terminal, file):
        seconds = iter(range(100))
        line = ProgressLine(ARMS, stream, clock=lambda seconds=seconds: next(seconds) / 5)  # type: ignore[misc]
        for each in steps:
            line.show(each)
    states = terminal.getvalue().split("\r")[1:]
    counted = [sum(map(int, re.findall(r"([0-9]+)/20", state))) for state in states]
    assert counted == list(range(1, 41))
    assert terminal.getvalue().count("\n") == 1 and terminal.getvalue().endswith("\n")
    logged = file.getvalue().splitlines()  # one in five seconds, and the last
    assert len(logged) == 3 and logged[0] == "vanilla 1/20, fine-tuned 0/20 steps, 19.0 s left"
    assert logged[2] == "vanilla 20/20, fine-tuned 20/20 steps, 0.0 s left"


@pytest.mark.usefixtures("bundled")
def test_a_drawn_seed_is_printed_and_makes_the_same_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ("--attributes", "female", "Black_Hair", "Smiling", "--without", "Eyeglasses", "--steps", "4")
    assert run(tmp_path / "one", *asked) == 0
    seed = capsys.readouterr().out.split("seed: ")[1].split()[0]
    assert run(tmp_path / "two", *asked, "--seed", seed) == 0
    for name in ("vanilla.png", "fine-tuned.png"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    recipe = read_recipe(tmp_path / "one" / "vanilla.png")
    assert recipe.selection == Selection("female", ("Black_Hair", "Smiling"), ("Eyeglasses",))


@pytest.mark.usefixtures("bundled")
def test_what_another_recipe_made_is_written_over_only_if_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ("--prompt", PROMPT, "--seed", "7", "--steps", "4")
    assert run(tmp_path, *asked) == 0 and run(tmp_path, *asked) == 0  # the same again
    before = (tmp_path / "vanilla.png").read_bytes()
    (tmp_path / "fine-tuned.png").write_bytes(b"mine")
    capsys.readouterr()
    assert run(tmp_path, *asked) == 2
    assert "holds fine-tuned.png of something else" in capsys.readouterr().err
    assert run(tmp_path, *asked, "--adapter", "none", "--seed", "8", "--json") == 2
    captured = capsys.readouterr()
    assert "holds vanilla.png of something else" in json.loads(captured.out)["problem"] and not captured.err
    assert (tmp_path / "vanilla.png").read_bytes() == before
    assert run(tmp_path, *asked, "--overwrite") == 0
    assert read_recipe(tmp_path / "fine-tuned.png").seed == 7


def test_with_json_every_command_says_what_is_wrong_as_an_object(capsys: pytest.CaptureFixture[str]) -> None:
    for command in (
        *(["compare", "--prompt", "a man"], ["compare", "--prompt", "a", "--out", "/x", "--steps", "four"]),
        *(["models", "--download", "larg"], ["batch", "/nowhere", "--out", "/x"], ["encode", "--out", "/x"]),
        ["adapter-check", "demo", "--model", "larg"],
    ):
        try:
            code = main([*command, "--json"])
        except SystemExit as left:
            code = int(left.code or 0)
        captured = capsys.readouterr()
        assert code == 2 and not captured.err, command
        assert json.loads(captured.out)["problem"], command


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--prompt", PROMPT, "--seed", "-1"], "-1"),
        (["--prompt", PROMPT, "--seed", "seven"], "'seven'"),
        (["--prompt", PROMPT, "--steps", "3"], "4 to 50"),
        (["--prompt", PROMPT, "--size", "97"], "97"),
        (["--prompt", PROMPT, "--guidance", "nan"], "nan"),
        (["--prompt", PROMPT, "--scale", "9"], "9"),
        (["--prompt", PROMPT, "--model", "larg"], "'large'"),
        (["--prompt", PROMPT, "--model", "turbo"], "needs a GPU, and this machine has none"),
        (["--prompt", PROMPT, "--model", "turbo", "--anyway"], "models --download turbo"),
        (["--prompt", PROMPT, "--adapter", "nowhere"], "no adapter at nowhere"),
        (["--prompt", ""], "empty"),
        (["--prompt", PROMPT, "--without", "Smiling"], "--attributes"),
        (["--attributes", "female", "Black_Hairs"], "Black_Hair"),
        (["--attributes", "woman"], "female"),
        (["--attributes", "female", "Black_Hair", "Blond_Hair"], "exclude each other"),
        (["--seed", "7"], "--prompt"),
    ],
)
@pytest.mark.usefixtures("bundled")
def test_bad_input_is_one_sentence_and_leaves_nothing(
    arguments: list[str], named: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert run(out, *arguments) == 2
    captured = capsys.readouterr()
    assert named in captured.err
    assert len(captured.err.strip().splitlines()) == 1
    assert not captured.out and not out.exists()


def test_an_out_that_is_a_file_stays_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "file"
    file.write_text("mine")
    for out in (file, file / "below"):
        assert run(out, "--prompt", PROMPT) == 2
        assert "is a file" in capsys.readouterr().err
    assert file.read_text() == "mine"


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="there is no disk that takes nothing")
def test_an_out_that_takes_nothing_is_told_before_anything_is_made(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(Path("/proc/out"), "--prompt", PROMPT) == 2
    told = capsys.readouterr().err
    assert told.startswith("Cannot write to /proc/out: ") and "Loading" not in told


def test_a_wrong_value_is_said_without_loading_torch() -> None:
    code = (
        "import sys; from generation.__main__ import main; "
        "status = main(['compare', '--prompt', 'x', '--out', 'x', '--seed', '-1']); "
        "status = min(status, main(['adapter-check', 'nowhere'])); "
        "sys.exit(99 if 'torch' in sys.modules else status)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2, done.stderr

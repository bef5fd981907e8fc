"""`python -m generation grid` makes each cell once, however often it is asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from generation.__main__ import main
from generation.compare import compare
from generation.file_turn import turn_at
from generation.png.metadata import read_recipe

ASKED = ("grid", "--attributes", "female", "Smiling", "--seed", "3", "--json")
AXES = ("--x", "steps=2,4,5", "--y", "strength=0,0.5")


def results(said: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in said.splitlines()]


def test_cells_are_made_once_and_what_is_lost_or_broken_is_made_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*ASKED, *AXES, "--out", str(tmp_path)]) == 2  # two cells cannot be made, and are named
    first = results(capsys.readouterr().out)
    assert [each["state"] for each in first] == ["failed"] * 2 + ["made"] * 4 + ["sheet"]
    assert "2: Demo model takes" in first[0]["problem"]
    made = [Path(each["file"]) for each in first if each["state"] == "made"]
    assert [read_recipe(path).adapter for path in made] == [None, None, "demo", "demo"]
    told = [each["recipe"] for each in first if each["state"] == "made"]
    assert told == [json.loads(read_recipe(path).to_json()) for path in made]
    before = [path.read_bytes() for path in made]
    made[0].unlink()
    made[3].write_bytes(before[3][:100])
    assert main([*ASKED, *AXES, "--out", str(tmp_path)]) == 2
    again = results(capsys.readouterr().out)
    assert [each["state"] for each in again[2:]] == ["made", "there", "there", "made", "sheet"]
    assert [path.read_bytes() for path in made] == before
    with Image.open(again[-1]["file"]) as sheet:
        assert sheet.width > 3 * 192


def test_a_grid_of_whole_numbers_ends_well_and_says_where_the_sheet_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "new"
    asked = ["grid", "--prompt", "a man", "--x", "seed=1-2", "--steps", "4", "--out", str(out)]
    assert main(asked) == 0
    shown = capsys.readouterr()
    assert shown.err.startswith("Demo model: 2 portraits to make, about ") and shown.err.endswith(" s.\n")
    said = shown.out.splitlines()
    assert said[0].startswith("seed: ")
    assert said[1].startswith("seed 1 made: ")
    assert said[-1] == f"all together: {out / 'grid.png'}"
    assert main([*asked, "--seed", said[0].split()[-1]]) == 0 and "to make" not in capsys.readouterr().err
    assert main([*asked, "--x", "seed=1"]) == 2
    assert "holds grid.png of something else" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("axes", "told"),
    [
        (("--x", "steps"), "--x is 'steps': write an axis and its values"),
        (("--x", "steps=1-2"), "Steps is 1"),
        (("--x", "stps=4"), "did you mean 'steps'"),
        (("--x", "steps=4", "--y", "steps=5"), "Both axes vary steps"),
    ],
)
def test_what_is_no_grid_is_said_and_nothing_is_written(
    axes: tuple[str, ...], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*ASKED, *axes, "--out", str(tmp_path / "new")]) == 2
    assert told in json.loads(capsys.readouterr().out)["problem"]
    assert not (tmp_path / "new").exists()


def test_a_model_that_needs_a_gpu_is_tried_without_one_if_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = [*ASKED, "--model", "turbo", "--x", "steps=4", "--out", str(tmp_path)]
    for option, told in (((), "needs a GPU"), (("--anyway",), "models --download turbo")):
        assert main([*asked, *option]) == 2
        (failed,) = results(capsys.readouterr().out)
        assert failed["state"] == "failed" and told in failed["problem"]


def test_two_grids_do_not_write_into_one_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with turn_at(tmp_path / ".grid.lock") as came:
        assert came()
        assert main([*ASKED, *AXES, "--out", str(tmp_path)]) == 2
    assert "Another grid is at work" in capsys.readouterr().out


def test_stopped_between_two_cells_it_keeps_the_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = []

    def stopped(*given: Any) -> Any:
        begun.append(given)
        if len(begun) == 2:
            raise KeyboardInterrupt
        return compare(*given)

    asked = [*ASKED, "--x", "steps=4,5", "--out", str(tmp_path)]
    with monkeypatch.context() as patched:
        patched.setattr("generation.workshop.maker.compare", stopped)
        assert main(asked) == 130
    shown = capsys.readouterr()
    assert shown.err.endswith("Stopped: the same command goes on where it was.\n")
    assert main(asked) == 0
    said = results(shown.out + capsys.readouterr().out)
    assert [each["state"] for each in said] == ["made", "there", "made", "sheet"]

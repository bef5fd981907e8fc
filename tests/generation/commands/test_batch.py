"""A batch file is read whole or refused, and worked off once, however often it is stopped."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from generation.__main__ import main
from generation.commands.batch_file import MOST_TOLD, read_batch
from generation.errors import InvalidRecipe
from generation.file_turn import turn_at
from generation.png.metadata import read_recipe
from generation.recipe import Recipe
from prompt_engine.realiser import realise
from prompt_engine.selection import Selection
from tests.warm_processes import WarmProgram

PLAIN = {"seed": 3, "model": "demo", "adapter": "demo"}
QUICK = '"steps": 4'


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def results(said: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in said.splitlines()]


def test_lines_are_prompts_or_objects(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.txt",
        "\ufeff# what to make",  # as editors on Windows begin a file
        "  a man with a hat ",
        "",
        '{"prompt": "a woman", "seed": 9, "steps": 30, "adapter": null, "step_caching": "taylorseer"}',
        '{"attributes": ["male", "Bald"], "without": ["Smiling"], "adapter_scale": 0.5}',
    )
    lines = read_batch(path, PLAIN)
    assert [line.number for line in lines] == [2, 4, 5]
    bald = Selection("male", ("Bald",), ("Smiling",))
    assert [line.recipe for line in lines] == [
        Recipe("a man with a hat", 3),
        Recipe("a woman", 9, steps=30, adapter=None, step_caching="taylorseer"),
        Recipe(realise(bald), 3, bald, adapter_scale=0.5),
    ]


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ('{"prompt": "a"', "not JSON"),
        ('{"prompt": "a", "sed": 1}', "'seed'"),
        ('{"prompt": "a", "selection": {}}', "'selection'"),
        ('{"seed": 1}', "either attributes or a prompt"),
        ('{"prompt": "a", "attributes": ["male"]}', "either attributes or a prompt"),
        ('{"prompt": "a", "without": ["Smiling"]}', "`without`"),
        ('{"attributes": "male"}', "'male'"),
        ('{"attributes": []}', "empty"),
        ('{"attributes": ["male", "Bold"]}', "Bold"),
        ('{"prompt": 7}', "empty"),
        ('{"prompt": "a", "steps": 1000}', "1000"),
        ('{"prompt": "a", "model": "larg"}', "'large'"),
        ("a" * 1001, "1,001"),
    ],
)
def test_a_line_that_cannot_be_used_is_named_with_its_number(line: str, named: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidRecipe, match="Line 2: ") as caught:
        read_batch(write(tmp_path / "a.txt", "a man", line), PLAIN)
    assert named in str(caught.value)


def test_files_that_ask_for_nothing_or_are_no_text_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidRecipe, match="asks for nothing"):
        read_batch(write(tmp_path / "a.txt", "", "# only this"), PLAIN)
    (tmp_path / "b.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InvalidRecipe, match="UTF-8"):
        read_batch(tmp_path / "b.txt", PLAIN)
    with pytest.raises(InvalidRecipe) as caught:
        read_batch(write(tmp_path / "c.txt", *["{"] * 30), PLAIN)
    assert len(caught.value.problems) == MOST_TOLD + 1 and "20 more lines" in str(caught.value)


def test_a_file_that_cannot_be_used_leaves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = write(tmp_path / "a.txt", "a man", "{"), tmp_path / "out"
    assert main(["batch", str(path), "--out", str(out)]) == 2
    assert "Line 2" in capsys.readouterr().err
    assert main(["batch", str(tmp_path / "none.txt"), "--out", str(out)]) == 2
    assert "none.txt" in capsys.readouterr().err
    assert not out.exists()


def test_two_batches_do_not_share_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, out = write(tmp_path / "a.txt", "a man"), tmp_path / "out"
    with turn_at(out / ".batch.lock") as came:
        assert came()
        assert main(["batch", str(path), "--out", str(out)]) == 2
    assert "Another batch is at work" in capsys.readouterr().err
    assert not list(out.iterdir())


def test_a_killed_batch_goes_on_where_it_was(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [f'{{"prompt": "a man", "seed": {seed}, {QUICK}}}' for seed in range(3)]
    path, out = write(tmp_path / "a.jsonl", *lines), tmp_path / "out"
    asked = ["batch", str(path), "--out", str(out), "--json"]
    program = WarmProgram(tmp_path / "said", "generation", *asked)
    lines_said = program.lines()
    first = json.loads(next(line for line in lines_said if line.startswith("{")))
    program.process.kill()
    program.process.join()
    assert (first["line"], first["state"]) == (1, "made")
    before = Path(first["file"]).stat().st_mtime_ns
    half = out / f".{Path(first['file']).stem}-vanilla.png-0123abcd.tmp"  # as a kill while it wrote leaves it
    half.touch()

    alone = f'{{"prompt": "a man", "adapter": null, {QUICK}}}'
    elsewhere = f'{{"prompt": "a man", "adapter": "nowhere", {QUICK}}}'
    write(path, alone, elsewhere, *lines)  # lines may move
    assert main(asked) == 2
    said = capsys.readouterr()
    states = {result["line"]: result["state"] for result in results(said.out)}
    assert states | {4: "", 5: ""} == {1: "made", 2: "failed", 3: "there", 4: "", 5: ""}
    assert {states[4], states[5]} <= {"made", "there"}
    assert "nowhere" in results(said.out)[1]["problem"] and "1 of 5" in said.err
    assert Path(first["file"]).stat().st_mtime_ns == before and not half.exists()
    _check_files(out, results(said.out))

    write(path, alone, *lines)
    assert main(asked) == 0
    assert [result["state"] for result in results(capsys.readouterr().out)] == ["there"] * 4


def _check_files(out: Path, said: list[dict[str, Any]]) -> None:
    made = [json.loads(Path(result["file"]).read_text("utf-8")) for result in said if "file" in result]
    assert [sorted(each["images"]) for each in made] == [["vanilla"], *[["fine_tuned", "vanilla"]] * 3]
    for each in made:
        for name in each["images"].values():
            assert read_recipe(out / name) == Recipe.from_json(json.dumps(each["recipe"]))
        assert each["recipe"]["model_revision"] and each["rendering"]
    assert len(list(out.glob("*.png"))) == 7 and len(list(out.glob("*.json"))) == 4
    assert not list(out.glob(".*"))

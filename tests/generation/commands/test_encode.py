"""Prompts are encoded ahead from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from generation.__main__ import main
from generation.commands.encode import popular_prompts
from generation.models import model_spec
from generation.prompts.embeddings import PreparedEmbeddings
from prompt_engine.counts import AggregateCounts
from prompt_engine.query import Query
from prompt_engine.realiser import parse


@pytest.mark.usefixtures("bundled")
def test_popular_prompts_and_those_of_a_file_are_encoded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted, out = tmp_path / "prompts.txt", tmp_path / "new" / "embeddings.safetensors"
    wanted.write_text("a  man with a beard\n\na woman\n", encoding="utf-8")
    assert main(["encode", "--popular", "3", "--prompts", str(wanted), "--out", str(out)]) == 0
    assert capsys.readouterr().out.strip() == str(out)
    file = PreparedEmbeddings(out, model_spec("demo"))
    assert file.prompts == ("", *popular_prompts(3), "a man with a beard", "a woman")


@pytest.mark.usefixtures("bundled")
def test_programs_are_told_what_was_encoded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "embeddings.safetensors"
    assert main(["encode", "--popular", "2", "--out", str(out), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {"schema": 1, "model": "demo", "prompts": 2, "file": str(out)}


def test_the_most_popular_prompt_comes_first() -> None:
    counts, found = AggregateCounts.load(), [parse(prompt) for prompt in popular_prompts(20)]
    images = [counts.match_count(Query(each.gender, each.wanted)).images for each in found]
    assert images == sorted(images, reverse=True) and images[-1] > 10_000


def test_nothing_to_encode_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "embeddings.safetensors"
    assert main(["encode", "--out", str(out)]) == 2
    assert main(["encode", "--prompts", str(tmp_path / "absent"), "--out", str(out)]) == 2
    said = capsys.readouterr().err
    assert "nothing to encode" in said and "absent cannot be read" in said
    assert not out.exists()

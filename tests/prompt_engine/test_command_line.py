"""`python -m prompt_engine`: the same seed prints the same; bad input is one sentence and exit code 2."""

import csv
import hashlib
import json
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest
import yaml

from prompt_engine import ENGINE_VERSION
from prompt_engine.__main__ import _parser, main
from prompt_engine.attribute_file import AttributeTable
from prompt_engine.attributes import LABELS
from prompt_engine.export import STAMP_COLUMNS
from prompt_engine.query import SPLITS
from prompt_engine.realiser import parse

ATTRIBUTES = Path("Anno", "list_attr_celeba.txt")


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


def test_prompts_for_a_program_say_how_to_draw_them_again(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sample", "-n", "2", "--seed", "7", "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(each["seed"], each["engine_version"]) for each in lines] == [(7, ENGINE_VERSION)] * 2
    assert list(lines[0])[:4] == ["gender", "attributes", "unwanted", "prompt"]


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


@pytest.fixture
def celeba(invented_celeba: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The invented CelebA folder, with a partition and a cache of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    names = [line.split()[0] for line in (invented_celeba / ATTRIBUTES).read_text().splitlines()[2:]]
    (invented_celeba / "Eval").mkdir()
    partition = "".join(f"{name} {number % 3}\n" for number, name in enumerate(names))
    (invented_celeba / "Eval" / "list_eval_partition.txt").write_text(partition)
    return str(invented_celeba)


def _printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(list(arguments)) == 0
    return capsys.readouterr().out


def test_search_counts_and_lists_in_file_order(
    celeba: str, table: AttributeTable, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ("search", "--celeba", celeba, "--gender", "male", "--wanted", "Smiling,Young")
    found = json.loads(_printed(capsys, *command, "--unwanted", "Eyeglasses", "--limit", "7", "--json"))
    carried = [
        {label for label, value in zip(LABELS, row, strict=True) if value} for row in table.values.tolist()
    ]
    expected = [
        name
        for name, labels in zip(table.ids, carried, strict=True)
        if {"Male", "Smiling", "Young"} <= labels and labels.isdisjoint({"Eyeglasses", "Blurry"})
    ]
    assert found == {"count": len(expected), "ids": expected[:7]}
    told = _printed(capsys, *command, "--unwanted", "Eyeglasses", "--limit", "0")
    assert told == f"{len(expected):,} images\n"


def test_search_leaves_blurry_images_out_unless_asked(
    celeba: str, table: AttributeTable, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ("search", "--celeba", celeba, "--json")
    blurry = int(table.values[:, LABELS.index("Blurry")].sum())
    assert json.loads(_printed(capsys, *command))["count"] == len(table.ids) - blurry
    assert json.loads(_printed(capsys, *command, "--wanted", "Blurry"))["count"] == blurry
    assert json.loads(_printed(capsys, *command, "--blurry", "in"))["count"] == len(table.ids)
    thirds = [json.loads(_printed(capsys, *command, "--blurry", "in", "--split", each)) for each in SPLITS]
    assert [third["count"] for third in thirds] == [100, 100, 100]


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (("--wanted", "Male", "--gender", "female"), "No woman has the label Male, which is wanted"),
        (("--unwanted", "Male", "--gender", "male"), "Every man has the label Male, which is unwanted"),
        (("--wanted", "Male"), ""),
        (("--unwanted", "Male", "--gender", "female"), ""),
    ],
)
def test_a_search_for_nothing_says_why(
    asked: tuple[str, ...], says: str, celeba: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["search", "--celeba", celeba, *asked]) == 0
    printed = capsys.readouterr()
    assert (printed.out == "0 images\n") == bool(says)
    hints = [line for line in printed.err.splitlines() if "202,599" not in line]
    assert len(hints) == bool(says) and all(line.startswith(says) for line in hints)


@pytest.mark.parametrize("command", [("search",), ("stats", "--out", "prompts.csv")], ids=" ".join)
def test_a_part_of_celeba_is_told_from_all_of_it(
    command: tuple[str, ...],
    celeba: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main([*command, "--celeba", celeba]) == 0
    said = (
        "Counted in a list of 300 images; CelebA has 202,599: if the list should be whole, fetch it again.\n"
    )
    assert capsys.readouterr().err == said
    for path in (Path(celeba) / ATTRIBUTES, Path(celeba) / "Eval" / "list_eval_partition.txt"):
        path.write_text(path.read_text().replace("000007.jpg", "me.jpg"))
    assert main([*command, "--celeba", celeba]) == 0
    assert capsys.readouterr().err == ""


def test_help_says_that_the_label_lets_blurry_images_in(capsys: pytest.CaptureFixture[str]) -> None:
    for command, said in (("search", True), ("export", True), ("stats", False)):
        with pytest.raises(SystemExit):
            main([command, "--help"])
        assert ("the label Blurry, wanted, lets them in" in _unwrapped(capsys)) == said


def _unwrapped(capsys: pytest.CaptureFixture[str]) -> str:
    return " ".join(capsys.readouterr().out.split())


def test_relations_need_no_dataset(capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(_printed(capsys, "relations", "--gender", "male", "--json"))
    by_pair = {tuple(each["attributes"]): each for each in found}
    assert len(found) == 703
    assert by_pair["Bald", "Bangs"]["conflict"] == "hard" and by_pair["Bald", "Bangs"]["observed"] == 0
    assert by_pair["Goatee", "Mustache"]["observed"] == 4_807
    told = _printed(capsys, "relations", "--gender", "male", "--conflict", "soft", "--limit", "3")
    assert len(told.splitlines()) == 4


def test_audit_counts_findings_and_leads_to_images(celeba: str, capsys: pytest.CaptureFixture[str]) -> None:
    told = json.loads(_printed(capsys, "audit", "--celeba", celeba, "--json"))
    noses = next(each for each in told["findings"] if each["finding"] == "noses")
    listed = json.loads(_printed(capsys, "audit", "--celeba", celeba, "--finding", "noses", "--json"))
    assert listed["count"] == noses["not_blurry"] == noses["male"] + noses["female"]
    assert told["strict"]["images_after"] < told["strict"]["images_before"]
    assert "not blurry" in _printed(capsys, "audit", "--celeba", celeba).splitlines()[0]
    assert "Big_Nose" in _printed(capsys, "audit", "--celeba", celeba, "--finding", "noses", "--limit", "1")


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".parquet"])
def test_captions_are_written_and_stamped(
    suffix: str, celeba: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / f"metadata{suffix}"
    command = ("captions", "--celeba", celeba, "--split", "train", "--per-image", "2", "--style", "varied")
    _printed(capsys, *command, "--seed", "7", "--out", str(out))
    records = _read(out)
    assert 0 < len(records) <= 100
    first = records[0]
    assert list(first) == ["file_name", "split", "text", "text_2", *STAMP_COLUMNS]
    data = (Path(celeba) / ATTRIBUTES).read_bytes()
    assert first["data_md5"] == hashlib.md5(data).hexdigest()
    assert (first["engine_version"], int(first["seed"])) == (ENGINE_VERSION, 7)
    assert first["asked"].startswith("split=train blurry=out sizes=2,3,4 ")
    assert first["asked"].endswith(" style=varied")
    assert all(parse(each["text"]) and parse(each["text_2"]) for each in records)


def test_where_there_is_nothing_to_caption_no_file_is_left(
    celeba: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for image in (Path(celeba) / "Img" / "img_align_celeba").iterdir():
        if int(image.stem) % 3 != 1:  # of other splits than the training images
            image.unlink()
    for split, code in (("train", 0), ("test", 2)):
        command = ["captions", "--celeba", celeba, "--split", split, "--out", str(tmp_path / f"{split}.csv")]
        assert main(command) == code
    assert "There is nothing to write: none of the" in capsys.readouterr().err
    assert (tmp_path / "train.csv").exists() and not (tmp_path / "test.csv").exists()


def test_captions_are_of_the_training_images_unless_all_are_asked_for(
    celeba: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "metadata.jsonl"
    command = ("captions", "--celeba", celeba, "--out", str(out))
    for asked, expected in (([], {"train"}), (["test"], {"test"}), (["all"], {*SPLITS})):
        assert main([*command, *(["--split", *asked] if asked else [])]) == 0
        assert capsys.readouterr().err == ""
        assert {each["split"] for each in _read(out)} == expected
    (Path(celeba) / "Eval" / "list_eval_partition.txt").unlink()
    assert main([*command]) == 0
    assert capsys.readouterr().err == "The splits of these images are not known: all of them get captions.\n"
    assert {each["split"] for each in _read(out)} == {None}
    assert main([*command, "--split", "train"]) == 2


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".parquet"])
def test_the_catalogue_is_exported_with_reasons(
    suffix: str, celeba: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / f"catalogue{suffix}"
    _printed(capsys, "export", "catalogue", "--celeba", celeba, "--least-images", "5", "--out", str(out))
    records = _read(out)
    assert len(records) == 8343
    for each in records[::500]:
        kept = str(each["kept"]) == "True"
        assert kept == (int(each["images"]) >= 5) == (not each["reasons"])


def test_what_the_filter_loses_is_exported(
    celeba: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "losses.csv"
    command = ("export", "losses", "--celeba", celeba, "--least-images", "0", "--worst-label", "doubtful")
    told = _printed(capsys, *command, "--out", str(out))
    dropped = {(each["gender"], each["attribute"]): each for each in _read(out)}
    assert dropped["male", "Oval_Face"]["kept"] == "0"  # its label is near-random
    assert int(dropped["female", "Smiling"]["kept"]) > 0
    assert "6,204 of 8,343 prompts are kept" in told


def test_images_are_exported(celeba: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "images.jsonl"
    _printed(capsys, "export", "images", "--celeba", celeba, "--wanted", "Smiling", "--out", str(out))
    records = _read(out)
    search = ("search", "--celeba", celeba, "--wanted", "Smiling", "--json")
    there = {path.name for path in Path(celeba).glob("Img/*/*")}
    every = json.loads(_printed(capsys, *search, "--limit", "300"))
    assert [each["file_name"] for each in records] == [name for name in every["ids"] if name in there]
    assert 0 < len(records) < every["count"]
    assert all("Smiling" in each["attributes"] and each["split"] in SPLITS for each in records)


@pytest.mark.parametrize("command", [("captions", "--split", "all"), ("export", "images")], ids=" ".join)
def test_the_closing_line_tells_the_images_that_are_not_in_the_folder(
    command: tuple[str, ...], celeba: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "metadata.jsonl"
    command = (*command, "--celeba", celeba, "--blurry", "in", "--out", str(out))
    told = _printed(capsys, *command)
    assert "100 of 300 images" in told
    assert told.endswith(f"; the others are not in {celeba}/Img/img_align_celeba\n")
    shutil.rmtree(Path(celeba) / "Img")
    told = _printed(capsys, *command)
    assert "300 images in" in told and "others" not in told


@pytest.mark.parametrize("command", [("captions", "--split", "all"), ("export", "images")], ids=" ".join)
def test_written_names_are_those_of_the_files(
    command: tuple[str, ...], celeba: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in list(Path(celeba).glob("Img/*/*")):
        path.rename(path.with_suffix(".png"))
    out = tmp_path / "metadata.jsonl"
    assert main([*command, "--celeba", f"folder:{celeba}", "--blurry", "in", "--out", str(out)]) == 0
    assert capsys.readouterr().err == ""
    written = [each["file_name"] for each in _read(out)]
    assert written == sorted(path.name for path in Path(celeba).glob("Img/*/*"))
    shutil.rmtree(Path(celeba) / "Img")
    assert main([*command, "--celeba", f"folder:{celeba}", "--blurry", "in", "--out", str(out)]) == 0
    assert capsys.readouterr().err.count("as it names them.\n") == 1
    assert [each["file_name"] for each in _read(out)] == [f"{number:06d}.jpg" for number in range(1, 301)]


@pytest.mark.parametrize("command", [("captions", "--split", "all"), ("export", "images")], ids=" ".join)
def test_images_that_cannot_be_listed_are_not_taken_for_missing(
    command: tuple[str, ...], celeba: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    images = Path(celeba) / "Img" / "img_align_celeba"
    shutil.rmtree(images)
    images.write_bytes(b"an archive that was never unpacked")
    out = tmp_path / "metadata.jsonl"
    assert main([*command, "--celeba", celeba, "--out", str(out)]) == 2
    assert capsys.readouterr().err == f"The image folder {images} cannot be listed (Not a directory).\n"
    assert not out.exists()


def test_a_list_that_names_no_images_is_written_by_its_rows(
    celeba: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = Path(celeba) / ATTRIBUTES
    path.write_text(path.read_text().replace(".jpg", ""))
    shutil.rmtree(Path(celeba) / "Eval")
    out = tmp_path / "images.jsonl"
    assert main(["export", "images", "--celeba", celeba, "--blurry", "in", "--out", str(out)]) == 0
    said = f"No image of the list is in {celeba}: it names none, so the numbers of its rows are written.\n"
    assert capsys.readouterr().err == said
    assert [each["row"] for each in _read(out)] == list(range(300))


def test_a_folder_may_be_given_as_everywhere(celeba: str, capsys: pytest.CaptureFixture[str]) -> None:
    counted = [
        _printed(capsys, "search", "--celeba", source, "--json") for source in (celeba, f"folder:{celeba}")
    ]
    assert counted[0] == counted[1]


def test_wildcards_are_yaml(celeba: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "celeba.yaml"
    _printed(capsys, "export", "wildcards", "--celeba", celeba, "--least-images", "5", "--out", str(out))
    text = out.read_text()
    content = yaml.safe_load(text)["celeba"]
    assert text.startswith("# data_md5 ")
    assert set(content) == {"male", "female"}
    assert all(parse(prompt).gender == "female" for prompt in content["female"]["prompts"])
    weights = [float(each.split("::")[0]) for each in content["male"]["hair_color"]]
    assert sum(weights) == pytest.approx(100.0)


def test_no_prompt_kept_is_an_empty_list(
    celeba: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "celeba.yml"
    _printed(capsys, "export", "wildcards", "--celeba", celeba, "--least-images", "999", "--out", str(out))
    content = yaml.safe_load(out.read_text())["celeba"]
    assert content["male"]["prompts"] == content["female"]["prompts"] == []


def _read(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_text().splitlines()]
    if path.suffix == ".parquet":
        return pyarrow.parquet.read_table(path).to_pylist()
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("command", ["stats", "sample", "search", "relations", "audit", "captions", "export"])
def test_help_shows_an_example_that_is_a_command(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main([command, "--help"])
    assert left.value.code == 0
    lines = capsys.readouterr().out.splitlines()
    example = lines[lines.index("example:") + 1].strip()
    assert example.startswith(f"python -m prompt_engine {command} ")
    options = _parser().parse_args(shlex.split(example)[3:])  # whole on its line: it can be copied
    assert options.run
    assert lines[-1].strip() == example


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["sample", "-n", "0"], "ask for 1 or more"),
        (["sample", "--seed", "-7"], "The seed is -7"),
        (["sample", "--seed", "2147483648"], "from 0 to 2,147,483,647"),
        (["sample", "--gender", "femal"], "did you mean 'female'"),
        (["sample", "--gender", "male", "--size", "7"], "choose 0 to 6"),
        (["sample", "--mode", "legasy"], "did you mean 'legacy'"),
        (["sample", "--style", "various"], "did you mean 'varied'"),
        (["sample", "--size", "5", "--least-images", "200"], "only known with CelebA at hand"),
        (["sample", "--split", "train"], "point to a CelebA folder"),
        (["sample", "--strict"], "point to a CelebA folder"),
        (["sample", "--blurry", "only"], "point to a CelebA folder"),
        (["sample", "--celeba", ""], "--celeba is empty: name the CelebA folder"),
        (["search", "--celeba", ""], "--celeba is empty: name the CelebA folder"),
        (["captions", "--celeba", "folder:", "--out", "x.csv"], "--celeba is empty: name the CelebA folder"),
        (["search", "--celeba", "/no/such/folder"], "There is no CelebA folder"),
        (["relations", "--conflict", "harsh"], "did you mean 'hard'"),
        (["relations", "--split", "train"], "point to a CelebA folder"),
        (["relations", "--limit", "-1"], "--limit is -1: ask for 1 or more."),
        (["relations", "--limit", "0"], "--limit is 0: ask for 1 or more."),
        (["search", "--celeba", "x", "--limit", "-1"], "--limit is -1: give 0 or more"),
        (["audit", "--celeba", "x", "--finding", "nose"], "did you mean 'noses'"),
        (["captions", "--celeba", "x", "--sizes", "two", "--out", "x.csv"], "numbers with commas"),
        (
            ["captions", "--celeba", "x", "--sizes", "2,9", "--out", "x.csv"],
            "Captions of 9 attributes cannot",
        ),
        (
            ["captions", "--celeba", "x", "--tier-weights", "1,2", "--out", "x.csv"],
            "weights of the tiers are 1,2:",
        ),
        (["captions", "--celeba", "x", "--per-image", "0", "--out", "x.csv"], "ask for 1 to 64"),
        (["captions", "--celeba", "x", "--split", "al", "--out", "x.csv"], "did you mean 'all'"),
        (["captions", "--celeba", "x", "--blurry", "no", "--out", "x.csv"], "value of blurry 'no'"),
        (["captions", "--celeba", "x", "--out", "x.yaml"], "written as .csv, .jsonl, .parquet"),
        (
            ["captions", "--celeba", "x", "--style", "template", "--absences", "0.5", "--out", "x.csv"],
            "template style cannot say",
        ),
        (
            ["export", "wildcards", "--celeba", "x", "--wanted", "Smiling", "--out", "x.yaml"],
            "--wanted is for the export of images, not of wildcards: leave it out.",
        ),
        (
            ["export", "losses", "--celeba", "x", "--gender", "male", "--out", "x.csv"],
            "--gender is for the export of images, not of losses",
        ),
        (
            ["export", "images", "--celeba", "x", "--least-images", "5", "--out", "x.csv"],
            "--least-images is for the export of catalogue, losses and wildcards, not of images",
        ),
        (["sample", "--least-images", "-1"], "The threshold is -1: use 0 or more images."),
        (["export", "wildcards", "--celeba", "x", "--out", "x.csv"], "x.csv cannot hold wildcards"),
        (["export", "losses", "--celeba", "x", "--out", "x.yaml"], "x.yaml cannot hold losses"),
        (["export", "images", "--celeba", "x", "--out", "x.yml"], "x.yml cannot hold images"),
        (["export", "losses", "--celeba", "x", "--worst-label", "bad", "--out", "x.csv"], "tier 'bad'"),
        (["export", "pictures", "--celeba", "x", "--out", "x.csv"], "choose one of"),
        (["stats", "--celeba", "x", "--out", "x.parquet"], "written as .csv: give the file this ending."),
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


def test_an_unknown_format_writes_nothing(
    celeba: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "catalogue.xlsx"
    assert main(["export", "catalogue", "--celeba", celeba, "--out", str(out)]) == 2
    assert "can be written as .csv, .jsonl, .parquet" in capsys.readouterr().err
    assert not out.exists()


def test_a_cut_list_writes_nothing(
    invented_celeba: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = invented_celeba / "Anno" / "list_attr_celeba.txt"
    path.write_bytes(path.read_bytes()[:9000])
    assert main(["stats", "--celeba", str(invented_celeba), "--out", str(tmp_path / "out.csv")]) == 2
    assert "cut off" in capsys.readouterr().err
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_an_export_of_nothing_still_has_its_columns(
    suffix: str, celeba: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / f"images{suffix}"
    wanted = ",".join(LABELS[:15])
    assert "0 images" in _printed(
        capsys, "export", "images", "--celeba", celeba, "--wanted", wanted, "--out", str(out)
    )
    if suffix == ".csv":
        assert out.read_text() == f"file_name,split,attributes,{','.join(STAMP_COLUMNS)}\n"
    else:
        schema = pyarrow.parquet.read_schema(out)
        assert str(schema.field("attributes").type).startswith("list<")
        assert str(schema.field("seed").type) == "int64"

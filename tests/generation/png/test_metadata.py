"""A PNG carries its recipe, says that it is generated, and is written whole."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

from generation.errors import InvalidRecipe
from generation.events import ARMS, Comparison
from generation.png.metadata import FILE_NAMES, read_recipe, render_png, write_comparison
from generation.recipe import Recipe
from prompt_engine.selection import Selection

SELECTION = Selection("female", ("Black_Hair", "Smiling"), ("Eyeglasses",))
RECIPE = Recipe("a woman with ‘black’ hair – and a smile", 7, SELECTION, adapter="runs/один", guidance=4.5)
IMAGE = Image.linear_gradient("L").convert("RGB").resize((96, 96))


@pytest.mark.parametrize("arm", ARMS)
def test_what_was_written_reads_back(arm: str, tmp_path: Path) -> None:
    path = tmp_path / "portrait.png"
    path.write_bytes(render_png(IMAGE, RECIPE, arm))
    assert read_recipe(path) == RECIPE
    with Image.open(path) as image:
        assert image.tobytes() == IMAGE.tobytes()
        assert image.text["arm"] == arm


def test_equal_pictures_are_equal_bytes_and_the_arms_differ() -> None:
    assert render_png(IMAGE, RECIPE, "vanilla") == render_png(
        IMAGE.copy(), Recipe.from_json(RECIPE.to_json()), "vanilla"
    )
    assert render_png(IMAGE, RECIPE, "vanilla") != render_png(IMAGE, RECIPE, "fine_tuned")


def test_other_programs_can_read_it(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(render_png(IMAGE, RECIPE, "fine_tuned"))
    with Image.open(tmp_path / "a.png") as image:
        prompt, settings = image.text["parameters"].split("\n")
        assert "trainedAlgorithmicMedia" in image.text["XML:com.adobe.xmp"]
        assert "AI-generated" in image.text["Comment"]
    assert prompt == RECIPE.prompt
    assert settings.startswith(
        "Steps: 20, Sampler: Euler, CFG scale: 4.5, Seed: 7, Size: 96x96, Model: demo-model"
    )
    assert "Adapter scale: 1" in settings


def test_pictures_without_a_usable_recipe_say_so(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    IMAGE.save(path)
    with pytest.raises(InvalidRecipe, match="a.png carries no recipe"):
        read_recipe(path)
    forged = PngImagePlugin.PngInfo()
    forged.add_itxt("recipe", RECIPE.to_json().replace('"steps":20', '"steps":9999'))
    IMAGE.save(path, pnginfo=forged)
    with pytest.raises(InvalidRecipe, match="9999"):
        read_recipe(path)
    for content in (b"", b"not a picture", render_png(IMAGE, RECIPE, "vanilla")[:200]):
        path.write_bytes(content)
        with pytest.raises(InvalidRecipe, match="a.png is (no PNG|damaged)"):
            read_recipe(path)
    with pytest.raises(InvalidRecipe, match="nowhere.png"):
        read_recipe(tmp_path / "nowhere.png")


def test_both_files_are_written_or_none(tmp_path: Path) -> None:
    comparison = Comparison(RECIPE, {"vanilla": IMAGE, "fine_tuned": IMAGE.rotate(90)}, 1.0, "any")
    paths = write_comparison(comparison, tmp_path / "new" / "folder")
    assert {arm: path.name for arm, path in paths.items()} == FILE_NAMES
    before = paths["vanilla"].read_bytes()
    paths["fine_tuned"].unlink()
    floats = Image.new("F", (96, 96))  # PNG has none
    broken = Comparison(RECIPE, {"vanilla": IMAGE.rotate(180), "fine_tuned": floats}, 1.0, "any")
    with pytest.raises(OSError, match="PNG"):
        write_comparison(broken, paths["vanilla"].parent)
    assert paths["vanilla"].read_bytes() == before
    assert [file.name for file in paths["vanilla"].parent.iterdir()] == ["vanilla.png"]

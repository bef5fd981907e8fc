"""A PNG that carries its recipe: readable by people's tools, by this program, and marked as AI-generated."""

from __future__ import annotations

import io
from contextlib import ExitStack
from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from generation.errors import InvalidRecipe
from generation.events import Arm, Comparison
from generation.png.text import read_png_text
from generation.recipe import Recipe
from generation.recipe_fields import public_adapter
from prompt_engine.whole_file import replacing

FILE_NAMES: dict[Arm, str] = {"vanilla": "vanilla.png", "fine_tuned": "fine-tuned.png"}

_MARK = "AI-generated image, not a photograph of a person."
# Source: IPTC Photo Metadata 2023.1, Digital Source Type; read by search engines and social networks.
_XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" '
    'Iptc4xmpExt:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"/>'
    "</rdf:RDF></x:xmpmeta>"
)


def render_png(image: Image.Image, recipe: Recipe, arm: Arm) -> bytes:
    """One arm's portrait as PNG bytes; equal images and recipes give equal bytes."""
    chunks = PngInfo()
    chunks.add_itxt("parameters", _parameters(recipe, arm))
    chunks.add_itxt("recipe", recipe.to_json())
    chunks.add_text("arm", arm)
    return marked_png(image, chunks)


def marked_png(image: Image.Image, chunks: PngInfo) -> bytes:
    """A generated image as PNG bytes, with its texts, marked as AI-generated."""
    chunks.add_text("Comment", _MARK)
    chunks.add_itxt("XML:com.adobe.xmp", _XMP)
    buffer = io.BytesIO()
    image.save(buffer, format="PNG", pnginfo=chunks)
    return buffer.getvalue()


def write_comparison(comparison: Comparison, folder: Path) -> dict[Arm, Path]:
    """Write the portraits into a folder, made if need be, under `FILE_NAMES`; gives their paths."""
    paths = {arm: folder / FILE_NAMES[arm] for arm in comparison.arms}
    pngs = {path: render_png(comparison.image(arm), comparison.recipe, arm) for arm, path in paths.items()}
    folder.mkdir(parents=True, exist_ok=True)
    _write_whole(pngs)
    return paths


def read_recipe(path: Path) -> Recipe:
    """The recipe inside a PNG.

    Raises:
        InvalidRecipe: no picture, no recipe in it, or one that this version cannot use.
    """
    text = read_png_text(path).get("recipe")
    if text is None:
        raise InvalidRecipe(f"{Path(path).name} carries no recipe: choose a PNG made here.")
    return Recipe.from_json(text)


def _parameters(recipe: Recipe, arm: Arm) -> str:
    """The text that AUTOMATIC1111's web UI wrote first and most tools read."""
    settings: dict[str, object] = {
        "Steps": recipe.steps,
        "Sampler": "Euler",
        "CFG scale": f"{recipe.guidance:g}",
        "Seed": recipe.seed,
        "Size": f"{recipe.size_px}x{recipe.size_px}",
        "Model": recipe.spec.repo.rsplit("/", 1)[-1],
    }
    if arm == "fine_tuned":
        settings["Adapter"] = public_adapter(recipe.adapter)
        settings["Adapter scale"] = f"{recipe.adapter_scale:g}"
    return f"{recipe.prompt}\n" + ", ".join(f"{name}: {value}" for name, value in settings.items())


def _write_whole(contents: dict[Path, bytes]) -> None:
    """Write every file beside its place first, so that a failure leaves all of them as they were."""
    with ExitStack() as places:
        for path, content in contents.items():
            places.enter_context(replacing(path)).write_bytes(content)

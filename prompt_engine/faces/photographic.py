"""The photographic look: the same drawing under a lamp, through a lens, on film."""

import numpy as np
from PIL import Image, ImageFilter

from prompt_engine.faces.canvas import Canvas
from prompt_engine.faces.person import Person
from prompt_engine.faces.portrait import focused, paint

DEPTHS = {"skin": 1.0, "hair": 1.2, "felt": 1.2, "cloth": 0.8, "detail": 1.0}  # how round each material looks


def photographic_portrait(person: Person, size_px: int, rng: np.random.Generator) -> Image.Image:
    """Light, shading, texture, soft focus and grain over the flat drawing: (size_px, size_px) RGB."""
    canvas = paint(person, size_px)
    pixels = np.asarray(canvas.image(), dtype=np.float32) / 255.0
    pixels = _natural_colours(pixels)
    pixels = _studio_background(pixels, canvas, rng)
    pixels = pixels * _light(canvas, person)[..., None]
    pixels = pixels * _texture(canvas, rng)[..., None]
    return focused(_develop(pixels, rng), person)


def _natural_colours(pixels: np.ndarray) -> np.ndarray:
    """Less saturated and warmer than poster paint, with a photograph's soft contrast."""
    grey = pixels.mean(axis=-1, keepdims=True)
    muted = grey + (pixels - grey) * 0.74
    return np.clip(muted, 0, 1) ** 1.12 * np.array([1.0, 0.965, 0.91], dtype=np.float32)


def _studio_background(pixels: np.ndarray, canvas: Canvas, rng: np.random.Generator) -> np.ndarray:
    """A dark, blurred backdrop with a pool of light in place of the plain colour."""
    size = canvas.size_px
    y, x = np.mgrid[0:size, 0:size].astype(np.float32) / size
    spot = np.exp(-(((x - rng.uniform(0.25, 0.75)) / 0.5) ** 2) - ((y - rng.uniform(0.2, 0.6)) / 0.55) ** 2)
    backdrop = pixels.mean(axis=(0, 1)) * (0.42 + 0.6 * spot[..., None])
    share = canvas.coverage("background")[..., None]
    return pixels * (1 - share) + backdrop * share


def _light(canvas: Canvas, person: Person) -> np.ndarray:
    """Lambert shading of a height map made from the blurred silhouettes: (size_px, size_px), around 1."""
    side = -1.0 if person.light_from_left else 1.0
    shade = np.full((canvas.size_px, canvas.size_px), 0.98, dtype=np.float32)
    for material, depth in DEPTHS.items():
        inside = canvas.coverage(material)
        height = _blurred(inside, canvas.size_px / 11) * depth
        down, across = np.gradient(height)
        slope = (across * side * -0.85 + down * 0.6) * canvas.size_px / 11
        shade += inside * np.clip(slope * 1.5, -0.5, 0.42)
    return shade


def _texture(canvas: Canvas, rng: np.random.Generator) -> np.ndarray:
    """Strands in the hair, weave in the cloth, pores in the skin: a factor around 1."""
    size = canvas.size_px
    noise = rng.standard_normal((size, size)).astype(np.float32)
    strands = sum(np.roll(noise, shift, axis=0) for shift in range(7)) / 7**0.5
    weave = rng.standard_normal((size, size)).astype(np.float32)
    return (
        1
        + 0.13 * strands * canvas.coverage("hair")
        + 0.05 * weave * canvas.coverage("cloth", "felt")
        + 0.012 * (weave + np.roll(weave, 1, axis=0)) * canvas.coverage("skin")
    )


def _develop(pixels: np.ndarray, rng: np.random.Generator) -> Image.Image:
    """Lens softness, bloom, vignette and film grain."""
    size = pixels.shape[0]
    sharp = Image.fromarray((np.clip(pixels, 0, 1) * 255).astype(np.uint8))
    soft = np.asarray(sharp.filter(ImageFilter.GaussianBlur(size / 150)), dtype=np.float32) / 255.0
    bloom = np.asarray(sharp.filter(ImageFilter.GaussianBlur(size / 16)), dtype=np.float32) / 255.0
    y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j].astype(np.float32)
    vignette = 1 - 0.22 * (x**2 + y**2)
    exposed = (soft * 0.84 + bloom * 0.2) * vignette[..., None] * 1.26
    grain = rng.standard_normal((size, size, 1)).astype(np.float32) * 0.014
    return Image.fromarray((np.clip(exposed + grain, 0, 1) * 255).astype(np.uint8))


def _blurred(values: np.ndarray, radius_px: float) -> np.ndarray:
    """(h, w) values in [0, 1] after a Gaussian blur; eight bits are enough for a light map."""
    image = Image.fromarray((values * 255).astype(np.uint8))
    return np.asarray(image.filter(ImageFilter.GaussianBlur(radius_px)), dtype=np.float32) / 255.0

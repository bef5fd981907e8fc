"""Draws a person in plain colour shapes: the flat look, and the canvas that other looks start from."""

from PIL import Image, ImageFilter

from prompt_engine.faces.accessories import draw_accessories
from prompt_engine.faces.canvas import Canvas
from prompt_engine.faces.features import (
    draw_age,
    draw_beard,
    draw_brows,
    draw_cheeks,
    draw_eyes,
    draw_mouth,
    draw_nose,
)
from prompt_engine.faces.hair import draw_back_hair, draw_front_hair
from prompt_engine.faces.head import draw_head, draw_shoulders
from prompt_engine.faces.person import Person

# From back to front.
LAYERS = (
    draw_back_hair,
    draw_shoulders,
    draw_head,
    draw_age,
    draw_cheeks,
    draw_beard,
    draw_nose,
    draw_mouth,
    draw_eyes,
    draw_brows,
    draw_front_hair,
    draw_accessories,
)


def paint(person: Person, size_px: int) -> Canvas:
    """The person on a canvas of (size_px, size_px)."""
    canvas = Canvas(size_px, person.pose, person.background)
    for draw in LAYERS:
        draw(canvas, person)
    return canvas


def flat_portrait(person: Person, size_px: int) -> Image.Image:
    """Plain colour shapes, as on a poster: (size_px, size_px) RGB."""
    return focused(paint(person, size_px).image(), person)


def focused(image: Image.Image, person: Person) -> Image.Image:
    """`image`, out of focus where the person is labelled Blurry."""
    return image.filter(ImageFilter.GaussianBlur(image.width / 40)) if person.has("Blurry") else image

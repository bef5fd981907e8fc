"""A canvas in face coordinates that remembers which material every pixel shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, pi, radians, sin

import numpy as np
from PIL import Image, ImageDraw

Colour = tuple[int, int, int]
Points = Sequence[tuple[float, float]]

UNITS = 96  # the side of the canvas in face units, whatever its size in pixels
MATERIALS = ("background", "cloth", "skin", "hair", "detail", "felt")
SUPERSAMPLING = 3  # drawn this much larger, then shrunk: Pillow's polygons have no anti-aliasing


@dataclass(frozen=True)
class Pose:
    """Where the face sits: its centre in units from the top left, its scale, its tilt in degrees."""

    centre: tuple[float, float] = (48.0, 45.0)
    scale: float = 0.9
    tilt_deg: float = 0.0

    def apply(self, points: Points, pixels_per_unit: float) -> list[tuple[float, float]]:
        """Face coordinates (origin between the eyes and the mouth, y down) → pixels."""
        c, s = cos(radians(self.tilt_deg)) * self.scale, sin(radians(self.tilt_deg)) * self.scale
        x0, y0 = self.centre
        k = pixels_per_unit
        return [((x0 + c * x - s * y) * k, (y0 + s * x + c * y) * k) for x, y in points]


class Canvas:
    """Two images drawn at once: the colours, and the material (an index into `MATERIALS`) of every pixel."""

    def __init__(self, size_px: int, pose: Pose, background: Colour) -> None:
        self.size_px = size_px
        side = size_px * SUPERSAMPLING
        self._pose = pose
        self._pixels_per_unit = side / UNITS
        self._colour = Image.new("RGB", (side, side), background)
        self._material = Image.new("L", (side, side), MATERIALS.index("background"))
        self._colour_pen = ImageDraw.Draw(self._colour)
        self._material_pen = ImageDraw.Draw(self._material)

    def fill(self, points: Points, colour: Colour, material: str = "detail") -> None:
        """Fills the polygon through `points`."""
        place = self._pose.apply(points, self._pixels_per_unit)
        self._colour_pen.polygon(place, fill=colour)
        self._material_pen.polygon(place, fill=MATERIALS.index(material))

    def stroke(self, points: Points, width: float, colour: Colour, material: str = "detail") -> None:
        """Draws the line through `points`, `width` units wide, with round joints."""
        place = self._pose.apply(points, self._pixels_per_unit)
        width_px = max(1, round(width * self._pose.scale * self._pixels_per_unit))
        self._colour_pen.line(place, fill=colour, width=width_px, joint="curve")
        self._material_pen.line(place, fill=MATERIALS.index(material), width=width_px, joint="curve")

    def image(self) -> Image.Image:
        """The colours, shrunk to (size_px, size_px)."""
        return self._colour.resize((self.size_px, self.size_px), Image.Resampling.BOX)

    def coverage(self, *materials: str) -> np.ndarray:
        """How much of each pixel shows one of `materials`: (size_px, size_px) float32 in [0, 1]."""
        chosen = [MATERIALS.index(name) for name in materials]
        table = [255 if index in chosen else 0 for index in range(256)]
        mask = self._material.point(table).resize((self.size_px, self.size_px), Image.Resampling.BOX)
        return np.asarray(mask, dtype=np.float32) / 255.0


def ellipse(
    x: float, y: float, rx: float, ry: float, start: float = 0.0, stop: float = 2.0
) -> list[tuple[float, float]]:
    """Points of an ellipse from `start`·π to `stop`·π, clockwise on the screen from its right end."""
    steps = max(8, round(14 * (stop - start)))
    angles = [pi * (start + (stop - start) * i / steps) for i in range(steps + 1)]
    return [(x + rx * cos(a), y + ry * sin(a)) for a in angles]


def mirrored(points: Points) -> list[tuple[float, float]]:
    """The same points on the other side of the face."""
    return [(-x, y) for x, y in points]


def mixed(colour: Colour, other: Colour, share: float) -> Colour:
    """`colour` with `share` in [0, 1] of `other`."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(colour, other, strict=True))
    return red, green, blue

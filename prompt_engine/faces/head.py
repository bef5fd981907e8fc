"""Shoulders, neck and the bare head."""

from math import cos, pi, sin

from prompt_engine.faces.canvas import Canvas, ellipse, mirrored, mixed
from prompt_engine.faces.person import Person


def draw_shoulders(canvas: Canvas, person: Person) -> None:
    """Clothes up to the neck, which is wider on men."""
    broad = 46 if person.has("Male") else 37
    top = person.chin + 8
    canvas.fill(
        [
            (-broad, 66),
            (-broad, top + 12),
            (-broad * 0.72, top + 4),
            (-12, top),
            (12, top),
            (broad * 0.72, top + 4),
            (broad, top + 12),
            (broad, 66),
        ],
        person.cloth,
        "cloth",
    )
    neck = 12 if person.has("Male") else 8.5
    canvas.fill([(-neck, 14), (neck, 14), (neck, top + 1), (-neck, top + 1)], person.shade, "skin")
    canvas.fill(
        ellipse(0, top, neck + 1.5, 8.5 if not person.has("Male") else 5.5, 0, 1), person.shade, "skin"
    )
    if person.has("Male"):
        _draw_collar(canvas, person, neck, top)


def _draw_collar(canvas: Canvas, person: Person, neck: float, top: float) -> None:
    collar = [(neck, top - 3), (neck + 6, top + 2), (7, top + 12), (0, top + 5)]
    for side in (collar, mirrored(collar)):
        canvas.fill(side, mixed(person.cloth, (255, 255, 255), 0.75), "cloth")


def draw_head(canvas: Canvas, person: Person) -> None:
    """Ears, skull, face and what lies under the chin."""
    w = person.half_width
    for side in (-1, 1):
        canvas.fill(ellipse(side * w, 3, 3.6, 6), person.shade, "skin")
    if person.has("Double_Chin"):
        _draw_double_chin(canvas, person)
    canvas.fill(ellipse(0, -8, w, 22), person.skin, "skin")
    canvas.fill(face_outline(person), person.skin, "skin")
    if person.has("Bald"):
        canvas.fill(ellipse(-5, -24, 6, 2.6), mixed(person.skin, (255, 255, 255), 0.6), "skin")


def _draw_double_chin(canvas: Canvas, person: Person) -> None:
    w, chin = person.half_width, person.chin
    canvas.fill(ellipse(0, chin - 3, w * 0.82, 12.5), person.shade, "skin")
    canvas.fill(ellipse(0, chin - 4, w * 0.78, 11.5), person.skin, "skin")
    canvas.stroke(ellipse(0, chin - 7, w * 0.66, 8.6, 0.1, 0.9), 1.6, person.shade, "skin")


def face_outline(person: Person, inset: float = 0.0) -> list[tuple[float, float]]:
    """The face below the skull: square on men, tapering on women and on oval faces, full when chubby."""
    w, chin = person.half_width - inset, person.chin - inset
    taper = 0.36 if person.has("Oval_Face") else 0.06 if person.has("Male") else 0.22
    taper *= 0.4 if person.has("Chubby") else 1.0
    square = 0.72 if person.has("Male") or person.has("Chubby") else 0.9
    points = []
    for i in range(41):
        angle = pi * i / 40
        across = (abs(cos(angle)) ** square) * (1 if angle < pi / 2 else -1)
        down = sin(angle) ** square
        points.append((across * w * (1 - taper * down), -6 + (chin + 6) * down))
    return points

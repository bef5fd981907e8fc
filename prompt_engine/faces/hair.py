"""Hair behind and before the face."""

from math import pi, sin

from prompt_engine.faces.canvas import Canvas, Points, ellipse, mirrored, mixed
from prompt_engine.faces.person import Person

CROWN = -33.0


def draw_back_hair(canvas: Canvas, person: Person) -> None:
    """What falls behind the head: long and straight, long and wavy, or a bob; men's ends at the ears."""
    if person.has("Bald"):
        return
    w = person.half_width
    canvas.fill(ellipse(0, -10, w + 5.5, 24), person.hair, "hair")
    if person.has("Male"):
        _draw_sides(canvas, person)
    elif person.has("Straight_Hair"):
        side = [(0, -14), (w + 5.5, -12), (w + 7, 54), (w - 5, 54)]
        _both(canvas, side, person)
    elif person.has("Wavy_Hair"):
        outer = [(w + 7.5 + 3.4 * sin(i * pi / 2.5), -14 + i * 3.4) for i in range(21)]
        _both(canvas, [(0, -14), *outer, (w - 4, 54)], person)
    else:
        _both(canvas, [(0, -14), (w + 5.5, -12), (w + 8.5, 14), (w + 5, 21), (0, 21)], person)


def _draw_sides(canvas: Canvas, person: Person) -> None:
    w = person.half_width
    if person.has("Wavy_Hair"):
        for x, y in ((w + 3, -12), (w + 4, -4), (w + 3, 4), (w + 1.5, 11)):
            for side in (-1, 1):
                canvas.fill(ellipse(side * x, y, 5.4, 5.4), person.hair, "hair")
    elif person.has("Straight_Hair"):
        _both(canvas, [(0, -14), (w + 5, -12), (w + 5, 22), (w - 2, 22)], person)


def draw_front_hair(canvas: Canvas, person: Person) -> None:
    """The cap of hair above the hairline, with its texture; only a rim at the sides when bald."""
    if person.has("Bald"):
        w = person.half_width
        _both(canvas, [(w + 3.5, -10), (w - 2, -10), (w - 2.5, 2), (w + 2, 6), (w + 4, 2)], person)
        return
    w = person.half_width
    outer = ellipse(0, -9, w + 4.5, -CROWN - 9, 1.0, 2.0)
    canvas.fill([*outer, *hairline(person)], person.hair, "hair")
    if person.has("Wavy_Hair"):
        _draw_curls(canvas, person)
    elif person.has("Straight_Hair"):
        _draw_strands(canvas, person)


def hairline(person: Person) -> Points:
    """From the right temple to the left one; low and level with bangs, high at the temples when receding."""
    w = person.half_width
    if person.has("Bangs"):
        teeth = [(w * (0.86 - 0.215 * i), -7.6 if i % 2 else -10.2) for i in range(9)]
        return [(w + 3, -4), (w - 0.5, -4), *teeth, (-w + 0.5, -4), (-w - 3, -4)]
    if person.has("Receding_Hairline"):
        return [
            (w + 3.5, -8),
            (w - 1, -9),
            (w * 0.86, -22),
            (w * 0.5, -28),
            (w * 0.2, -23),
            (0, -20.5),
            (-w * 0.2, -23),
            (-w * 0.5, -28),
            (-w * 0.86, -22),
            (-w + 1, -9),
            (-w - 3.5, -8),
        ]
    return [
        (w + 3, -4),
        (w - 1, -5),
        (w * 0.84, -13),
        (w * 0.4, -18),
        (-w * 0.4, -18),
        (-w * 0.84, -13),
        (-w + 1, -5),
        (-w - 3, -4),
    ]


def _draw_curls(canvas: Canvas, person: Person) -> None:
    w = person.half_width
    light, dark = mixed(person.hair, (255, 255, 255), 0.3), mixed(person.hair, (0, 0, 0), 0.35)
    for i in range(6):
        x = -w + i * w * 0.4
        canvas.fill(ellipse(x, -27 + abs(x) * 0.32, 5.2, 5.2), person.hair, "hair")
        canvas.stroke(ellipse(x, -26 + abs(x) * 0.3, 3.4, 3.4, 1.0, 2.0), 1.2, light, "hair")
    if not person.has("Male"):
        for start in (-8, 8, 24):
            wave = [(w + 4.5 + 2.0 * sin(i * pi / 3), start + i * 2.2) for i in range(10)]
            for side in (wave, mirrored(wave)):
                canvas.stroke(side, 1.2, dark, "hair")


def _draw_strands(canvas: Canvas, person: Person) -> None:
    w = person.half_width
    light, dark = mixed(person.hair, (255, 255, 255), 0.32), mixed(person.hair, (0, 0, 0), 0.35)
    for i in range(7):
        x = -w * 0.8 + i * w * 0.27
        top = -31 + abs(x) * 0.22
        canvas.stroke([(x * 0.5, top), (x, top + 9)], 1.0, light if i % 2 else dark, "hair")
    foot = 20 if person.has("Male") else 52
    for x in (w + 2, w + 4):
        for line in ([(x, -8), (x, foot)], [(-x, -8), (-x, foot)]):
            canvas.stroke(line, 0.9, dark if x > w + 3 else light, "hair")


def _both(canvas: Canvas, points: Points, person: Person) -> None:
    canvas.fill(points, person.hair, "hair")
    canvas.fill(mirrored(points), person.hair, "hair")

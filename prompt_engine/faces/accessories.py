"""What is worn: glasses, earrings, necklace, necktie, hat."""

from prompt_engine.faces.canvas import Canvas, Colour, ellipse, mixed
from prompt_engine.faces.person import Person

FRAME: Colour = (24, 24, 28)
GOLD: Colour = (255, 206, 30)


def draw_accessories(canvas: Canvas, person: Person) -> None:
    """Everything the labels say is worn, over all that lies beneath."""
    for label, draw in (
        ("Wearing_Necktie", _draw_necktie),
        ("Wearing_Necklace", _draw_necklace),
        ("Eyeglasses", _draw_glasses),
        ("Wearing_Earrings", _draw_earrings),
        ("Wearing_Hat", _draw_hat),
    ):
        if person.has(label):
            draw(canvas, person)


def _draw_necktie(canvas: Canvas, person: Person) -> None:
    top = person.chin + 11
    red = (214, 30, 40)
    canvas.fill([(-4, top), (4, top), (2.6, top + 5), (-2.6, top + 5)], mixed(red, (0, 0, 0), 0.3), "cloth")
    canvas.fill([(-2.6, top + 5), (2.6, top + 5), (6, 66), (-6, 66)], red, "cloth")


def _draw_necklace(canvas: Canvas, person: Person) -> None:
    for x, y in ellipse(0, person.chin + 5, 12.5, 9.5, 0.0, 1.0):
        canvas.fill(ellipse(x, y, 1.9, 1.9), (244, 248, 255))
        canvas.fill(ellipse(x + 0.3, y + 0.4, 1.0, 1.0), (70, 170, 210))


def _draw_glasses(canvas: Canvas, person: Person) -> None:
    for side in (-1, 1):
        canvas.stroke(ellipse(side * 9.3, 0.6, 7.2, 6.2), 1.9, FRAME)
        canvas.stroke([(side * 16.4, -0.5), (side * (person.half_width + 2), -2)], 1.8, FRAME)
    canvas.stroke([(-2.4, -0.6), (2.4, -0.6)], 1.8, FRAME)


def _draw_earrings(canvas: Canvas, person: Person) -> None:
    for side in (-1, 1):
        x = side * (person.half_width + 2.2)
        canvas.fill(ellipse(x, 14.5, 4.2, 5.0), mixed(GOLD, (90, 50, 0), 0.7))
        canvas.fill(ellipse(x, 14.5, 3.3, 4.1), GOLD)


def _draw_hat(canvas: Canvas, person: Person) -> None:
    w = person.half_width
    felt = mixed(person.accent, (20, 20, 30), 0.25)
    canvas.fill(
        [(-w, -24), (-w * 0.9, -38), (-w * 0.5, -42), (w * 0.5, -42), (w * 0.9, -38), (w, -24)], felt, "felt"
    )
    canvas.fill([(-w, -29), (w, -29), (w, -24), (-w, -24)], mixed(felt, (255, 255, 255), 0.8), "felt")
    canvas.fill(ellipse(0, -24, w + 13, 4.4), felt, "felt")

"""What is in a face: cheeks, wrinkles, nose, mouth, eyes, brows, make-up and beard."""

from prompt_engine.faces.canvas import Canvas, Colour, ellipse, mirrored, mixed
from prompt_engine.faces.head import face_outline
from prompt_engine.faces.person import Person

WHITE: Colour = (250, 250, 250)
DARK: Colour = (30, 22, 26)


def draw_cheeks(canvas: Canvas, person: Person) -> None:
    """Blush, and the hollow under high cheekbones with the light above it."""
    w = person.half_width
    if person.has("Rosy_Cheeks"):
        for side in (-1, 1):
            canvas.fill(
                ellipse(side * w * 0.62, 11, 5.6, 4.8), mixed(person.skin, (240, 60, 100), 0.6), "skin"
            )
    if person.has("High_Cheekbones"):
        hollow = [(w * 0.98, 9), (w * 0.94, 15), (w * 0.42, 20), (w * 0.5, 16)]
        light = [(w * 0.92, 3.5), (w * 0.9, 7.5), (w * 0.46, 12), (w * 0.5, 8)]
        for points, colour in ((hollow, person.shade), (light, mixed(person.skin, WHITE, 0.45))):
            canvas.fill(points, colour, "skin")
            canvas.fill(mirrored(points), colour, "skin")


def draw_age(canvas: Canvas, person: Person) -> None:
    """Forehead lines, crow's feet and folds from the nose to the mouth, unless young; bags under the eyes."""
    if not person.has("Young"):
        for y in (-15.5, -12):
            canvas.stroke([(-9, y + 1), (-3, y), (3, y), (9, y + 1)], 1.1, person.shade, "skin")
        fold = [(6.5, 13.0), (9.5, 17.0), (11.0, 23.0)]
        feet = [(15.0, 0.0), (18.5, -2.5)], [(15.0, 1.5), (18.5, 3.0)]
        for line in (fold, *feet):
            canvas.stroke(line, 1.2, person.shade, "skin")
            canvas.stroke(mirrored(line), 1.2, person.shade, "skin")
    if person.has("Bags_Under_Eyes"):
        bag = ellipse(9, 4, 5.2, 3.6, 0.0, 1.0)
        for side in (bag, mirrored(bag)):
            canvas.fill(side, mixed(person.skin, (92, 52, 110), 0.62), "skin")


def draw_nose(canvas: Canvas, person: Person) -> None:
    """Big: wide with nostrils. Pointy: a narrow wedge with a sharp tip. Otherwise one short shadow."""
    light = mixed(person.skin, WHITE, 0.35)
    if person.has("Big_Nose"):
        canvas.fill([(-2.5, -2), (2.5, -2), (6.5, 11), (-6.5, 11)], light, "skin")
        canvas.fill(ellipse(0, 11, 7.6, 4.4), person.shade, "skin")
        canvas.fill(ellipse(0, 9.6, 6.4, 4), light, "skin")
        for side in (-1, 1):
            canvas.fill(ellipse(side * 3.6, 13, 1.7, 1.2), DARK)
    elif person.has("Pointy_Nose"):
        canvas.fill([(0, -3), (-3.6, 11.5), (0, 16)], light, "skin")
        canvas.fill([(0, -3), (3.6, 11.5), (0, 16)], person.shade, "skin")
    else:
        canvas.stroke(ellipse(0, 9.5, 3, 2.4, 0.05, 0.95), 1.3, person.shade, "skin")


def draw_mouth(canvas: Canvas, person: Person) -> None:
    """Lips: corners up in a smile, thick when big, red with lipstick, teeth and dark between when open."""
    smiling, parted = person.has("Smiling"), person.has("Mouth_Slightly_Open")
    half, rise = (11.0, 4.2) if smiling else (7.5, 0.3)
    thick = 4.6 if person.has("Big_Lips") else 1.9
    gap = 2.3 if parted else 0.0
    y = 20.5 + (1.5 if smiling else 0)
    lips = (206, 20, 52) if person.has("Wearing_Lipstick") else mixed(person.skin, (150, 52, 50), 0.5)

    def curve(offset: float) -> list[tuple[float, float]]:
        return [(half * t, y - rise * t * t + offset * (1 - t * t)) for t in (-1 + i / 6 for i in range(13))]

    upper, lower = curve(-thick - gap), curve(thick * 1.15 + gap)
    canvas.fill(upper + lower[::-1], lips)
    if parted:
        canvas.fill(curve(-gap) + curve(gap)[::-1], (70, 10, 18))
        canvas.fill(curve(-gap) + curve(-gap * 0.1)[::-1], WHITE)
    else:
        canvas.stroke(curve(0), 1.0, mixed(lips, DARK, 0.55))


def draw_eyes(canvas: Canvas, person: Person) -> None:
    """Eyes with an iris; narrow ones are slits; women have longer lashes, make-up adds a lid and a wing."""
    tall = 1.25 if person.has("Narrow_Eyes") else 3.1
    for side in (-1, 1):
        x = side * 9
        if person.has("Heavy_Makeup"):
            canvas.fill(ellipse(x + side * 0.6, -1.8, 6.8, 5.0), (128, 66, 170))
            canvas.fill([(x + side * 3, -2), (x + side * 10, -5.5), (x + side * 5, 1)], DARK)
        canvas.fill(ellipse(x, 0, 4.8, tall), WHITE)
        canvas.fill(ellipse(x, 0, min(2.5, tall + 0.5), min(2.5, tall)), person.iris)
        canvas.fill(ellipse(x, 0, 1.2, min(1.2, tall)), DARK)
        lid = ellipse(x, 0, 5.0, tall + 0.3, 1.0, 2.0)
        canvas.stroke(lid, 1.0 if person.has("Male") else 1.7, DARK)


def draw_brows(canvas: Canvas, person: Person) -> None:
    """Straight and thin; arched ones rise to a peak, bushy ones are three times as thick."""
    width = 4.0 if person.has("Bushy_Eyebrows") else 1.5
    peak = -11.6 if person.has("Arched_Eyebrows") else -7.2
    brow = [(3.8, -6.6), (8, (peak - 7.4) / 2), (11, peak), (15, -6.4)]
    for side in (brow, mirrored(brow)):
        canvas.stroke(side, width, mixed(person.hair, DARK, 0.3), "hair")


def draw_beard(canvas: Canvas, person: Person) -> None:
    """Stubble, goatee, moustache and sideburns."""
    w, chin = person.half_width, person.chin
    hair = mixed(person.hair, DARK, 0.18)
    if person.has("5_o_Clock_Shadow"):
        jaw = [(x, y) for x, y in face_outline(person, 0.6) if y > 9]
        tone = mixed(person.skin, (58, 74, 84), 0.52)
        canvas.fill(jaw + [(-9, 14), (0, 15.5), (9, 14)], tone, "skin")
    if person.has("Goatee"):
        canvas.fill(
            [(-6.5, 25), (6.5, 25), (7.5, chin - 2), (4, chin + 5), (-4, chin + 5), (-7.5, chin - 2)],
            hair,
            "hair",
        )
    if person.has("Mustache"):
        tip = [(0, 14.2), (5, 14.2), (11.5, 19), (10.5, 21), (5, 18.4), (0, 18)]
        canvas.fill(tip, hair, "hair")
        canvas.fill(mirrored(tip), hair, "hair")
    if person.has("Sideburns"):
        strip = [(w + 1.5, -8), (w - 5.5, -8), (w - 5, 15), (w - 1.5, 17)]
        canvas.fill(strip, hair, "hair")
        canvas.fill(mirrored(strip), hair, "hair")

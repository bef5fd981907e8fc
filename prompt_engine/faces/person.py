"""One drawn person: the attributes that are shown, and the accidents (pose, colours) that are none."""

from dataclasses import dataclass

import numpy as np

from prompt_engine.faces.canvas import Colour, Pose, mixed

SKINS: tuple[Colour, ...] = ((244, 206, 174), (236, 188, 150), (222, 168, 128), (194, 136, 98), (146, 96, 66))
PALE_SKIN: Colour = (255, 242, 236)
HAIRS: dict[str, Colour] = {
    "Black_Hair": (30, 26, 32),
    "Brown_Hair": (112, 64, 30),
    "Blond_Hair": (236, 200, 96),
    "Gray_Hair": (176, 180, 186),
}
UNNAMED_HAIR: Colour = (176, 70, 28)  # red: the one usual colour that CelebA has no label for
BACKGROUNDS: tuple[Colour, ...] = (
    (170, 206, 232),
    (196, 222, 190),
    (238, 222, 176),
    (226, 198, 214),
    (204, 204, 220),
    (150, 190, 190),
)
CLOTHES: tuple[Colour, ...] = (
    (62, 84, 140),
    (150, 56, 60),
    (60, 112, 88),
    (96, 70, 120),
    (88, 92, 100),
    (212, 140, 60),
)
IRISES: tuple[Colour, ...] = ((70, 46, 30), (62, 104, 150), (70, 110, 70))


@dataclass(frozen=True)
class Person:
    """Labels, colours and proportions of one portrait; lengths in face units, the eyes at y = 0."""

    labels: frozenset[str]
    skin: Colour
    hair: Colour
    background: Colour
    cloth: Colour
    accent: Colour
    iris: Colour
    pose: Pose
    light_from_left: bool

    def has(self, *labels: str) -> bool:
        """Whether the person carries all of `labels`."""
        return self.labels.issuperset(labels)

    @property
    def half_width(self) -> float:
        """Half the width of the face at the cheekbones."""
        width = 21.0 if self.has("Male") else 19.0
        return width * (1.2 if self.has("Chubby") else 0.86 if self.has("Oval_Face") else 1.0)

    @property
    def chin(self) -> float:
        """How far the chin lies below the eyes."""
        return 34.0 if self.has("Oval_Face") else 30.0

    @property
    def shade(self) -> Colour:
        """The skin in shadow, for lines that are drawn on it."""
        return mixed(self.skin, (70, 24, 20), 0.34)


def person(labels: frozenset[str], rng: np.random.Generator) -> Person:
    """Draws what the labels leave open."""

    def pick(colours: tuple[Colour, ...]) -> Colour:
        return colours[int(rng.integers(len(colours)))]

    def jitter(colour: Colour, spread: int) -> Colour:
        moved = np.array(colour) + rng.integers(-spread, spread + 1, 3)
        red, green, blue = moved.clip(0, 255).tolist()
        return red, green, blue

    skin = PALE_SKIN if "Pale_Skin" in labels else jitter(pick(SKINS), 6)
    hair = next((colour for label, colour in HAIRS.items() if label in labels), UNNAMED_HAIR)
    pose = Pose(
        centre=(48.0 + rng.uniform(-2, 2), 45.0 + rng.uniform(-1.5, 1.5)),
        scale=rng.uniform(0.95, 1.03),
        tilt_deg=rng.uniform(-4, 4),
    )
    return Person(
        labels,
        skin,
        jitter(hair, 5),
        jitter(pick(BACKGROUNDS), 12),
        jitter(pick(CLOTHES), 12),
        accent=pick(CLOTHES),
        iris=pick(IRISES),
        pose=pose,
        light_from_left=bool(rng.integers(2)),
    )

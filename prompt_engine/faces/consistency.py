"""Which labels one drawn person can carry at once: CelebA's labels contradict each other, a drawing cannot."""

from collections.abc import Iterable

HAIR_COLOURS = ("Black_Hair", "Brown_Hair", "Blond_Hair", "Gray_Hair")
FACIAL_HAIR = ("5_o_Clock_Shadow", "Goatee", "Mustache", "Sideburns")
# Of each group the first label given is kept.
EXCLUSIVE: tuple[tuple[str, ...], ...] = (
    HAIR_COLOURS,
    ("Straight_Hair", "Wavy_Hair", "Bald"),
    ("Bangs", "Receding_Hairline", "Bald"),
    ("Chubby", "Oval_Face"),
    ("Double_Chin", "Oval_Face"),
    ("Big_Nose", "Pointy_Nose"),
)
NOT_ON_WOMEN = frozenset({*FACIAL_HAIR, "Bald", "Wearing_Necktie"})
NOT_ON_MEN = frozenset({"Heavy_Makeup", "Wearing_Lipstick", "Wearing_Earrings", "Wearing_Necklace"})


def consistent(labels: Iterable[str]) -> frozenset[str]:
    """`labels` without those that contradict one given earlier or the gender; No_Beard is what the beard says."""
    given = list(dict.fromkeys(labels))
    banned = {"No_Beard", *(NOT_ON_MEN if "Male" in given else NOT_ON_WOMEN)}
    kept: list[str] = []
    for label in given:
        if label not in banned:
            kept.append(label)
            banned.update(rival for group in EXCLUSIVE if label in group for rival in group if rival != label)
    return frozenset(kept) if set(kept) & set(FACIAL_HAIR) else frozenset({*kept, "No_Beard"})

"""Which labels one drawn person can carry at once: CelebA's contradict each other, a drawing cannot."""

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
RIVALS = {
    label: frozenset(rival for group in EXCLUSIVE if label in group for rival in group) - {label}
    for label in {each for group in EXCLUSIVE for each in group}
}
NOT_ON_WOMEN = frozenset({*FACIAL_HAIR, "Bald", "Wearing_Necktie"})
NOT_ON_MEN = frozenset({"Heavy_Makeup", "Wearing_Lipstick", "Wearing_Earrings", "Wearing_Necklace"})


def consistent(labels: Iterable[str]) -> frozenset[str]:
    """`labels` without those that contradict an earlier one or the gender; No_Beard is set by the beard."""
    given = list(dict.fromkeys(labels))
    banned = {"No_Beard", *(NOT_ON_MEN if "Male" in given else NOT_ON_WOMEN)}
    kept: list[str] = []
    for label in given:
        if label not in banned:
            kept.append(label)
            banned |= RIVALS.get(label, frozenset())
    return frozenset(kept) if set(kept) & set(FACIAL_HAIR) else frozenset({*kept, "No_Beard"})

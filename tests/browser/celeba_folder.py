"""An invented CelebA folder: grey images, and labels that are easy to count by head."""

from pathlib import Path

from PIL import Image

from prompt_engine.attributes import LABELS

PER_KIND = 4
KINDS: tuple[tuple[str, ...], ...] = (
    ("Smiling",),
    ("Smiling", "Blond_Hair"),
    ("Smiling", "Blurry"),
    ("Smiling", "Blond_Hair", "Black_Hair"),  # two hair colours contradict each other
)
SPLITS = (0, 0, 1, 2)  # of each kind: two images to train with, one to validate, one to test


def make_celeba_folder(root: Path) -> Path:
    """Write the folder; women only, aligned and in the wild."""
    for folder in ("Anno", "Eval", "Img/img_align_celeba", "Img/img_celeba"):
        (root / folder).mkdir(parents=True)
    rows, splits = [], []
    for number in range(1, len(KINDS) * PER_KIND + 1):
        name = f"{number:06}.jpg"
        labels = {*KINDS[(number - 1) // PER_KIND], "No_Beard"}
        rows.append(f"{name} {' '.join('1' if label in labels else '-1' for label in LABELS)}")
        splits.append(f"{name} {SPLITS[(number - 1) % PER_KIND]}")
        Image.new("RGB", (178, 218), (10 * number, 90, 90)).save(root / "Img/img_align_celeba" / name)
        Image.new("RGB", (400, 300), (10 * number, 90, 90)).save(root / "Img/img_celeba" / name)
    head = [str(len(rows)), " ".join(LABELS)]
    (root / "Anno" / "list_attr_celeba.txt").write_text("\n".join(head + rows) + "\n")
    (root / "Eval" / "list_eval_partition.txt").write_text("\n".join(splits) + "\n")
    return root

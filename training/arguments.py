"""Types of command-line arguments that several commands share."""

import argparse
import re
from collections.abc import Callable

from prompt_engine.seeds import LARGEST_SEED


def whole_number(lowest: int, highest: int) -> Callable[[str], int]:
    """The type of an argument that is a whole number in a range."""

    def read(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is no whole number") from None
        if not lowest <= value <= highest:
            raise argparse.ArgumentTypeError(f"{value} is not from {lowest:,} to {highest:,}")
        return value

    return read


def gigabytes(text: str) -> float:
    """The type of an argument that is a memory's size, such as 24gb."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?) ?gi?b?", text.strip().lower())
    if not found or not float(found[1]):
        raise argparse.ArgumentTypeError(f"{text!r} is no size of a card: write it like 24gb")
    return float(found[1])


seed_number = whole_number(0, LARGEST_SEED)

"""Types of command-line arguments that several commands share."""

import argparse
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


seed_number = whole_number(0, LARGEST_SEED)

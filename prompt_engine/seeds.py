"""The seeds that everything here takes, and draws: one printed in a shell can be used in the page."""

import secrets

LARGEST_SEED = 2**31 - 1


def draw_seed() -> int:
    """A fresh random seed."""
    return secrets.randbelow(LARGEST_SEED + 1)

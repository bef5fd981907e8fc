"""The seeds that everything here takes, and draws: one printed in a shell can be used in the page."""

import hashlib
import secrets

LARGEST_SEED = 2**31 - 1


def draw_seed() -> int:
    """A fresh random seed."""
    return secrets.randbelow(LARGEST_SEED + 1)


def derived_seed(*parts: int | str) -> int:
    """A 63-bit seed that is a function of its parts alone: the same on any machine, in any process."""
    digest = hashlib.blake2b("/".join(map(str, parts)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1

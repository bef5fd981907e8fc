"""How long a job may run, as people write it."""

from __future__ import annotations

import argparse
import re

SECONDS = {"m": 60, "h": 3600, "d": 86400}
LEAST_S, MOST_S = 600, 14 * 86400  # what installs itself first gets nowhere in less than ten minutes


def duration(text: str) -> int:
    """The type of an argument such as `90m`, `6h`, `1.5h` or `2d`, in seconds."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([mhd])", text.strip())
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no duration: write 90m, 6h or 2d")
    seconds = round(float(match[1]) * SECONDS[match[2]])
    if not LEAST_S <= seconds <= MOST_S:
        raise argparse.ArgumentTypeError(f"{text} is not from 10m to 14d")
    return seconds

"""What cards can multiply at most, to set what is reached beside it."""

from __future__ import annotations

from collections.abc import Mapping

# Dense bfloat16 products with float32 sums, TFLOP/s. Source: NVIDIA's data sheets.
PEAK_TFLOPS: Mapping[str, float] = {
    "B200": 2250.0,
    "H200": 989.0,
    "H100": 989.0,
    "H100 NVL": 835.0,
    "H100 PCIe": 756.0,
    "A100": 312.0,
    "L40S": 362.0,
    "L4": 121.0,
    "A10": 125.0,
    "RTX 6000 Ada": 364.0,
    "RTX A6000": 155.0,
    "GeForce RTX 4090": 165.0,
    "GeForce RTX 3090": 71.0,
}


def peak_tflops(name: str) -> float | None:
    """The peak of a card by its driver's name, such as "NVIDIA H100 80GB HBM3"; None if unknown."""
    words = name.split()
    fitting = [card for card in PEAK_TFLOPS if _contains(words, card.split())]
    return PEAK_TFLOPS[max(fitting, key=len)] if fitting else None


def _contains(words: list[str], part: list[str]) -> bool:
    # Whole words: an L4 is no L40S. A100 and H100 are followed by memory and form, joined with hyphens.
    plain = [piece for word in words for piece in word.split("-")]
    return all(each in plain for each in part)

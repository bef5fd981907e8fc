"""Procedural pictures with the statistics of photographs: dead leaves over coloured 1/f noise.

Source: Baradad et al., "Learning to See by Looking at Noise", NeurIPS 2021, section 3.
"""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter


def texture(size_px: int, rng: np.random.Generator) -> np.ndarray:
    """One picture: (size_px, size_px, 3) uint8."""
    leaves = _dead_leaves(size_px, rng)
    noise = _coloured_noise(size_px, rng)
    share = rng.uniform(0.15, 0.85)
    pixels = leaves * (1 - share) + noise * share
    return (np.clip(pixels, 0, 1) * 255).astype(np.uint8)


def _dead_leaves(size_px: int, rng: np.random.Generator) -> np.ndarray:
    image = Image.new("RGB", (size_px, size_px), tuple(rng.integers(0, 256, 3).tolist()))
    pen = ImageDraw.Draw(image)
    base = rng.integers(0, 256, 3)
    for radius in sorted(rng.pareto(1.3, 60) * size_px / 24 + 1, reverse=True):
        x, y = rng.uniform(0, size_px, 2)
        colour = np.clip(base + rng.normal(0, 70, 3), 0, 255).astype(int)
        corners = np.stack([x + radius * np.cos(_corners(rng)), y + radius * np.sin(_corners(rng))], axis=1)
        pen.polygon([tuple(corner) for corner in corners.tolist()], fill=tuple(colour.tolist()))
    blurred = image.filter(ImageFilter.GaussianBlur(rng.uniform(0, 1.6)))
    return np.asarray(blurred, dtype=np.float32) / 255.0


def _corners(rng: np.random.Generator) -> np.ndarray:
    return np.linspace(0, 2 * np.pi, 9)[:-1] + rng.uniform(-0.2, 0.2)


def _coloured_noise(size_px: int, rng: np.random.Generator) -> np.ndarray:
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(size_px), np.fft.fftfreq(size_px)))
    fall = 1.0 / np.maximum(frequency, 1 / size_px) ** rng.uniform(0.8, 2.0)
    planes = [
        np.fft.ifft2(np.fft.fft2(rng.standard_normal((size_px, size_px))) * fall).real for _ in range(3)
    ]
    stacked = np.stack([plane / plane.std() for plane in planes], axis=-1)
    mixing = np.eye(3) * 0.3 + rng.uniform(0.5, 1.0)  # channels of photographs rise and fall together
    return ((stacked @ mixing) * rng.uniform(0.08, 0.2) + rng.uniform(0.2, 0.8, 3)).astype(np.float32)

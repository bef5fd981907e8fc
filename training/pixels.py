"""Images as what a model reads."""

import numpy as np
import torch
from torch import Tensor


def to_pixels(images: np.ndarray) -> Tensor:
    """(b, h, w, 3) uint8 → (b, 3, h, w) float32 in [-1, 1], channels last in memory."""
    pixels = torch.from_numpy(np.ascontiguousarray(images)).permute(0, 3, 1, 2).float() / 127.5 - 1.0
    return pixels.contiguous(memory_format=torch.channels_last)

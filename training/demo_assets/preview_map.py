"""Fits the demo model's map from latents to colours: `python -m training.demo_assets.preview_map` prints it.

The table stands in `generation/rendering/preview_maps.py`; it is made again whenever the autoencoder is.
"""

from __future__ import annotations

import numpy as np
import torch

from generation.demo_model import SIZE_PX
from generation.loading.pipelines import IMAGE_PARTS, load_pipeline
from generation.models import model_spec
from generation.rendering.preview_maps import PreviewMap
from training.demo_assets.people import draw_people
from training.demo_assets.transformer import encode_images

PORTRAITS = 400  # of each look
SEED = 29


def fit_preview_map(latents: torch.Tensor, images: np.ndarray) -> PreviewMap:
    """The least squares from `latents` (b, 16, h, w) to the colours of `images` (b, H, W, 3), 0 to 255.

    A latent stands for the mean colour, -1 to 1, of the pixels that it covers.
    """
    size = images.shape[1] // latents.shape[-1]
    colours = torch.from_numpy(images).permute(0, 3, 1, 2).float() / 127.5 - 1
    means = torch.nn.functional.avg_pool2d(colours, size).movedim(1, -1).reshape(-1, 3)
    values = latents.movedim(1, -1).reshape(-1, latents.shape[1])
    values = torch.cat([values, torch.ones(len(values), 1)], dim=1)
    table = torch.linalg.lstsq(values, means).solution.tolist()
    return PreviewMap(tuple(map(tuple, table[:-1])), tuple(table[-1]))


def fit_demo_map(portraits: int = PORTRAITS, seed: int = SEED) -> PreviewMap:
    """The map of the bundled autoencoder, from drawn portraits of both looks."""
    drawn = [draw_people(portraits, look, SIZE_PX, seed)[0] for look in ("flat", "photographic")]
    images = np.concatenate(drawn)
    autoencoder = load_pipeline(model_spec("demo"), "cpu", parts=IMAGE_PARTS).vae
    return fit_preview_map(encode_images(autoencoder, images), images)


def _print(fitted: PreviewMap) -> None:
    for row in (*fitted.factors, fitted.bias):
        print(f"({', '.join(f'{value:.4f}' for value in row)}),")


if __name__ == "__main__":
    _print(fit_demo_map())

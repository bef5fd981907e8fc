"""The way into latents is the way back that pictures take."""

from __future__ import annotations

import numpy as np
import torch

from generation.loading.pipelines import load_pipeline
from generation.models import model_spec
from generation.render import decode
from training.dataset import open_faces, pixels_of
from training.encoders import encode_pixels


def test_a_face_that_is_encoded_is_decoded_as_that_face() -> None:
    pipeline = load_pipeline(model_spec("demo"), torch.device("cpu"))
    # So far from 0 and 1 that leaving either out shows.
    pipeline.vae.register_to_config(shift_factor=0.5, scaling_factor=4.0)
    pixels = pixels_of(open_faces("drawn:photographic").face(0).image, 96)
    (image,) = decode(pipeline, encode_pixels(pipeline.vae, pixels[None]))
    seen = torch.from_numpy(np.array(image)).permute(2, 0, 1) / 127.5 - 1.0
    assert (seen - pixels).abs().mean() < 0.05

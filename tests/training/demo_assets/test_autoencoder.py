"""The demo model's autoencoder: what its training changes, and what it leaves as it was."""

from pathlib import Path

import torch

from generation.demo_model import build_autoencoder
from training.demo_assets.autoencoder import AutoencoderSettings, train_autoencoder
from training.demo_assets.people import draw_people


def test_training_the_decoder_alone_leaves_the_encoder_as_it_was(tmp_path: Path) -> None:
    model = build_autoencoder()
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    images, _ = draw_people(2, "flat", 64, seed=0)
    train_autoencoder(
        model, images, AutoencoderSettings(steps=2, batch=2, decoder_only=True), tmp_path / "state"
    )
    changed = {name for name, weight in model.state_dict().items() if not torch.equal(weight, before[name])}
    assert changed == {name for name in before if name.startswith("decoder.")}

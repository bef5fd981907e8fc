"""The registry holds what the rest relies on."""

from __future__ import annotations

import pytest

from generation.models import MODELS, ModelSpec


@pytest.mark.parametrize("spec", MODELS.values(), ids=lambda spec: spec.key)
def test_defaults_are_within_their_own_ranges(spec: ModelSpec) -> None:
    assert spec.steps_range[0] <= spec.steps <= spec.steps_range[1]
    assert spec.guidance_range[0] <= spec.guidance <= spec.guidance_range[1]
    assert spec.size_px in spec.sizes_px
    # The autoencoder shrinks by 8 and the transformer reads patches of 2.
    assert all(size % 16 == 0 for size in spec.sizes_px)


def test_official_models_are_named_by_their_hub_ids() -> None:
    official = {spec.repo for spec in MODELS.values() if not spec.bundled}
    assert official == {
        f"stabilityai/stable-diffusion-3.5-{name}" for name in ("medium", "large", "large-turbo")
    }
    assert [key for key, spec in MODELS.items() if spec.bundled] == ["demo"]

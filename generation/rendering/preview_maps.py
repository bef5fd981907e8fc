"""Linear maps from latents to colours: what a preview shows without an autoencoder, as data."""

from __future__ import annotations

from dataclasses import dataclass

Colour = tuple[float, ...]


@dataclass(frozen=True)
class PreviewMap:
    """Red, green and blue, -1 to 1, that one of each latent channel adds, and those of latents of 0."""

    factors: tuple[Colour, ...]
    bias: Colour = (0.0, 0.0, 0.0)


# Fitted by `python -m training.demo_assets.preview_map` on 800 drawn portraits and the bundled autoencoder.
DEMO = PreviewMap(
    factors=(
        (0.0090, 0.0193, 0.0077),
        (-0.0542, -0.0086, -0.0436),
        (0.0521, -0.0172, -0.0430),
        (-0.0548, -0.1336, -0.0382),
        (-0.0676, -0.0791, -0.1188),
        (-0.0666, -0.0307, 0.0835),
        (-0.0034, 0.0121, 0.0694),
        (-0.1005, -0.1270, -0.0617),
        (-0.0388, 0.0231, 0.0418),
        (0.0689, 0.0072, -0.0074),
        (0.0320, -0.0586, -0.0080),
        (-0.1032, 0.0451, -0.0244),
        (-0.0219, 0.0249, 0.0534),
        (0.0517, -0.0352, -0.1165),
        (0.0775, 0.0499, 0.0373),
        (-0.0780, -0.0010, -0.0343),
    ),
    bias=(0.1329, 0.0739, 0.0241),
)

# Source: github.com/Stability-AI/sd3.5 at 8df03ab3ac98, sd3_impls.py, `decode_latent_to_preview` (MIT).
SD35 = PreviewMap(
    factors=(
        (-0.0645, 0.0177, 0.1052),
        (0.0028, 0.0312, 0.0650),
        (0.1848, 0.0762, 0.0360),
        (0.0944, 0.0360, 0.0889),
        (0.0897, 0.0506, -0.0364),
        (-0.0020, 0.1203, 0.0284),
        (0.0855, 0.0118, 0.0283),
        (-0.0539, 0.0658, 0.1047),
        (-0.0057, 0.0116, 0.0700),
        (-0.0412, 0.0281, -0.0039),
        (0.1106, 0.1171, 0.1220),
        (-0.0248, 0.0682, -0.0481),
        (0.0815, 0.0846, 0.1207),
        (-0.0120, -0.0055, -0.0867),
        (-0.0749, -0.0634, -0.0456),
        (-0.1418, -0.1457, -0.1259),
    )
)


def preview_map(model: str) -> PreviewMap:
    """The map for a model's latents, by its key."""
    return DEMO if model == "demo" else SD35

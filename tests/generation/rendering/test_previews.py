"""Previews come at once, cost little, and look like what becomes of them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import AutoencoderTiny, StableDiffusion3Pipeline
from PIL import Image

from generation.compare import compare
from generation.events import ARMS, Comparison, Event, Finished, Preview, Progress
from generation.loading.pipelines import IMAGE_PARTS, load_pipeline
from generation.models import model_spec
from generation.recipe import Recipe
from generation.render import decode
from generation.rendering import previews
from generation.rendering.denoising import Step
from generation.rendering.preview_maps import DEMO, SD35
from generation.rendering.previews import EVERY_S, SHARE, Previewer, linear_decode
from training.demo_assets.preview_map import fit_demo_map, fit_preview_map


@pytest.fixture(scope="module")
def autoencoder() -> StableDiffusion3Pipeline:
    """The bundled demo model, of which only the autoencoder is loaded."""
    return load_pipeline(model_spec("demo"), "cpu", parts=IMAGE_PARTS)


def told(recipe: Recipe, pipeline: StableDiffusion3Pipeline) -> tuple[list[Event], Comparison]:
    *events, last = compare(recipe, pipeline)
    assert isinstance(last, Finished)
    return events, last.comparison


def test_both_arms_are_seen_after_the_first_step(recipe: Recipe, pipeline: StableDiffusion3Pipeline) -> None:
    events, _ = told(recipe, pipeline)
    first = [event for event in events if isinstance(event, Preview)][:2]
    assert [(preview.arm, preview.step) for preview in first] == [(arm, 1) for arm in ARMS]
    assert all(preview.image.size == (12, 12) and preview.image.mode == "RGB" for preview in first)
    assert first[0].image.tobytes() != first[1].image.tobytes()
    assert not any(isinstance(event, Progress) and event.step > 1 for event in events[:4])


def test_what_is_foreseen_at_the_end_is_the_end() -> None:
    latents, velocity = torch.randn(2, 1, 16, 4, 4)
    assert torch.equal(Step(latents, velocity, 0.0).foreseen, latents)
    torch.testing.assert_close(Step(latents, velocity, 0.5).foreseen, latents - velocity / 2)


def test_the_demo_map_shows_what_the_autoencoder_shows(autoencoder: StableDiffusion3Pipeline) -> None:
    example = Path(previews.__file__).parents[2] / "assets" / "examples" / "fine-tuned.png"
    with Image.open(example) as opened:
        pixels = torch.from_numpy(np.array(opened.convert("RGB"))).movedim(-1, 0)[None] / 127.5 - 1
    config = autoencoder.vae.config
    with torch.no_grad():
        mean = autoencoder.vae.encode(pixels).latent_dist.mean
    latents = (mean - config.shift_factor) * config.scaling_factor
    preview = ((linear_decode(DEMO)(latents)[0] + 1) * 127.5).clamp(0, 255)
    small = np.asarray(decode(autoencoder, latents)[0].resize((12, 12), Image.Resampling.BOX), float)
    assert np.abs(preview.movedim(0, -1).numpy() - small).mean() < 12


def test_the_demo_map_is_the_one_that_is_fitted() -> None:
    fitted = fit_demo_map(portraits=60, seed=5)
    torch.manual_seed(0)
    latents = torch.randn(8, 16, 12, 12)  # the deviation that the latents of portraits have
    difference = (linear_decode(fitted)(latents) - linear_decode(DEMO)(latents)).abs().mean()
    unlike = (linear_decode(SD35)(latents) - linear_decode(DEMO)(latents)).abs().mean()
    assert difference < 0.06 < 0.3 < unlike


def test_a_linear_image_is_fitted_exactly() -> None:
    torch.manual_seed(0)
    latents = torch.rand(3, 16, 6, 6)
    levels = ((linear_decode(DEMO)(latents) + 1) * 127.5).clamp(0, 255).round().byte()
    images = levels.repeat_interleave(8, 2).repeat_interleave(8, 3).movedim(1, -1).numpy()
    fitted = fit_preview_map(latents, images)
    torch.testing.assert_close(torch.tensor(fitted.factors), torch.tensor(DEMO.factors), rtol=0, atol=0.02)


@pytest.mark.parametrize("cost_s", [0.001, 0.05])
def test_previews_take_no_more_than_their_share(pipeline: StableDiffusion3Pipeline, cost_s: float) -> None:
    ticks = count()  # each look at the clock takes as long as a preview does

    previewer = Previewer(pipeline, model_spec("demo"), clock=lambda: next(ticks) * cost_s)
    step = Step(torch.randn(2, 16, 12, 12), torch.randn(2, 16, 12, 12), 0.5)
    made = [bool(previewer.images(step)) for _ in range(800)]
    elapsed_s = next(ticks) * cost_s
    assert made[0] and sum(made) >= 3
    assert sum(made) * cost_s <= SHARE * elapsed_s + 2 * cost_s
    assert sum(made) <= elapsed_s / EVERY_S + 1


@pytest.fixture
def taesd3(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A small autoencoder of TAESD3's class where that would lie."""
    torch.manual_seed(0)
    AutoencoderTiny(
        encoder_block_out_channels=(8, 8, 8, 8),
        decoder_block_out_channels=(8, 8, 8, 8),
        latent_channels=16,
        shift_factor=0.0,
    ).save_pretrained(tmp_path / "taesd3")
    monkeypatch.setattr(previews, "TINY_AUTOENCODER", str(tmp_path / "taesd3"))
    previews._tiny_decode.cache_clear()
    yield
    previews._tiny_decode.cache_clear()


def test_taesd3_is_used_where_it_is_here_and_for_sd_35_alone(
    pipeline: StableDiffusion3Pipeline, taesd3: None
) -> None:
    step = Step(torch.randn(1, 16, 64, 64), torch.zeros(1, 16, 64, 64), 0.5)
    assert Previewer(pipeline, model_spec("large")).images(step)[0].size == (256, 256)
    assert Previewer(pipeline, model_spec("demo")).images(step)[0].size == (64, 64)


def test_without_taesd3_sd_35_is_seen_by_its_map(
    pipeline: StableDiffusion3Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(previews, "TINY_AUTOENCODER", str(tmp_path / "absent"))
    previews._tiny_decode.cache_clear()
    step = Step(torch.full((1, 16, 64, 64), 1.0), torch.zeros(1, 16, 64, 64), 0.0)
    image = Previewer(pipeline, model_spec("large")).images(step)[0]
    expected = [round((1 + sum(row[colour] for row in SD35.factors)) * 127.5) for colour in range(3)]
    assert image.size == (64, 64)
    assert np.abs(np.asarray(image)[0, 0].astype(int) - expected).max() <= 1

"""A recipe to events, then to two portraits: one without the adapter, one with it."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import closing

from diffusers import StableDiffusion3Pipeline
from PIL.Image import Image

from generation.adapters import check_attached
from generation.events import ARMS, Arm, Comparison, Event, Finished, Progress
from generation.recipe import Recipe
from generation.render import (
    Encode,
    Sampling,
    Scene,
    decode,
    denoise,
    encode_prompts,
    encode_scene,
    rendering,
)


def compare(
    recipe: Recipe, pipeline: StableDiffusion3Pipeline, encode: Encode = encode_prompts
) -> Generator[Event, None, None]:
    """Make both portraits of a recipe from the same conditioning, noise and schedule.

    The pipeline must carry the adapter under `adapters.ADAPTER_NAME`: whichever is attached is used, the
    recipe's `adapter` only names it; `encode` may have the prompt's embeddings already. Closing the iterator
    stops before the next step; nothing stays changed in the pipeline.

    Raises:
        AdapterRejected: the pipeline carries no adapter of that name.
    """
    check_attached(pipeline)
    started = time.perf_counter()
    scene = encode_scene(pipeline, [recipe.prompt], [recipe.seed], Sampling.of(recipe), encode)
    encoded = time.perf_counter()
    images: dict[Arm, Image] = {}
    for arm in ARMS:
        images[arm] = yield from _render_arm(pipeline, scene, arm, recipe.adapter_scale, encoded)
    seconds = time.perf_counter() - started
    made_by = rendering(scene.noise.device, scene.noise.dtype)
    yield Finished(Comparison(recipe, images, seconds, made_by))


def _render_arm(
    pipeline: StableDiffusion3Pipeline, scene: Scene, arm: Arm, scale: float, encoded: float
) -> Generator[Progress, None, Image]:
    """Yield the progress of one arm and return its image."""
    steps = scene.sampling.steps
    with closing(denoise(pipeline, scene, arm, scale)) as states:
        for step, latents in enumerate(states, start=1):  # noqa: B007
            done = ARMS.index(arm) * steps + step
            elapsed = time.perf_counter() - encoded
            yield Progress(arm, step, steps, elapsed / done * (len(ARMS) * steps - done))
    return decode(pipeline, latents)[0]

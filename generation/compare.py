"""A recipe to events, then to its portraits: without the adapter, and with it."""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from contextlib import closing

from diffusers import StableDiffusion3Pipeline
from PIL.Image import Image

from generation.adapters.attached import ADAPTER_NAME, check_attached
from generation.adapters.rows import obstacle
from generation.events import ARMS, Arm, Comparison, Event, Finished, Preview, Progress
from generation.recipe import Recipe
from generation.render import Layout, decode, rendering, row_of
from generation.rendering.denoising import denoise
from generation.rendering.previews import Previewer
from generation.rendering.scene import Encode, Sampling, Scene, encode_prompts, encode_scene


def compare(
    recipe: Recipe,
    pipeline: StableDiffusion3Pipeline,
    arms: Sequence[Arm] = ARMS,
    encode: Encode = encode_prompts,
    adapter: str = ADAPTER_NAME,
    encoders: str | None = None,
) -> Generator[Event, None, None]:
    """Make the portraits of a recipe from the same conditioning, noise and schedule.

    `arms` are made in one batch where the adapter can be; a recipe without an adapter has vanilla alone. The
    pipeline must carry the adapter under the name `adapter`: the recipe's own only tells people which it is.
    `encode` may have the prompt's embeddings already, and `encoders` says what of the encoders changes
    numbers. Closing the iterator stops before the next step; nothing stays changed in the pipeline.

    Raises:
        AdapterRejected: the pipeline carries no adapter of that name.
    """
    arms = [arm for arm in ARMS if arm in arms and (arm == "vanilla" or recipe.adapter is not None)]
    if "fine_tuned" in arms:
        check_attached(pipeline, adapter)
    started = time.perf_counter()
    scene = encode_scene(pipeline, [recipe.prompt], [recipe.seed], Sampling.of(recipe), encode)
    layout = layout_of(pipeline, arms, adapter)
    images: dict[Arm, Image] = {}
    making = _Making(recipe, pipeline, scene, adapter, arms)
    for together in [arms] if layout == "batched" else [[arm] for arm in arms]:
        images |= yield from making.portraits(together)
    seconds = time.perf_counter() - started
    made_by = rendering(scene.noise.device, scene.noise.dtype, layout, encoders)
    yield Finished(Comparison(recipe, images, seconds, made_by))


def layout_of(pipeline: StableDiffusion3Pipeline, arms: Sequence[Arm], adapter: str = ADAPTER_NAME) -> Layout:
    """Whether these arms are made in one batch; `adapter_rows.obstacle` says why not."""
    rows = [row_of(arm, adapter=adapter) for arm in arms]
    return "batched" if obstacle(pipeline.transformer, rows) is None else "two passes"


class _Making:
    """Makes some arms after others, and tells how far all of them are."""

    def __init__(
        self,
        recipe: Recipe,
        pipeline: StableDiffusion3Pipeline,
        scene: Scene,
        adapter: str,
        arms: Sequence[Arm],
    ) -> None:
        self._pipeline = pipeline
        self._scene = scene
        self._rows = {arm: row_of(arm, recipe.adapter_scale, adapter) for arm in arms}
        self._previewer = Previewer(pipeline, recipe.spec)
        self._started = time.perf_counter()
        self._done = 0  # steps of all arms together

    def portraits(self, arms: Sequence[Arm]) -> Generator[Progress | Preview, None, dict[Arm, Image]]:
        """Yield the progress and the previews of some arms made together, and return their portraits."""
        rows = [self._rows[arm] for arm in arms]
        with closing(denoise(self._pipeline, self._scene.repeated(len(arms)), rows)) as states:
            for step, state in enumerate(states, start=1):
                self._done += len(arms)
                for arm in arms:
                    yield Progress(arm, step, self._scene.sampling.steps, self._seconds_left())
                previews = dict(zip(arms, self._previewer.images(state), strict=False))  # often none
                for arm, image in previews.items():
                    yield Preview(arm, step, image)
        return dict(zip(arms, decode(self._pipeline, state.latents), strict=True))

    def _seconds_left(self) -> float:
        elapsed, total = time.perf_counter() - self._started, len(self._rows) * self._scene.sampling.steps
        return elapsed / self._done * (total - self._done)

"""Step caching saves attention, in both arms alike, and only where a recipe asks for it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from diffusers import StableDiffusion3Pipeline

from generation.compare import compare
from generation.events import ARMS, Comparison, Finished, Progress
from generation.recipe import Recipe
from generation.rendering.step_caching import step_caching


@pytest.fixture
def recipe(recipe: Recipe) -> Recipe:
    """Enough steps for some to be foreseen."""
    return replace(recipe, steps=10)


def attentions(recipe: Recipe, pipeline: StableDiffusion3Pipeline) -> tuple[Comparison, int]:
    """The comparison, and how often the first block's attention was computed."""
    calls: list[int] = []
    layer = pipeline.transformer.transformer_blocks[0].attn.to_q
    hook = layer.register_forward_hook(lambda *_: calls.append(1))
    *_, last = compare(recipe, pipeline)
    hook.remove()
    assert isinstance(last, Finished)
    return last.comparison, len(calls)


def test_attention_is_computed_at_some_steps_and_pictures_stay_near(
    recipe: Recipe, pipeline: StableDiffusion3Pipeline
) -> None:
    plain, all_steps = attentions(recipe, pipeline)
    cached, some = attentions(replace(recipe, step_caching="taylorseer"), pipeline)
    assert (all_steps, some) == (10, 6)  # the first three, every third after, and the last
    for arm in ARMS:
        one, other = (np.asarray(each.image(arm), float) for each in (plain, cached))
        assert 0 < np.abs(one - other).mean() < 10


def test_it_begins_anew_each_time_and_leaves_no_trace(
    recipe: Recipe, pipeline: StableDiffusion3Pipeline
) -> None:
    cached = replace(recipe, step_caching="taylorseer")
    plain, first = attentions(recipe, pipeline)[0], attentions(cached, pipeline)[0]
    events = compare(cached, pipeline)
    while not (isinstance(event := next(events), Progress) and event.step == 5):
        pass
    events.close()
    for again, expected in (
        (attentions(cached, pipeline)[0], first),
        (attentions(recipe, pipeline)[0], plain),
    ):
        assert [again.image(arm).tobytes() for arm in ARMS] == [expected.image(arm).tobytes() for arm in ARMS]
    left = [name for part in pipeline.transformer.modules() for name in vars(part) if name in TRACES]
    assert left == []


TRACES = ("forward", "_diffusers_hook")


def test_nothing_is_hooked_where_none_is_asked_for(pipeline: StableDiffusion3Pipeline) -> None:
    with step_caching(pipeline.transformer, None, steps=10):
        assert not any(hasattr(part, TRACES[1]) for part in pipeline.transformer.modules())

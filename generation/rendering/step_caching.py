"""Step caching: attention foreseen from earlier steps instead of computed; an opt-in that changes pixels."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from diffusers import SD3Transformer2DModel, TaylorSeerCacheConfig
from diffusers.hooks import apply_taylorseer_cache
from diffusers.hooks.hooks import CacheContext
from diffusers.hooks.taylorseer_cache import _TAYLORSEER_CACHE_HOOK

StepCaching = str | None  # a recipe's: None, or "taylorseer"

INTERVAL = 3  # after the first steps, every third is computed
FIRST_STEPS = 3  # so many are computed whole: the series needs them


@contextmanager
def step_caching(transformer: SD3Transformer2DModel, kind: StepCaching, steps: int) -> Iterator[None]:
    """Foresee, within, the attention of most of `steps` steps; begins anew each time, and leaves no trace.

    For all rows of a batch alike. None does nothing.
    Source: Liu et al., arXiv 2503.06923 (TaylorSeer); `diffusers.hooks.taylorseer_cache`.
    """
    if kind is None:
        yield
        return
    # What `enable_cache` and `cache_context` do for other transformers: SD 3's has neither in diffusers 0.42.
    apply_taylorseer_cache(transformer, _configuration(steps))
    attentions = [module for module in transformer.modules() if hasattr(module, "_diffusers_hook")]
    try:
        for module in attentions:
            hook = module._diffusers_hook.get_hook(_TAYLORSEER_CACHE_HOOK)
            hook.state_manager.set_context(CacheContext(kind))
        yield
    finally:
        for module in attentions:
            module._diffusers_hook.remove_hook(_TAYLORSEER_CACHE_HOOK, recurse=False)
            del module._diffusers_hook, module.forward


def _configuration(steps: int) -> TaylorSeerCacheConfig:
    return TaylorSeerCacheConfig(
        cache_interval=INTERVAL,
        disable_cache_before_step=FIRST_STEPS,
        disable_cache_after_step=steps - 1,  # the last step is computed
        max_order=1,
        taylor_factors_dtype=torch.float32,
    )

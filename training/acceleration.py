"""Memory for time and time for memory: gradient checkpointing, and blocks compiled one by one."""

from __future__ import annotations

from diffusers import SD3Transformer2DModel

from training.config import RunConfig


def accelerate_blocks(transformer: SD3Transformer2DModel, run: RunConfig) -> None:
    """Switch on what the configuration asks for, in place; the adapter must be on already.

    Each block is compiled on its own, and blocks that are alike share what was compiled: diffusers'
    `compile_repeated_blocks` knows none of SD 3's in 0.42.
    """
    if run.gradient_checkpointing:
        transformer.enable_gradient_checkpointing()
    if run.compile:
        for block in transformer.transformer_blocks:
            block.compile()

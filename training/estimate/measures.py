"""What rehearsals have shown, each kept: looking for settings that fit asks the same again and again."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import torch
from diffusers import SD3Transformer2DModel
from torch import nn

from training.config import LoraSettings
from training.estimate.architectures import Architecture
from training.estimate.decoding import Decoding, rehearse_decoding
from training.estimate.four_bits import pretend_4bit
from training.estimate.rehearsal import Rehearsal, Shape, Work
from training.estimate.weights import Weights, count_weights
from training.lora import attach_lora

GUIDED_IMAGES = 2  # a guided picture is predicted with its prompt and with the empty one, at once


@dataclass(frozen=True)
class Case:
    """A model with its adapter on a kind of device, its base in this type or packed to compute in it."""

    architecture: Architecture
    lora: LoraSettings
    device: str
    dtype: torch.dtype
    quantization: str = "none"

    def __hash__(self) -> int:
        return hash(repr(self))  # settings are mappings, which have no hash of their own


def weights_of(case: Case) -> Weights:
    """How many weights there are."""
    return _rehearse(case)[0]


@lru_cache(maxsize=256)
def activations_bytes(case: Case, shape: Shape) -> int:
    """What a step of learning holds at its fullest besides weights and gradients."""
    return _rehearse(case)[1].activations_bytes(shape)


@lru_cache(maxsize=256)
def prediction_bytes(case: Case, images: int, size_px: int, precision: str) -> int:
    """What predicting without learning holds at its fullest besides weights."""
    return _rehearse(case)[1].looking_bytes(Shape(images, size_px, precision, checkpointing=False))


@lru_cache(maxsize=256)
def work(case: Case, size_px: int, precision: str) -> Work:
    """The work on one image."""
    return _rehearse(case)[1].work(Shape(1, size_px, precision, checkpointing=False))


@lru_cache(maxsize=256)
def decoding(case: Case, size_px: int) -> Decoding:
    """What making a picture of latents takes."""
    return rehearse_decoding(case.architecture.autoencoder, size_px, case.dtype, case.device)


@lru_cache(maxsize=32)
def _rehearse(case: Case) -> tuple[Weights, Rehearsal]:
    with torch.device("meta"):  # the adapter too: drawing its numbers would take longer than the rest
        transformer = SD3Transformer2DModel.from_config(case.architecture.transformer)
        nn.Module.to(transformer, case.dtype)  # diffusers' own `to` warns about nothing
        attach_lora(transformer, case.lora, seed=0)
    weights = count_weights(transformer)
    if case.quantization != "none":
        pretend_4bit(transformer)
    return weights, Rehearsal(transformer, case.architecture, case.device)

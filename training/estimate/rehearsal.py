"""One step of a run, gone through without weights: the memory it takes at its fullest, and the work."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

import torch
from diffusers import SD3Transformer2DModel
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode

from training.config import LATENT_PX, PATCH_PX
from training.estimate.architectures import Architecture
from training.estimate.live_memory import LiveMemory
from training.estimate.operations import Operations
from training.estimate.pretence import checkpointing, habits_of
from training.flow_matching import flow_matching_loss


@dataclass(frozen=True)
class Shape:
    """What a step works on: images at once, their size, how exact, whether blocks go forward twice."""

    images: int
    size_px: int
    precision: str
    checkpointing: bool


@dataclass(frozen=True)
class Work:
    """Floating point operations for one image: a forward pass, a backward pass, all blocks forward."""

    forward: float
    backward: float
    blocks: float

    def of_step(self, checkpointing: bool) -> float:
        """The operations of one image in training; with checkpointing, blocks go forward twice."""
        return self.forward + self.backward + (self.blocks if checkpointing else 0.0)


class Rehearsal:
    """A transformer without weights, its adapter on it; one block of each kind stands for all alike."""

    def __init__(self, transformer: SD3Transformer2DModel, architecture: Architecture, device: str) -> None:
        """`transformer` is on the meta device, and is changed: it loses the blocks that are like others."""
        self.architecture, self.device = architecture, device
        self._copies = _keep_one_of_each(transformer)
        self._fake = FakeTensorMode(allow_non_fake_inputs=True)
        with self._fake:
            self.transformer = transformer.to_empty(device="cpu").train()
            for parameter in transformer.parameters():
                # Gradients are counted whole, with the adapter: those made here would be counted again.
                parameter.grad = torch.empty_like(parameter) if parameter.requires_grad else None

    def activations_bytes(self, shape: Shape) -> int:
        """The most that one step holds besides weights, gradients and the optimizer's state."""
        memory = self._following()
        self._checkpoint(shape)
        handles = [
            handle
            for block, copies in zip(self.transformer.transformer_blocks, self._copies, strict=True)
            for handle in _counting(block, memory, copies)
        ]
        with self._fake, memory, habits_of(self.device):
            loss = self._loss(shape)
            for handle in handles:
                handle.remove()
            memory.forward_is_done()
            loss.backward()
        return memory.peak_bytes

    def looking_bytes(self, shape: Shape) -> int:
        """The most that a forward pass without gradients holds besides weights."""
        memory = self._following()
        with torch.no_grad(), self._fake, memory, habits_of(self.device):
            self._loss(shape)
        return memory.peak_bytes

    def work(self, shape: Shape) -> Work:
        """The work on one image of this size."""
        shape = replace(shape, images=1, checkpointing=False)
        self._checkpoint(shape)
        blocks = [self._block_work(index, shape) for index in range(len(self._copies))]
        with self._fake, habits_of(self.device):
            forward, backward = _operations(lambda: self._loss(shape))
        return Work(
            forward + self._more(forward for forward, _ in blocks),
            backward + self._more(backward for _, backward in blocks),
            sum(copies * forward for copies, (forward, _) in zip(self._copies, blocks, strict=True)),
        )

    def _more(self, operations: Iterable[float]) -> float:
        """What the blocks that were left out would add."""
        return sum((copies - 1) * each for copies, each in zip(self._copies, operations, strict=True))

    def _block_work(self, index: int, shape: Shape) -> tuple[float, float]:
        width, dtype = self.architecture.transformer["caption_projection_dim"], self.transformer.dtype
        tokens = ((shape.size_px // PATCH_PX) ** 2, self.architecture.text_tokens)
        with self._fake, habits_of(self.device), _exactness(shape):
            streams = [torch.empty(1, each, width, dtype=dtype, requires_grad=index > 0) for each in tokens]
            block, time = self.transformer.transformer_blocks[index], torch.empty(1, width, dtype=dtype)
            return _operations(lambda: sum(each.sum() for each in block(*streams, time) if each is not None))

    def _following(self) -> LiveMemory:
        memory = LiveMemory()
        weights = [*self.transformer.parameters(), *self.transformer.buffers()]
        memory.leave_out([*weights, *(each.grad for each in weights if each.grad is not None)])
        return memory

    def _checkpoint(self, shape: Shape) -> None:
        if shape.checkpointing:
            self.transformer.enable_gradient_checkpointing(checkpointing(self.device))
        else:
            self.transformer.disable_gradient_checkpointing()

    def _loss(self, shape: Shape) -> torch.Tensor:
        settings, side = self.architecture.transformer, shape.size_px // LATENT_PX
        images, tokens = shape.images, self.architecture.text_tokens
        latents = torch.empty(images, settings["in_channels"], side, side)
        with _exactness(shape):
            velocity = self.transformer(
                hidden_states=torch.empty_like(latents),
                timestep=torch.empty(images),
                encoder_hidden_states=torch.empty(images, tokens, settings["joint_attention_dim"]),
                pooled_projections=torch.empty(images, settings["pooled_projection_dim"]),
                return_dict=False,
            )[0]
        return flow_matching_loss(velocity, latents, torch.empty_like(latents)).mean()


def _exactness(shape: Shape) -> AbstractContextManager[None]:
    return torch.autocast("cpu", torch.bfloat16, enabled=shape.precision == "bfloat16")


def _operations(result: Callable[[], torch.Tensor]) -> tuple[float, float]:
    """Floating point operations of the forward and of the backward pass."""
    with Operations() as counter:
        value = result()
        forward = counter.total
        if value.requires_grad:  # the first block, where it does not learn, has no backward pass
            value.backward()
    return forward, counter.total - forward


def _keep_one_of_each(transformer: SD3Transformer2DModel) -> list[int]:
    """Leave one block of each kind, in their order; give for how many each stands."""
    kinds = [_kind(index, block) for index, block in enumerate(transformer.transformer_blocks)]
    counts, first = Counter(kinds), dict(zip(reversed(kinds), reversed(range(len(kinds))), strict=True))
    kept = sorted(first.values())
    transformer.transformer_blocks = nn.ModuleList(transformer.transformer_blocks[index] for index in kept)
    return [counts[kinds[index]] for index in kept]


def _kind(index: int, block: nn.Module) -> Hashable:
    # The first has nothing before it that learns; the last throws its text stream away.
    learns = any(parameter.requires_grad for parameter in block.parameters())
    return index == 0, block.use_dual_attention, block.context_pre_only, learns


def _counting(block: nn.Module, memory: LiveMemory, copies: int) -> list:
    def enter(*_: object) -> None:
        memory.copies = copies

    def leave(*_: object) -> None:
        memory.copies = 1

    return [block.register_forward_pre_hook(enter), block.register_forward_hook(leave)]

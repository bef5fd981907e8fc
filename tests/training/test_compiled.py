"""Blocks that were compiled for learning stay so, whatever is saved and looked at in between."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import SD3Transformer2DModel

from tests.training.test_lora import inputs, tiny_transformer
from training.acceleration import accelerate_blocks
from training.adapter_file import save_adapter
from training.config import LoraSettings, RunConfig
from training.lora import attach_lora


class Counting:
    """A backend that runs what dynamo found as it is, and counts how often."""

    calls = 0
    graphs = 0

    def __call__(self, graph: torch.fx.GraphModule, _inputs: list[torch.Tensor]) -> Callable[..., Any]:
        self.graphs += 1

        def run(*values: torch.Tensor) -> Any:
            self.calls += 1
            return graph(*values)

        return run


@pytest.fixture
def backend(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counting]:
    counting, compile_module = Counting(), torch.nn.Module.compile
    monkeypatch.setattr(torch.nn.Module, "compile", lambda self: compile_module(self, backend=counting))
    torch.compiler.reset()
    yield counting
    torch.compiler.reset()


def learn(transformer: SD3Transformer2DModel) -> None:
    transformer(**inputs(), return_dict=False)[0].square().mean().backward()


def test_saving_and_looking_leave_compiled_blocks_as_they_are(backend: Counting, tmp_path: Path) -> None:
    transformer = tiny_transformer(dual_attention=True)
    attach_lora(transformer, LoraSettings(rank=2), seed=0)
    accelerate_blocks(transformer, RunConfig(compile=True))
    learn(transformer)
    blocks, graphs = backend.calls, backend.graphs
    assert blocks >= len(transformer.transformer_blocks)
    for turn in range(12):  # more than torch's limit of recompilations
        save_adapter(transformer, tmp_path / str(turn), {})
        with torch.compiler.set_stance("force_eager"), torch.no_grad():
            transformer(**inputs(), return_dict=False)
        backend.calls = 0
        learn(transformer)
        assert backend.calls == blocks
    assert backend.graphs == graphs

"""All that learning changes: the adapter's weights, the optimizer's memory of them, and their average."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers.training_utils import EMAModel
from torch import nn
from torch.optim import Optimizer

from training.errors import RunError

# How an optimizer computes, not what: a run may go on on another kind of device.
_OF_THIS_MACHINE = ("fused", "foreach", "capturable")
_SEPARATOR = "|"  # occurs in no parameter's name

Tensors = dict[str, torch.Tensor]


@dataclass(frozen=True)
class Learned:
    """Parameters by name, always in the same order, their optimizer, and their average if one is kept."""

    parameters: Mapping[str, nn.Parameter]
    optimizer: Optimizer
    average: EMAModel | None

    def follow(self) -> None:
        """Let the average follow the weights, after each step."""
        if self.average is not None:
            self.average.step(self.parameters.values())

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """Have the average in place of the weights, where one is kept."""
        if self.average is None:
            yield
            return
        self.average.store(self.parameters.values())
        self.average.copy_to(self.parameters.values())
        try:
            yield
        finally:
            self.average.restore(self.parameters.values())

    def pack(self) -> tuple[Tensors, dict[str, Any]]:
        """Everything as tensors by name, and as numbers that JSON keeps exactly."""
        tensors = {f"weight{_SEPARATOR}{name}": each for name, each in self.parameters.items()}
        state: dict[str, dict[str, Any]] = {}
        for name, parameter in self.parameters.items():
            for key, value in self.optimizer.state[parameter].items():
                if isinstance(value, torch.Tensor):
                    tensors[f"optimizer.{key}{_SEPARATOR}{name}"] = value
                else:
                    state.setdefault(name, {})[key] = value
        groups = [
            {key: _plain(value) for key, value in group.items() if key != "params"}
            for group in self.optimizer.param_groups
        ]
        if self.average is None:
            return tensors, {"state": state, "groups": groups}
        for name, shadow in zip(self.parameters, self.average.shadow_params, strict=True):
            tensors[f"average{_SEPARATOR}{name}"] = shadow
        return tensors, {"state": state, "groups": groups, "averaged": self.average.optimization_step}

    def unpack(self, tensors: Tensors, numbers: Mapping[str, Any], path: Path) -> None:
        """Put back what `pack` gave, in place; `path` is named where it does not fit.

        Raises:
            RunError: it is of other parameters.
        """
        by_name = _by_name(tensors)
        shapes = {name: each["weight"].shape for name, each in by_name.items()}
        if shapes != {name: each.shape for name, each in self.parameters.items()}:
            raise RunError(f"{path} is of an adapter with other layers: start again with --overwrite")
        with torch.no_grad():
            for name, parameter in self.parameters.items():
                parameter.copy_(by_name[name].pop("weight"))
        self._unpack_average(by_name, numbers)
        self._unpack_optimizer(by_name, numbers)

    def _unpack_average(self, by_name: dict[str, Tensors], numbers: Mapping[str, Any]) -> None:
        shadows = {name: each.pop("average", None) for name, each in by_name.items()}
        if self.average is None or "averaged" not in numbers:
            return
        for name, shadow in zip(self.parameters, self.average.shadow_params, strict=True):
            shadow.copy_(shadows[name])
        self.average.optimization_step = numbers["averaged"]

    def _unpack_optimizer(self, by_name: dict[str, Tensors], numbers: Mapping[str, Any]) -> None:
        # By the optimizer's own loader: it knows which of its numbers belong on which device.
        state = {
            index: {
                **{key.removeprefix("optimizer."): value for key, value in by_name[name].items()},
                **numbers["state"].get(name, {}),
            }
            for index, name in enumerate(self.parameters)
        }
        groups = [
            {**saved, **{key: now[key] for key in (*_OF_THIS_MACHINE, "params") if key in now}}
            for saved, now in zip(numbers["groups"], self.optimizer.state_dict()["param_groups"], strict=True)
        ]
        filled = {index: each for index, each in state.items() if each}
        self.optimizer.load_state_dict({"state": filled, "param_groups": groups})


def _by_name(tensors: Tensors) -> dict[str, Tensors]:
    found: dict[str, Tensors] = {}
    for entry, tensor in tensors.items():
        key, _, name = entry.partition(_SEPARATOR)
        found.setdefault(name, {})[key] = tensor
    return found


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, torch.Tensor) else value

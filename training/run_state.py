"""Everything needed to go on with a run as if it had never stopped, in one file without pickles."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import nn
from torch.optim import Optimizer

from prompt_engine.whole_file import replacing
from training.errors import RunError

STATE_FILE = "training-state.safetensors"
SCHEMA = "3"
_SEPARATOR = "|"  # occurs in no parameter's name


@dataclass(frozen=True)
class RunState:
    """What a run is and how far it is, besides weights and optimizer.

    `config` is TOML, `material` what it only points to, `meter` the steps that are not reported yet.
    """

    step: int
    config: str
    material: Mapping[str, Any]
    meter: Mapping[str, Any]
    skipped_in_a_row: int


def save_state(
    folder: Path, parameters: dict[str, nn.Parameter], optimizer: Optimizer, state: RunState
) -> None:
    """Write weights, optimizer state and the state of the run."""
    tensors = {f"weight{_SEPARATOR}{name}": each.detach() for name, each in parameters.items()}
    for name, parameter in parameters.items():
        for key, value in optimizer.state[parameter].items():
            tensors[f"{key}{_SEPARATOR}{name}"] = value
    tensors = {name: tensor.cpu().contiguous() for name, tensor in tensors.items()}
    with replacing(folder / STATE_FILE) as beside:
        save_file(tensors, beside, metadata={"schema": SCHEMA, "run": json.dumps(asdict(state))})


def read_state(folder: Path) -> RunState:
    """The state of the run in this folder, without its weights.

    Raises:
        RunError: there is no run to go on with, or its state is damaged or of another version.
    """
    path = folder / STATE_FILE
    if not path.is_file():
        raise RunError(f"{folder} holds no run to resume: start one without --resume")
    try:
        with safe_open(path, "pt") as file:
            metadata = file.metadata() or {}
    except SafetensorError as error:
        raise RunError(f"{path} is damaged ({error}): start again with --overwrite") from error
    if metadata.get("schema") != SCHEMA:
        raise RunError(
            f"{path} has version {metadata.get('schema')}, this program reads {SCHEMA}: use --overwrite"
        )
    return RunState(**json.loads(metadata["run"]))


def load_weights(folder: Path, parameters: dict[str, nn.Parameter], optimizer: Optimizer) -> None:
    """Put saved weights and optimizer state back into parameters and optimizer, in place.

    The optimizer is of these parameters, in this order.

    Raises:
        RunError: the state is of an adapter with other layers.
    """
    state: dict[str, dict[str, torch.Tensor]] = {}
    with safe_open(folder / STATE_FILE, "pt") as file:
        for entry in file.keys():  # noqa: SIM118 - not a dict
            key, _, name = entry.partition(_SEPARATOR)
            state.setdefault(name, {})[key] = file.get_tensor(entry)
    if set(state) != set(parameters):
        raise RunError(
            f"{folder / STATE_FILE} is of an adapter with other layers: start again with --overwrite"
        )
    for name, parameter in parameters.items():
        parameter.data.copy_(state[name].pop("weight"))
    # By the optimizer's own loader: it knows which of its numbers belong on which device.
    moments = {index: state[name] for index, name in enumerate(parameters) if state[name]}
    optimizer.load_state_dict({**optimizer.state_dict(), "state": moments})

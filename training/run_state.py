"""Everything needed to go on with a run as if it had never stopped, in one file without pickles."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import nn
from torch.optim import Optimizer

from prompt_engine.whole_file import replacing
from training.errors import RunError

STATE_FILE = "training-state.safetensors"
SCHEMA = "1"
_SEPARATOR = "|"  # occurs in no parameter's name


def save_state(
    folder: Path, parameters: dict[str, nn.Parameter], optimizer: Optimizer, step: int, config: str
) -> None:
    """Write weights, optimizer state, the number of finished steps, and the configuration as TOML."""
    tensors = {f"weight{_SEPARATOR}{name}": each.detach() for name, each in parameters.items()}
    for name, parameter in parameters.items():
        for key, value in optimizer.state[parameter].items():
            tensors[f"{key}{_SEPARATOR}{name}"] = value
    tensors = {name: tensor.cpu().contiguous() for name, tensor in tensors.items()}
    with replacing(folder / STATE_FILE) as beside:
        save_file(tensors, beside, metadata={"schema": SCHEMA, "step": str(step), "config": config})


def read_state_header(folder: Path) -> tuple[int, str]:
    """The number of finished steps and the configuration of the run in this folder.

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
    return int(metadata["step"]), metadata["config"]


def load_state(folder: Path, parameters: dict[str, nn.Parameter], optimizer: Optimizer) -> int:
    """Put a saved state back into parameters and optimizer, in place; give the number of finished steps.

    Raises:
        RunError: as `read_state_header`, or the state is of an adapter with other layers.
    """
    step, _ = read_state_header(folder)
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
        tensors = state[name]
        parameter.data.copy_(tensors.pop("weight"))
        if tensors:
            optimizer.state[parameter] = {
                key: value if key == "step" else value.to(parameter.device) for key, value in tensors.items()
            }
    return step

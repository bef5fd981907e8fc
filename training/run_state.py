"""A checkpoint: all that is needed to go on with a run as if it had never stopped, in a file without pickles.

No random state is kept: noise, levels, captions and the order are functions of seed, step and sample.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safetensors import SafetensorError, safe_open

from prompt_engine.whole_file import replacing
from training.errors import RunError
from training.saving import saving

if TYPE_CHECKING:
    import torch

    from training.learned import Learned

SCHEMA = "4"


@dataclass(frozen=True)
class RunState:
    """What a run is and how far it is, besides weights, optimizer and average.

    `config` is TOML, `material` what it only points to, `meter` the steps that are not reported yet, `guard`
    what the guard remembers.
    """

    step: int
    config: str
    material: Mapping[str, Any]
    meter: Mapping[str, Any]
    guard: Mapping[str, Any]


def save_state(path: Path, learned: Learned, state: RunState) -> None:
    """Write a checkpoint; the file is whole or absent at every moment.

    Raises:
        RunError: it cannot be written; the checkpoints before it stay.
    """
    from safetensors.torch import save_file

    tensors, numbers = learned.pack()
    tensors = _apart(tensors)
    about = {"run": asdict(state), "learned": numbers}
    text = json.dumps(about, sort_keys=True)
    metadata = {"schema": SCHEMA, "about": text, "sha256": _digest(tensors, text)}
    with saving(path, sum(tensor.nbytes for tensor in tensors.values())):
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as beside:
            save_file(tensors, beside, metadata=metadata)


def read_state(path: Path) -> RunState:
    """The state of the run in a checkpoint, without its weights.

    Raises:
        RunError: the file is damaged, something else, or of another version.
    """
    return RunState(**_about(path)["run"])


def load_learned(path: Path, learned: Learned) -> None:
    """Put saved weights, optimizer state and average back, in place.

    Raises:
        RunError: the file is damaged, or of an adapter with other layers.
    """
    about = _about(path)
    with safe_open(path, "pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dict
        metadata = file.metadata()
    if metadata["sha256"] != _digest(tensors, metadata["about"]):
        raise RunError(f"{path} is damaged (its content is not what was written): {_WAYS_ON}")
    learned.unpack(tensors, about["learned"], path)


_WAYS_ON = "remove it to go on from the checkpoint before it, or start again with --overwrite"


def _apart(tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The tensors on the CPU, none sharing its memory with another, as a file wants them."""
    found: dict[str, torch.Tensor] = {}
    seen: set[int] = set()
    for name, tensor in tensors.items():
        here = tensor.detach().cpu().contiguous()
        found[name] = here.clone() if here.data_ptr() in seen else here
        seen.add(here.data_ptr())
    return found


def _about(path: Path) -> dict[str, Any]:
    try:
        with safe_open(path, "np") as file:  # no tensor is read, and torch takes seconds to import
            metadata = file.metadata() or {}
    except (SafetensorError, OSError) as error:
        raise RunError(f"{path} is damaged ({error}): {_WAYS_ON}") from error
    if "about" not in metadata and "schema" not in metadata:
        raise RunError(f"{path} is no checkpoint of a run: remove it")
    if metadata.get("schema") != SCHEMA:
        raise RunError(
            f"{path} has version {metadata.get('schema')}, this program reads {SCHEMA}: use --overwrite"
        )
    return json.loads(metadata["about"])


def _digest(tensors: Mapping[str, torch.Tensor], text: str) -> str:
    import torch

    digest = hashlib.sha256(text.encode())
    for name in sorted(tensors):
        digest.update(name.encode())
        digest.update(tensors[name].flatten().view(torch.uint8).numpy())
    return digest.hexdigest()

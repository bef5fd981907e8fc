"""Whether a run fits the device, and what to set where it does not."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import torch
from accelerate import Accelerator

from training.config import TrainingConfig
from training.errors import TrainingError
from training.estimate.estimate import CONTEXT_BYTES, Estimate, check_device, estimate
from training.estimate.pace import probe_rate
from training.estimate.render import DEVICES, render_estimate
from training.memory import GIB
from training.processes import shares_out

SMALL_PX = 512
SMALL_RANK = 16
UNLIMITED = 2**63


class TooLarge(TrainingError):
    """A run that would not fit the memory of the device."""


def announce(config: TrainingConfig, accelerator: Accelerator, say: Callable[[str], None]) -> None:
    """Print what a run will need, and refuse it where the device's memory is too small.

    Raises:
        TrainingError: it would not fit; or what was asked for does not go on the model.
    """
    device = accelerator.device
    check_device(device.type)
    rate = probe_rate(device, torch.bfloat16 if config.run.precision == "bfloat16" else torch.float32)
    shared_out = shares_out(config.run, accelerator)
    expected = estimate(config, device.type, accelerator.num_processes, shared_out, rate)
    for line in render_estimate(expected):
        say(line)
    check_fits(expected, available_bytes(device))


def check_fits(expected: Estimate, available: int) -> None:
    """Compare an estimate with the bytes that are free.

    Raises:
        TooLarge: it needs more; says how much, and which settings would make it fit.
    """
    if expected.needed_bytes <= available:
        return
    raise TooLarge(
        f"Training would need about {expected.needed_bytes / GIB:.1f} GiB of {DEVICES[expected.device]} "
        f"memory, and {available / GIB:.1f} GiB are free: {_advice(expected, available)}"
    )


def available_bytes(device: torch.device) -> int:
    """The memory that a run may use of a GPU, or of the host for a processor, within a container's limit."""
    if device.type != "cuda":
        return min(_free_bytes(), container_bytes(Path("/sys/fs/cgroup")))
    torch.cuda.empty_cache()  # what was used to find the device's rate
    # The driver's context is there by now, and part of what an estimate counts.
    return torch.cuda.mem_get_info(device)[0] + CONTEXT_BYTES


def _free_bytes() -> int:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:  # not Linux: all there is, free or not
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    values = dict(line.split(":", 1) for line in lines)
    return int(values["MemAvailable"].split()[0]) * 1024


def container_bytes(group: Path) -> int:
    """What a control group (version 2) has left, if it has a limit; files kept in memory can be dropped."""
    try:
        most = (group / "memory.max").read_text(encoding="ascii").strip()
        used = int((group / "memory.current").read_text(encoding="ascii"))
        lines = (group / "memory.stat").read_text(encoding="ascii").splitlines()
        droppable = int(dict(line.split() for line in lines)["inactive_file"])
    except (OSError, ValueError, KeyError):
        return UNLIMITED
    return UNLIMITED if most == "max" else int(most) - (used - droppable)


def _advice(expected: Estimate, available: int) -> str:
    """The first change that is enough, else the fewest of the first ones that are together."""
    changes = list(_changes(expected))
    trials = [[change] for change in changes] + [changes[: end + 1] for end in range(1, len(changes))]
    for trial in trials:
        settings = {(section, key): value for section, key, value in trial}  # the last of a key counts
        config = expected.config
        for (section, key), value in settings.items():
            config = replace(config, **{section: replace(getattr(config, section), **{key: value})})
        found = estimate(config, expected.device, expected.processes, expected.shared_out)
        if found.needed_bytes <= available:
            said = (f"{section}.{key} = {_toml(value)}" for (section, key), value in settings.items())
            return f"set {' and '.join(said)}"
    return "no setting makes it fit; take a device with more memory, or a smaller model"


Change = tuple[str, str, object]


def _changes(expected: Estimate) -> Iterator[Change]:
    """What takes less memory, what costs the run least first."""
    config, images = expected.config, expected.shape.images
    if expected.device == "cuda" and config.run.precision == "float32":
        yield "run", "precision", "bfloat16"
    if images > 1:
        yield "run", "micro_batch_size", _next_smaller(images)
    if not expected.shape.checkpointing:
        yield "run", "gradient_checkpointing", True
    if images > 1:
        yield "run", "micro_batch_size", 1
    if config.optimizer.name != "adamw_8bit" and expected.device == "cuda":
        yield "optimizer", "name", "adamw_8bit"
    if config.model.quantization == "none" and expected.device == "cuda" and not expected.shared_out:
        yield "model", "quantization", "nf4"
    if config.lora.rank > SMALL_RANK:
        yield "lora", "rank", SMALL_RANK
    if expected.shape.size_px > SMALL_PX:
        yield "data", "size_px", SMALL_PX


def _next_smaller(images: int) -> int:
    """The largest divisor: samples of a step are worked on in equal parts."""
    return max(each for each in range(1, images // 2 + 1) if images % each == 0)


def _toml(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else repr(value).replace("'", '"')

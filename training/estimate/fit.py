"""Whether a run fits the device, and what to set where it does not."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import torch
from accelerate import Accelerator

from training.config import TrainingConfig
from training.errors import TrainingError
from training.estimate.advice import advice
from training.estimate.estimate import CONTEXT_BYTES, Estimate, check_device, estimate
from training.estimate.pace import probe_rate
from training.estimate.render import DEVICES, render_estimate, render_load
from training.memory import GIB
from training.processes import shares_out

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
    if device.type == "cpu":
        for line in render_load(os.getloadavg()[0], os.cpu_count() or 1):
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
        f"memory, and {available / GIB:.1f} GiB are free: {advice(expected, available)}"
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

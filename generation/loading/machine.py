"""What this machine can make pictures with, and for every model that it cannot, why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from generation.errors import ModelUnavailable
from generation.hub.access import check_access
from generation.hub.refusals import gigabytes, has_token, is_offline
from generation.loading.placement import (
    FreeMemory,
    Placement,
    choose_placement,
    placements,
    without_encoders,
    work_bytes,
)
from generation.loading.weight_files import count_weights
from generation.models import MODELS, ModelSpec

_CGROUP = Path("/sys/fs/cgroup")  # a container's own limit: it sees the memory of the whole machine


@dataclass(frozen=True)
class Machine:
    """What models can use here; `gpu` is its name, None where there is none.

    `encoded_ahead` are the models whose text encoders are left out.
    """

    gpu: str | None
    free: FreeMemory
    token: bool
    offline: bool
    encoded_ahead: tuple[str, ...] = ()


@dataclass(frozen=True)
class Offer:
    """A model and how it would be kept here; `problem` says why it is off, `link` leads to what helps."""

    key: str
    title: str
    placement: Placement | None = None
    problem: str | None = None
    link: str | None = None

    @property
    def on(self) -> bool:
        """Whether this machine can run it now."""
        return self.problem is None


def look_at_machine(device: str | None = None) -> Machine:
    """Look at the GPU that torch sees, unless `device` is the processor, and at what memory is free now."""
    return Machine(gpu_name(device), free_memory(device), has_token(), is_offline())


def free_memory(device: str | None = None) -> FreeMemory:
    """What is free now; of a GPU also what torch keeps for itself and does not use."""
    import torch

    if gpu_name(device) is None:
        return FreeMemory(None, _free_host_bytes())
    torch.cuda.empty_cache()
    return FreeMemory(torch.cuda.mem_get_info()[0], _free_host_bytes())


def offers(machine: Machine, ask_hub: bool = False) -> list[Offer]:
    """Every model of the registry, on or off; with `ask_hub` also whether those not here may be fetched."""
    return [offer(spec, machine, ask_hub) for spec in MODELS.values()]


def offer(spec: ModelSpec, machine: Machine, ask_hub: bool = False) -> Offer:
    """One model, on or off; what no download can help is said first."""
    placement, problem = None, no_gpu(spec, machine.gpu)
    if problem is None:
        try:
            weights, absent = weights_here(spec), None
        except ModelUnavailable as error:
            # As published: too little memory is said before anyone downloads.
            weights, absent = dict(spec.weights), error
        if spec.key in machine.encoded_ahead:
            weights = without_encoders(weights)
        placement = choose_placement(spec, weights, machine.free) if weights else None
        if weights and placement is None:
            problem = too_little_memory(spec, weights, machine.free)
        elif absent is not None:
            problem = _why_absent(spec, absent, machine, ask_hub)
    link = None if spec.bundled else spec.page
    return Offer(spec.key, spec.title, None if problem else placement, problem, link)


def weights_here(spec: ModelSpec) -> dict[str, int]:
    """How many weights each part of a model has whose weights are on this machine.

    Raises:
        ModelUnavailable: they are not, or not whole.
    """
    from generation.loading.pipelines import find_model

    folder = find_model(spec)
    try:
        return count_weights(folder)
    except (OSError, ValueError) as error:
        raise ModelUnavailable(f"{spec.title} cannot be read ({error}): get it again.") from error


def too_little_memory(spec: ModelSpec, weights: Mapping[str, int], free: FreeMemory) -> str:
    """The sentence that says how much a model takes at least, and how much is free."""
    every = placements(weights, on_gpu=free.gpu is not None)
    least = min(every, key=lambda each: (each.device_bytes, each.host_bytes))
    if free.gpu is None:
        needed, place, has, beside = least.host_bytes, "memory", free.host, ""
    else:
        needed, place, has = least.device_bytes, "the GPU's memory", free.gpu
        host, free_host = gigabytes(least.host_bytes), gigabytes(free.host)
        beside = f", and {host} of the host's, of which {free_host} are free"
    return (
        f"{spec.title} takes at least {gigabytes(needed + work_bytes(spec))} of {place}, of which "
        f"{gigabytes(has)} are free{beside}: free what else uses it, or choose a smaller model."
    )


def no_gpu(spec: ModelSpec, gpu: str | None) -> str | None:
    """The sentence that says that a model needs a GPU, where there is none; `gpu` is its name."""
    if not spec.needs_gpu or gpu is not None:
        return None
    return (
        f"{spec.title} needs a GPU, and this machine has none that PyTorch can use: choose the demo model, "
        "or run this on a machine or a Space with a GPU."
    )


def _why_absent(spec: ModelSpec, absent: ModelUnavailable, machine: Machine, ask_hub: bool) -> str:
    if not ask_hub or spec.bundled or machine.offline:
        return str(absent)
    try:
        check_access(spec)
    except ModelUnavailable as refused:
        return str(refused)
    return str(absent)


def gpu_name(device: str | None) -> str | None:
    """The GPU that models go to; None where they go to the processor."""
    import torch

    if device == "cpu" or not torch.cuda.is_available():
        return None
    return torch.cuda.get_device_name()


def _free_host_bytes() -> int:
    import psutil

    free = psutil.virtual_memory().available
    try:
        limit, used, details = (
            (_CGROUP / f"memory.{name}").read_text() for name in ("max", "current", "stat")
        )
        # Files that are kept in memory count as used, and give way.
        files = next(int(line.split()[1]) for line in details.splitlines() if line.startswith("file "))
        return min(free, int(limit) - int(used) + files)
    except (OSError, ValueError, StopIteration):  # no such limit: the file is not there, or says "max"
        return free

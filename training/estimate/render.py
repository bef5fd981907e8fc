"""An estimate as a table for people."""

from __future__ import annotations

from collections.abc import Iterator

from training.estimate.estimate import Estimate
from training.memory import GIB, MIB
from training.metrics import render_duration

DEVICES = {"cuda": "GPU", "cpu": "host"}


def render_estimate(estimate: Estimate) -> list[str]:
    """The lines of the table; every figure in it is an estimate."""
    return [*_head(estimate), *_memory(estimate), *_pace(estimate)]


def render_load(load: float, cores: int) -> list[str]:
    """What to make of a processor's time where more programs want its cores than there are; else nothing."""
    if load <= cores:
        return []
    return [
        f"                 measured just now, with a load of {load:.0f} on {cores} "
        f"{'core' if cores == 1 else 'cores'}: on an idle machine it takes less"
    ]


def _head(estimate: Estimate) -> Iterator[str]:
    shape = estimate.shape
    yield f"Estimate, before anything is loaded, for {estimate.spec.title} at {shape.size_px} px:"
    yield f"  weights        {estimate.base_weights:,} frozen, {estimate.learned_weights:,} to learn"
    passes = f"{shape.images} {'image' if shape.images == 1 else 'images'} at once"
    if estimate.micro_steps > 1:
        passes += f", {estimate.micro_steps} times a step"
    if estimate.processes > 1:
        passes += f", on each of {estimate.processes} processes"
    yield f"  a step         {passes}{', with gradient checkpointing' if shape.checkpointing else ''}"


def _memory(estimate: Estimate) -> Iterator[str]:
    memory, device = estimate.memory, DEVICES[estimate.device]
    base = estimate.config.model.quantization.replace("none", _precision(estimate))
    yield f"  {device + ' memory':<13}  {_gib(estimate.needed_bytes)}, of it"
    yield from (
        f"    {_gib(size)}  {what}"
        for what, size in (
            (f"base, {base}", memory.base),
            ("adapter, float32", memory.adapter),
            ("its gradients", memory.gradients),
            (f"optimizer, {estimate.config.optimizer.name}", memory.optimizer),
            ("average of the adapter", memory.average),
            ("autoencoder", memory.autoencoder),
            (f"activations{_upper_bound(estimate)}", memory.activations),
            ("reserve", estimate.reserve_bytes),
        )
        if size
    )
    if memory.validation:
        yield f"    {_gib(memory.validation)}  validation, in place of gradients and activations"


def _pace(estimate: Estimate) -> Iterator[str]:
    pace = estimate.pace
    yield f"  work           {_number(pace.step_operations / 1e12)} TFLOP a step"
    if pace.step_s is None or pace.total_s is None or pace.rate is None:
        return
    yield (
        f"  time           {_number(pace.step_s)} s a step, {render_duration(pace.total_s)} in all, "
        f"{pace.looking_share:.1%} of it validation, without preparing"
    )
    yield (
        f"                 at {pace.share:.0%} (assumed) of the {_number(pace.rate / 1e12)} TFLOP/s "
        "that this device multiplies at"
    )
    if pace.cost is not None:
        yield f"  cost           {pace.cost:,.2f} at {pace.price_per_hour:,.2f} an hour"


def _precision(estimate: Estimate) -> str:
    """How the base's weights are kept."""
    return "bfloat16" if estimate.device == "cuda" and estimate.shape.precision == "bfloat16" else "float32"


def _upper_bound(estimate: Estimate) -> str:
    return ", at most: compiled blocks keep fewer" if estimate.config.run.compile else ""


def _gib(size: int) -> str:
    # A small model's parts would all be nothing in GiB.
    return f"{size / GIB:6.2f} GiB" if size >= GIB / 10 else f"{size / MIB:6.1f} MiB"


def _number(value: float) -> str:
    """Three significant digits, never in scientific notation."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"

"""What a machine of Hugging Face Jobs costs, and whether that is within what was allowed."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prompt_engine.nearest import name_advice
from training.launching.errors import LaunchRefused
from training.metrics import render_duration

if TYPE_CHECKING:
    from huggingface_hub import JobHardwareInfo

UNITS_AN_HOUR = {"second": 3600, "minute": 60, "hour": 1}


@dataclass(frozen=True)
class Machine:
    """One kind of machine: what it is called, its GPUs, dollars an hour."""

    flavor: str
    description: str
    gpus: int
    dollars_an_hour: float


def choose_machine(hardware: Iterable[JobHardwareInfo], flavor: str) -> Machine:
    """The machine of that name, as the Hub lists it today.

    Raises:
        LaunchRefused: there is none, or its price is no number or by a unit that nobody knows here.
    """
    by_name = {each.name: each for each in hardware}
    if flavor not in by_name:
        raise LaunchRefused(f"Hugging Face Jobs has no machine {flavor!r}: {name_advice(flavor, by_name)}")
    found = by_name[flavor]
    if not (math.isfinite(found.unit_cost_usd) and found.unit_cost_usd >= 0):
        raise LaunchRefused(f"The price of {flavor} is {found.unit_cost_usd}: choose another machine.")
    if found.unit_label not in UNITS_AN_HOUR:
        raise LaunchRefused(
            f"The price of {flavor} is by the {found.unit_label}, which cannot be reckoned with here: "
            "choose another machine."
        )
    dollars = found.unit_cost_usd * UNITS_AN_HOUR[found.unit_label]
    return Machine(flavor, _describe(found), _gpus(found), dollars)


def most_dollars(machine: Machine, timeout_s: int) -> float:
    """What a job costs that runs until its timeout, in whole cents and never less than it does."""
    cents = machine.dollars_an_hour * timeout_s / 36
    return math.ceil(round(cents, 4)) / 100  # rounded first: a floating-point trace is no cent


def check_price(machine: Machine, timeout_s: int, allowed_dollars: float) -> None:
    """Raise LaunchRefused where the timeout allows more than may be spent."""
    most = most_dollars(machine, timeout_s)
    if not most <= allowed_dollars:  # nor for what is no number
        raise LaunchRefused(
            f"{render_duration(timeout_s)} of {machine.flavor} can cost ${most:,.2f}, and --most-dollars "
            f"allows ${allowed_dollars:,.2f}: shorten --timeout (launching again goes on), choose another "
            "--flavor, or allow more."
        )


def render_price(machine: Machine, timeout_s: int) -> str:
    """The price in a line."""
    return (
        f"{machine.flavor} ({machine.description}) costs ${machine.dollars_an_hour:,.2f} an hour: "
        f"${most_dollars(machine, timeout_s):,.2f} at most, for {render_duration(timeout_s)}; storage apart."
    )


def _gpus(hardware: JobHardwareInfo) -> int:
    return int(hardware.accelerator.quantity) if hardware.accelerator else 0


def _describe(hardware: JobHardwareInfo) -> str:
    accelerator = hardware.accelerator
    if accelerator is None:
        return f"{hardware.cpu}, {hardware.ram}"
    return f"{accelerator.quantity} x {accelerator.model}, {accelerator.vram}"

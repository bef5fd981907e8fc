"""What a job costs at most, said and capped before anything starts."""

from __future__ import annotations

import argparse
import math

import pytest
from huggingface_hub import JobHardwareInfo

from tests.hub_api.jobs import HARDWARE
from training.launching.durations import duration
from training.launching.errors import LaunchRefused
from training.launching.price import check_price, choose_machine, most_dollars, render_price

MACHINES = [JobHardwareInfo(**each) for each in HARDWARE]


def test_the_price_is_by_the_timeout() -> None:
    machine = choose_machine(MACHINES, "h200x8")
    assert machine.gpus == 8
    assert machine.dollars_an_hour == pytest.approx(40)
    assert most_dollars(machine, 5400) == pytest.approx(60)
    assert render_price(machine, 5400).startswith("h200x8 (8 x H200, 1128 GB) costs $40.00 an hour: $60.00")


def test_a_machine_without_a_gpu_has_none() -> None:
    assert choose_machine(MACHINES, "cpu-basic").gpus == 0


def test_up_to_the_cap_and_no_dollar_more() -> None:
    machine = choose_machine(MACHINES, "h200")
    check_price(machine, 7200, 10.01)
    for cap in (9.99, 0.0, -1.0, math.nan):
        with pytest.raises(LaunchRefused, match="--most-dollars"):
            check_price(machine, 7200, cap)


@pytest.mark.parametrize(
    ("a_minute", "timeout_s", "dollars"),
    [
        (5 / 60, 7200, 10.0),
        (0.016667, 21600, 6.01),
        (1.8 / 60, 600, 0.3),
        (0.000167, 600, 0.01),
        (0.0, 600, 0.0),
    ],
)
def test_the_price_is_in_cents_and_never_too_low(a_minute: float, timeout_s: int, dollars: float) -> None:
    """What is shown is what is compared with the cap: $6.00012 is not said to be $6.00 and refused for $6."""
    machine = choose_machine([_priced(a_minute)], "cpu-basic")
    assert most_dollars(machine, timeout_s) == dollars
    check_price(machine, timeout_s, dollars)


@pytest.mark.parametrize("a_minute", [math.nan, math.inf, -0.1])
def test_a_price_that_is_none(a_minute: float) -> None:
    with pytest.raises(LaunchRefused, match="choose another machine"):
        choose_machine([_priced(a_minute)], "cpu-basic")


def _priced(a_minute: float) -> JobHardwareInfo:
    return JobHardwareInfo(**{**HARDWARE[0], "unitCostUSD": a_minute})


def test_an_unknown_machine_names_the_nearest() -> None:
    with pytest.raises(LaunchRefused, match="h200"):
        choose_machine(MACHINES, "h20")


def test_a_price_by_another_unit_is_refused() -> None:
    machine = JobHardwareInfo(**{**HARDWARE[0], "unitLabel": "fortnight"})
    with pytest.raises(LaunchRefused, match="fortnight"):
        choose_machine([machine], "cpu-basic")


@pytest.mark.parametrize(("text", "seconds"), [("90m", 5400), ("6h", 21600), ("1.5h", 5400), ("2d", 172800)])
def test_durations(text: str, seconds: int) -> None:
    assert duration(text) == seconds


@pytest.mark.parametrize("text", ["6", "h", "-6h", "6 hours", "", "1m", "15d", "nanh", "1e3h"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        duration(text)

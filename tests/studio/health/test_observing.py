"""However a comparison ends, one line says so, and says nothing of what was asked for."""

import json
import logging
from collections.abc import Callable, Generator

import pytest
from PIL import Image

from generation.errors import OutOfMemory
from generation.events import ARMS, Comparison, Finished, Progress
from generation.recipe import Recipe
from studio.health.logs import JsonLines
from studio.health.observing import observed
from studio.health.pulse import Pulse

RECIPE = Recipe(prompt="a woman with red hair", seed=7_654_321, adapter="demo")
STEP = Progress("vanilla", 1, 20, None)
PICTURES = Finished(Comparison(RECIPE, dict.fromkeys(ARMS, Image.new("RGB", (8, 8))), 0.1, "by a test"))

Events = Generator[Progress | Finished, None, None]


def made() -> Events:
    yield from (STEP, PICTURES)


def stored() -> Events:
    yield PICTURES


def failed() -> Events:
    yield STEP
    raise OutOfMemory("Too little memory.")


def taken(events: Events, count: int) -> None:
    for _ in range(count):
        next(events)
    events.close()


@pytest.mark.parametrize(
    ("events", "take", "outcome"), [(made, 2, "made"), (stored, 1, "stored"), (made, 1, "cancelled")]
)
def test_one_line_says_how_it_ended(
    events: Callable[[], Events], take: int, outcome: str, caplog: pytest.LogCaptureFixture
) -> None:
    pulse = Pulse(["demo"])
    with caplog.at_level(logging.INFO, "studio.health.observing"):
        taken(observed(events(), RECIPE, ARMS, pulse), take)
    [record] = caplog.records
    line = json.loads(JsonLines().format(record))
    assert (line["event"], line["outcome"], line["model"], line["adapter"]) == (
        "comparison",
        outcome,
        "demo",
        "demo",
    )
    assert "red hair" not in json.dumps(line) and "7654321" not in json.dumps(line)
    assert pulse.counts == {outcome: 1}
    assert (pulse.since_made_s is None) == (outcome != "made")


def test_a_failure_is_named_by_its_kind_and_passed_on(caplog: pytest.LogCaptureFixture) -> None:
    pulse = Pulse()
    with caplog.at_level(logging.INFO, "studio.health.observing"), pytest.raises(OutOfMemory):
        list(observed(failed(), RECIPE, ARMS, pulse))
    line = json.loads(JsonLines().format(caplog.records[0]))
    assert (line["outcome"], line["problem"]) == ("failed", "out of memory")
    assert line["adapter"] == "other"  # a visitor's own is not named

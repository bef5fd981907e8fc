"""Twenty visitors at once each get what is theirs; a small version of what `python -m bench` measures."""

from __future__ import annotations

from itertools import combinations

import pytest
from gradio_client import Client

from bench.visitor_clients import Outcome, visit
from bench.visitors import TOLERANCE, VISITORS, References, difference, plan_tasks, references, strangers
from generation.events import ARMS

COMPARISONS = 40


@pytest.fixture(scope="module")
def outcome(client: Client, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    return visit(client.src, plan_tasks(COMPARISONS), tmp_path_factory.mktemp("downloads"), VISITORS)


@pytest.fixture(scope="module")
def expected(outcome: Outcome) -> References:
    return references(recipe for recipe, _ in outcome.made)


def test_nobody_meets_an_error_and_everybody_is_served(outcome: Outcome) -> None:
    assert outcome.problems == []
    assert len(outcome.made) == COMPARISONS
    assert outcome.left > 0 and outcome.answered > 0
    assert outcome.left + outcome.answered == COMPARISONS


def test_nobody_gets_what_is_somebody_elses(outcome: Outcome, expected: References) -> None:
    assert strangers(outcome, expected) == []


def test_it_would_be_seen(outcome: Outcome, expected: References) -> None:
    (first, files), (_, others) = next(two for two in combinations(outcome.made, 2) if two[0][0] != two[1][0])
    assert strangers(Outcome(made=[(first, files)]), expected) == []
    assert len(strangers(Outcome(made=[(first, others)]), expected)) == len(ARMS)
    fine_tuned = [each["fine_tuned"] for each in expected.values()]
    assert min(difference(*two) for two in combinations(fine_tuned, 2)) > 10 * TOLERANCE

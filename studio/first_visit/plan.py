"""What ZeroGPU lends a visitor in a day, by the plan that huggingface.co tells of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """Who has it, in words, and how many seconds of a GPU they are lent in a day."""

    who: str
    daily_s: int


# By what `USER_PLAN` calls them. Source: huggingface.co/docs/hub, spaces-zerogpu and spaces-get-user-plan.
PLANS: Mapping[str, Plan] = {
    "anonymous": Plan("Who is not signed in", 120),
    "free": Plan("A free account", 300),
    "pro": Plan("A PRO account", 2_400),
}


def comparisons_a_day(plan: Plan, requested_s: float) -> int:
    """How many comparisons a day's time is enough for, each taken as long as it asks for."""
    return int(plan.daily_s // requested_s) if requested_s > 0 else 0

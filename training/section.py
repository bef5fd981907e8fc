"""What every part of a configuration is: a frozen dataclass whose fields carry their limits."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import Any

from training.errors import ConfigError


def setting(
    default: Any, low: float | None = None, high: float | None = None, choices: tuple | None = None
) -> Any:
    """A field with its allowed range (both ends included) or its allowed values."""
    return field(default=default, metadata={"low": low, "high": high, "choices": choices})


@dataclass(frozen=True)
class Section:
    """A part of the configuration; its values are checked as it is made.

    Raises:
        ConfigError: with every problem at once.
    """

    def __post_init__(self) -> None:
        if problems := list(self.problems()):
            raise ConfigError(problems)

    def problems(self) -> Iterator[str]:
        """Say what is wrong with each value, in words."""
        for each in fields(self):
            value, rule = getattr(self, each.name), each.metadata
            for item in value if isinstance(value, tuple) else (value,):
                if item is not None and (problem := _problem(item, rule)):
                    yield f"{each.name} = {item!r}: {problem}"


def _problem(value: Any, rule: Any) -> str | None:
    low, high, choices = rule.get("low"), rule.get("high"), rule.get("choices")
    if choices and value not in choices:
        return f"choose from {', '.join(choices)}"
    # `not (low <= value)` also refuses NaN.
    if low is not None and not low <= value:
        return f"must be at least {low:g}"
    if high is not None and not value <= high:
        return f"must be at most {high:g}"
    if value == math.inf:
        return "must be a finite number"
    return None

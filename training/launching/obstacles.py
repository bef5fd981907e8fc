"""What stands in the way of a start: refused at once, or in a dry run gathered and told at its end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from training.errors import TrainingError


class Obstacles:
    """The sentences of what a start would be refused for; `gathered` where none is to be made."""

    def __init__(self, gathered: bool) -> None:
        self._gathered = gathered
        self.told: list[str] = []

    @contextmanager
    def noted(self, kind: type[TrainingError] = TrainingError) -> Iterator[None]:
        """Note a refusal of that kind within, and go on behind it.

        Raises:
            TrainingError: that refusal, where they are not gathered.
        """
        try:
            yield
        except kind as error:
            if not self._gathered:
                raise
            self.told.append(str(error))

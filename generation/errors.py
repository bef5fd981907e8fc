"""What can go wrong when making pictures: one class per reaction, and a text that says what to do."""

from __future__ import annotations

from collections.abc import Sequence


class GenerationError(Exception):
    """Anything this package refuses; the text is shown to the user as it is."""


class InvalidRecipe(GenerationError):
    """Values that make no picture: the user can correct them. `problems` holds one sentence each."""

    def __init__(self, problems: Sequence[str] | str) -> None:
        self.problems = (problems,) if isinstance(problems, str) else tuple(problems)
        super().__init__(" ".join(self.problems))


class ModelUnavailable(GenerationError):
    """The model's weights are not here, or are not the ones the recipe names: someone has to fetch them."""


class OutOfMemory(GenerationError):
    """Memory ran out, also with a model's parts offloaded: something smaller is needed, or less beside it."""


class AdapterRejected(GenerationError):
    """The adapter file cannot be used with this model: another adapter or another model is needed."""


class WorkshopEnded(GenerationError):
    """The process that makes the portraits is gone: asking again starts another."""


class LinkTooLong(GenerationError):
    """No link that is sure to arrive whole can say this: the PNG is shared instead."""

"""What can go wrong in training; every text is shown to the user as it is."""

from __future__ import annotations

from collections.abc import Sequence


class TrainingError(Exception):
    """Anything training refuses, with a sentence that says what to do."""


class ConfigError(TrainingError):
    """A configuration that cannot be used; carries every problem at once."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(self.problems))


class DataError(TrainingError):
    """Faces or captions that give nothing to train on."""


class LoraError(TrainingError):
    """A model that the adapter cannot be put on."""


class AdapterError(TrainingError):
    """An adapter that was saved and does not load as it was trained, or cannot be put into another form."""


class RunError(TrainingError):
    """A run folder that cannot be started in or resumed from."""


class Diverged(TrainingError):
    """Gradients that stopped being numbers and stayed so."""

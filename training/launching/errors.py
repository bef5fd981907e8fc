"""What can go wrong before a run is started somewhere."""

from training.errors import TrainingError


class LaunchRefused(TrainingError):
    """A run that cannot be started there, or not at that price."""

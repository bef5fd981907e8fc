"""What a job must know and nobody may see: it travels encrypted, apart from command and environment."""

from __future__ import annotations

import os

from training.config import TrainingConfig
from training.launching.errors import LaunchRefused

WANDB_KEY = "WANDB_API_KEY"


def read_secrets(config: TrainingConfig) -> dict[str, str]:
    """The Hub's token, and the key of the tracker where it has one.

    Raises:
        LaunchRefused: the run could not log in to its tracker, which would be noticed when it is paid for.
    """
    from huggingface_hub import get_token

    # Whoever comes here has asked the Hub for the account of this token.
    secrets = {"HF_TOKEN": get_token() or ""}
    if config.tracking.tracker != "wandb":
        return secrets
    if not os.environ.get(WANDB_KEY):
        raise LaunchRefused(
            f"tracking.tracker = 'wandb' has no login in the job: set {WANDB_KEY} here, to go along as a "
            "secret, or use another tracker."
        )
    return {**secrets, WANDB_KEY: os.environ[WANDB_KEY]}

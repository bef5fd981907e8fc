"""Which repositories the token is shown for: where strangers name adapters, those alone that the app offers.

Otherwise whoever knows the name of a private adapter could look at it, and make portraits with it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

VARIABLE = "TOKEN_FOR"  # in the environment: the process that makes portraits has to know it too


def keep_token_for(repositories: Iterable[str]) -> None:
    """From now on, here and in processes that are started from here, ask for any other without the token."""
    os.environ[VARIABLE] = ",".join(sorted(repositories))


def token_for(repository: str) -> bool | None:
    """What the Hub's client takes as `token`: None for the one that it finds, False for none."""
    kept_for = os.environ.get(VARIABLE)
    return None if kept_for is None or repository in kept_for.split(",") else False

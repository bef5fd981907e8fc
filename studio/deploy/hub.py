"""The way to the Hub for a deployment: its client, and what it refuses, in a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from generation.hub.failures import retold
from generation.hub.sentences import NO_TOKEN, hub_sentence
from studio.deploy.errors import DeployRefused

if TYPE_CHECKING:
    from huggingface_hub import HfApi

SPACE = "space"  # the Hub's word for the kind of repository


def open_hub(needs_token: bool = True) -> HfApi:
    """The Hub's client with the token of this machine, or with the one that a workflow is given for an hour.

    Raises:
        DeployRefused: there is no token where one is needed.
    """
    from huggingface_hub import HfApi, get_token
    from huggingface_hub.utils import disable_progress_bars

    disable_progress_bars()
    with asking_hub("a token"):
        token = get_token()
    if needs_token and not token:
        raise DeployRefused(NO_TOKEN)
    return HfApi(library_name="sd35-celeba", token=token or False)


@contextmanager
def asking_hub(what: str, sending: bool = False) -> Iterator[None]:
    """Say in one sentence what the client raises within, which was done for `what`.

    Raises:
        DeployRefused: for whatever went wrong between here and the Hub.
    """
    with retold(lambda error: DeployRefused(hub_sentence(error, what, sending))):
        yield

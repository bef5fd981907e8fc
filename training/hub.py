"""The way to the Hugging Face Hub: its client, and what can go wrong there, each in a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from generation.hub.failures import TOKENS_PAGE, retold
from generation.hub.sentences import hub_sentence
from training.errors import TrainingError

if TYPE_CHECKING:
    from huggingface_hub import HfApi


class HubRefused(TrainingError):
    """The Hub did not do what it was asked for, or could not be asked."""


def open_hub() -> HfApi:
    """The Hub's client, at the address and with the token that its own environment variables set."""
    from huggingface_hub import HfApi

    return HfApi(library_name="sd35-celeba")


def fetch_account(hub: HfApi) -> str:
    """The name of the account whose token is set; one request.

    Raises:
        HubRefused: there is no token, or one that may not write.
    """
    with asking_hub("the account of your token"):
        account = hub.whoami()
    if account.get("auth", {}).get("accessToken", {}).get("role") == "read":
        raise HubRefused(
            f"The token of {account['name']} may only read: make one that may write on {TOKENS_PAGE}, "
            "and set HF_TOKEN to it."
        )
    return account["name"]


@contextmanager
def asking_hub(what: str, sending: bool = False) -> Iterator[None]:
    """Say in one sentence what the client raises within, which was done for `what`.

    `sending`: files are sent, and those that have arrived stay.

    Raises:
        HubRefused: for whatever went wrong between here and the Hub.
    """
    with retold(lambda error: HubRefused(hub_sentence(error, what, sending))):
        yield

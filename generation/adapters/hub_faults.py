"""What can go wrong between here and an adapter on the Hub, each in one sentence that says what to do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from generation.adapters.names import HubName
from generation.errors import AdapterRejected
from generation.hub.failures import TOKENS_PAGE
from generation.hub.refusals import TOKEN, cause_of, has_token, is_offline
from generation.hub.waiting import limit_waiting
from prompt_engine.faces.hub_faults import seconds_to_wait

_NUMBER = re.compile(r"\[Errno -?\d+\] ")  # which says nothing to whoever reads the sentence


@contextmanager
def asking(name: HubName) -> Iterator[None]:
    """Say in one sentence what the Hub's client raises within; a silent Hub is not waited for long."""
    from huggingface_hub import errors

    limit_waiting()
    try:
        yield
    except (errors.HTTPError, errors.RevisionResolutionError, OSError, ValueError, RuntimeError) as error:
        if is_offline():
            raise nothing_cached(name) from error
        if isinstance(error, OSError) and error.filename is not None:
            raise  # a file of this machine, not the Hub
        raise AdapterRejected(_sentence(cause_of(error), name)) from error


def nothing_cached(name: HubName) -> AdapterRejected:
    """The error where the cache alone may be asked, and has nothing."""
    return AdapterRejected(
        f"The adapter {_title(name)} is not on this machine, and HF_HUB_OFFLINE forbids fetching it: "
        "unset that, or give the path of an adapter that is here."
    )


def _sentence(error: BaseException, name: HubName) -> str:
    from huggingface_hub import errors

    if isinstance(error, errors.GatedRepoError):
        return _gated(name)
    if isinstance(error, errors.RevisionNotFoundError):
        return f"{name.repository} has no revision {name.revision!r}: look at {name.page}/commits/main."
    if isinstance(error, errors.HfHubHTTPError):
        return _refused(error.response.status_code, error.response.headers, name)
    told = (str(error).strip().splitlines() or [type(error).__name__])[0]
    reason = _NUMBER.sub("", told).rstrip(".:")
    return (
        f"The Hub could not be asked for the adapter {_title(name)} ({reason}): check the network and "
        "try again, or set HF_HUB_OFFLINE=1 to use what was fetched before."
    )


def _gated(name: HubName) -> str:
    if has_token():
        return (
            f"The account of your Hugging Face token may not read {name.repository} yet: accept its terms on "
            f"{name.page}."
        )
    return (
        f"{name.repository} is given only to those who accepted its terms: do so on {name.page}, then set "
        f"{TOKEN} to a token of {TOKENS_PAGE}."
    )


def _refused(status: int, headers: object, name: HubName) -> str:
    if status == 401 and has_token():
        return (
            f"The Hub does not take your Hugging Face token for {name.repository}: make a new one on "
            f"{TOKENS_PAGE} and set {TOKEN} to it."
        )
    if status == 401:
        return (
            f"There is no adapter {name.repository} that anybody may read: check the name, or set {TOKEN} "
            "to a token that may read it."
        )
    if status == 403:
        return f"Your Hugging Face token may not read {name.repository}: give it the right on {TOKENS_PAGE}."
    if status == 404:
        return (
            f"There is no adapter {name.repository}, neither on this machine nor on the Hub: check the name, "
            "or give the path of a safetensors file."
        )
    if status == 429:
        wait_s = seconds_to_wait(headers)
        when = f"in {wait_s:,} s" if wait_s else "in a few minutes"
        return f"The Hub was asked too often, now for {name.repository}: try again {when}."
    return f"The Hub answered {status} for {name.repository}: it is in trouble, so try again later."


def _title(name: HubName) -> str:
    return f"{name.repository}@{name.revision}" if name.revision else name.repository

"""Why a model is not to be had from the Hugging Face Hub, each in a sentence that says what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from generation.errors import ModelUnavailable
from generation.hub.failures import TOKENS_PAGE, retold
from generation.models import ModelSpec

TOKEN = "HF_TOKEN"


def has_token() -> bool:
    """Whether the Hub's client finds a token: in the environment or from `hf auth login`."""
    from huggingface_hub import get_token

    return bool(get_token())


def is_offline() -> bool:
    """Whether HF_HUB_OFFLINE forbids asking the Hub for anything."""
    from huggingface_hub import constants

    return bool(constants.HF_HUB_OFFLINE)


def gigabytes(size_bytes: int) -> str:
    """A size for people: 27.6 GB, or for what is small 12 MB."""
    return f"{size_bytes / 1e9:,.1f} GB" if size_bytes >= 1e8 else f"{size_bytes / 1e6:,.1f} MB"


def absent(spec: ModelSpec) -> str:
    """Nothing of a model is on this machine."""
    first = "unset HF_HUB_OFFLINE, " if is_offline() else ""
    return (
        f"The weights of {spec.title} are not on this machine: {first}accept the licence on {spec.page}, "
        f"then run {_command(spec)}, which fetches {gigabytes(spec.download_bytes)}."
    )


def half(spec: ModelSpec, missing: list[str]) -> str:
    """A download broke off, or a file lost its end."""
    first = "unset HF_HUB_OFFLINE and " if is_offline() else ""
    others = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
    return (
        f"{spec.title} was downloaded in part ({missing[0]}{others} not here or not whole): {first}run "
        f"{_command(spec)}, which fetches only what is missing of {spec.page}."
    )


def _command(spec: ModelSpec) -> str:
    return f"`python -m generation models --download {spec.key}`"


@contextmanager
def asking_hub(spec: ModelSpec) -> Iterator[None]:
    """Say in one sentence what the client raises within, which is done for a model.

    Raises:
        ModelUnavailable: for whatever went wrong between here and the Hub.
    """
    with retold(lambda error: ModelUnavailable(_sentence(cause_of(error), spec))):
        yield


def cause_of(error: BaseException) -> BaseException:
    """What the Hub answered or why it did not, below the client's own words about it."""
    from huggingface_hub import errors

    while error.__cause__ is not None and not isinstance(error, errors.HfHubHTTPError):
        error = error.__cause__
    return error


def _sentence(error: BaseException, spec: ModelSpec) -> str:
    from huggingface_hub import errors

    if isinstance(error, errors.GatedRepoError):
        return _gated(spec)
    if isinstance(error, errors.HfHubHTTPError):
        return _refused(error.response.status_code, error.response.headers, spec)
    reason = (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".:")
    return (
        f"The download of {spec.title} broke off ({reason}): check the network, then run {_command(spec)} "
        "again, which keeps what has arrived."
    )


def _gated(spec: ModelSpec) -> str:
    if has_token():
        return (
            f"The account of your Hugging Face token may not read {spec.title} yet: accept the licence on "
            f"{spec.page}, and let a fine-grained token read gated repositories on {TOKENS_PAGE}."
        )
    return (
        f"{spec.title} is given only to those who accepted its licence: do so on {spec.page}, then set "
        f"{TOKEN} to a token of {TOKENS_PAGE}, or log in with `hf auth login`."
    )


def _refused(status: int, headers: object, spec: ModelSpec) -> str:
    if status == 401 and has_token():
        return (
            f"The Hub does not take your Hugging Face token for {spec.title}: it is not valid or has "
            f"expired, so make one on {TOKENS_PAGE} and set {TOKEN} to it."
        )
    if status == 403:
        return f"Your Hugging Face token may not read {spec.title}: give it the right on {TOKENS_PAGE}."
    if status in (401, 404):
        return f"The Hub has no {spec.repo} that this machine may see: look at {spec.page}."
    if status == 429:
        # Only now: its package takes a moment to import, which every start of a program would need.
        from prompt_engine.faces.hub_faults import seconds_to_wait

        wait_s = seconds_to_wait(headers)
        when = f"in {wait_s:,} s" if wait_s else "in a few minutes"
        return f"The Hub was asked too often for {spec.title}: run {_command(spec)} {when}."
    return (
        f"The Hub answered {status} for {spec.title}: it is in trouble, so run {_command(spec)} again later, "
        "which keeps what has arrived."
    )

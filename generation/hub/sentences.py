"""Why the Hub did not do what it was asked for, each in a sentence that says what to do."""

from __future__ import annotations

from typing import Any

from generation.hub.failures import TOKENS_PAGE
from prompt_engine.faces.hub_faults import seconds_to_wait

NO_TOKEN = (
    f"There is no Hugging Face token on this machine: make one that may write on {TOKENS_PAGE}, "
    "and set HF_TOKEN to it or log in with `hf auth login`."
)
ADVICE = {
    401: f"the token is not valid or has expired; make one on {TOKENS_PAGE} and set HF_TOKEN to it",
    402: "the account has to be charged first, on https://huggingface.co/settings/billing",
    403: f"the token may not do that; give it the right on {TOKENS_PAGE}, or name another owner",
    404: "there is none of that name, or the token may not see it",
    409: "somebody changed it at the same moment; run the same command again",
    412: "somebody changed it at the same moment; run the same command again",
}
_NOT_TWICE = "; what has arrived is not sent twice"


def hub_sentence(error: BaseException, what: str, sending: bool = False) -> str:
    """Why the Hub's client raised `error` when it asked for `what`.

    `sending`: files are sent, and those that have arrived stay.
    """
    from huggingface_hub import errors

    error = _cause(error)
    if isinstance(error, errors.LocalTokenNotFoundError):
        return NO_TOKEN
    if isinstance(error, errors.OfflineModeIsEnabled):
        return f"HF_HUB_OFFLINE forbids asking the Hub for {what}: unset it."
    if isinstance(error, errors.HFValidationError):
        return f"The Hub takes no such name: {' '.join(str(error).split())}"
    if isinstance(error, errors.GatedRepoError):
        return (
            f"Your token has no access to {what}: accept its terms on its page of the Hub, and let the token "
            f"read gated repositories, on {TOKENS_PAGE}."
        )
    if isinstance(error, errors.HfHubHTTPError):
        return _refusal(error.response, what, sending)
    if isinstance(error, ValueError):
        return f"The Hub's answer for {what} makes no sense ({_first_line(error)}): try again later."
    return (
        f"The Hub did not answer for {what} ({_first_line(error)}): check the network, then run the same "
        f"command again{_NOT_TWICE if sending else ''}."
    )


def _cause(error: BaseException) -> BaseException:
    """What lies below the client's own "Error while uploading"."""
    from huggingface_hub import errors

    inner: BaseException | None = error
    while inner is not None and not isinstance(inner, errors.HfHubHTTPError):
        inner = inner.__cause__
    return inner or error


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".:") if lines else type(error).__name__


def _refusal(response: Any, what: str, sending: bool) -> str:
    """What an error status means, and what to do."""
    status, said = response.status_code, response.headers.get("X-Error-Message")
    told = f" ({said.rstrip('.')})" if said else ""
    return f"The Hub answered {status} for {what}{told}: {_advice(status, response.headers, sending)}."


def _advice(status: int, headers: Any, sending: bool) -> str:
    if status == 429:
        wait_s = seconds_to_wait(headers)
        when = f"in {wait_s:,} s" if wait_s else "in a few minutes"
        return f"that were too many requests; run the same command again {when}"
    if status >= 500:
        return f"it is in trouble; run the same command again later{_NOT_TWICE if sending else ''}"
    return ADVICE.get(status, "check what was asked for")

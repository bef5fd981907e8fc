"""What can go wrong between here and the Hub, each in one sentence that says what to do."""

from __future__ import annotations

from prompt_engine.errors import FaceSourceError


class HubFault(FaceSourceError):
    """Nothing came from the Hub: it does not have it, or does not give it."""


class HubUnreachable(HubFault):
    """The Hub did not answer, or not now: what was fetched before can still be shown."""


class HubSilent(HubUnreachable):
    """Nothing came in time: whoever asks for more waits as long again."""


def hub_fault(error: Exception, repository: str) -> HubFault:
    """The error to raise for what the client raised about `repository`."""
    from huggingface_hub import errors

    if isinstance(error, errors.OfflineModeIsEnabled):
        return HubUnreachable(
            f"The dataset {repository} is not on this machine, and HF_HUB_OFFLINE forbids fetching it: "
            "unset HF_HUB_OFFLINE, or name a folder."
        )
    if isinstance(error, errors.HFValidationError):
        return HubFault(f"{repository!r} is no name of a dataset: write hub:OWNER/NAME.")
    if isinstance(error, errors.GatedRepoError):
        return _needs_token(repository, "is gated")
    if isinstance(error, errors.RevisionNotFoundError):
        return HubFault(f"The dataset {repository} has no such revision: check what follows the @.")
    if isinstance(error, errors.HfHubHTTPError):
        return _refused(error.response.status_code, error.response.headers, repository)
    return HubSilent(
        f"The Hub did not answer ({type(error).__name__}) when asked for {repository}: try again later."
    )


def _refused(status: int, headers: object, repository: str) -> HubFault:
    """What an answer that is none means."""
    if status in (401, 403):
        return _needs_token(repository, "is private, gated or not there")
    if status == 404:
        return HubFault(
            f"There is no dataset {repository} on the Hub, or a file of it is gone: check its name."
        )
    if status == 429:
        return _too_often(headers, repository)
    return HubUnreachable(
        f"The Hub answered with error {status} when asked for {repository}: try again later."
    )


def _too_often(headers: object, repository: str) -> HubFault:
    wait_s = seconds_to_wait(headers)
    when = f"in {wait_s:,} s" if wait_s else "in a few minutes"
    return HubUnreachable(
        f"The Hub had too many requests and refuses {repository} for now: try again {when}, "
        "or set HF_TOKEN for a higher limit."
    )


def seconds_to_wait(headers: object) -> int | None:
    """How long the Hub asks to wait, where it says so."""
    from huggingface_hub.utils import parse_ratelimit_headers

    limit = parse_ratelimit_headers(headers)  # type: ignore[arg-type]
    if limit is not None and limit.remaining == 0:
        return limit.reset_in_seconds
    after = str(headers.get("Retry-After", ""))  # type: ignore[attr-defined]
    return int(after) if after.isascii() and after.isdigit() else None


def _needs_token(repository: str, state: str) -> HubFault:
    return HubFault(
        f"The dataset {repository} {state}: accept its terms on its page, and set HF_TOKEN to a token "
        "that may read it."
    )

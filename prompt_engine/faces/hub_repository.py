"""One dataset on the Hub at one commit: what files it has, and any part of them over HTTP."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlsplit

from prompt_engine.errors import FaceSourceError
from prompt_engine.faces.hub_faults import hub_fault

TRIES = 2
PAUSE_S = 1.0  # before trying again
TIMEOUT_S = 10.0  # for connecting, and between two pieces of an answer
SLOWEST_BYTES_PER_S = 50_000  # an answer that takes longer is given up
_PASSING = frozenset((408, 500, 502, 503, 504))

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Snapshot:
    """A commit: its hash, the size in bytes of every file, and the `configs` of the dataset's card."""

    commit: str
    sizes: dict[str, int]
    configs: tuple[dict, ...]


def fetch_snapshot(repository: str, revision: str | None) -> Snapshot:
    """Ask which commit a revision is, and what it holds.

    Raises:
        FaceSourceError: no such dataset or revision, it may not be read, or the Hub cannot be reached.
    """
    from huggingface_hub import HfApi

    def ask() -> Snapshot:
        info = HfApi().dataset_info(repository, revision=revision, files_metadata=True, timeout=TIMEOUT_S)
        sizes = {each.rfilename: each.size or 0 for each in info.siblings or ()}
        card = info.card_data.to_dict() if info.card_data else {}
        configs = card.get("configs") or ()
        return Snapshot(str(info.sha), sizes, tuple(each for each in configs if isinstance(each, dict)))

    return _tried(ask, repository)


class HubFiles:
    """Parts of the files of one commit; several threads may ask at once."""

    def __init__(self, repository: str, commit: str) -> None:
        self.repository = repository
        self._commit = commit
        self._stores: dict[str, str] = {}  # where a file really lies: signed addresses that expire

    def fetch(self, path: str, start: int, stop: int) -> bytes:
        """The bytes of a file from `start` to just before `stop`.

        Raises:
            FaceSourceError: the file may not be read, or the Hub cannot be reached.
        """
        return _tried(lambda: self._ask(path, start, stop), self.repository)

    def _ask(self, path: str, start: int, stop: int) -> bytes:
        from huggingface_hub import hf_hub_url
        from huggingface_hub.utils import build_hf_headers

        span = {"Range": f"bytes={start}-{stop - 1}", "Accept-Encoding": "identity"}
        data = self._ask_store(path, span, stop - start)
        if data is not None:
            return data
        url = hf_hub_url(self.repository, path, repo_type="dataset", revision=self._commit)
        data, answered = _receive(url, {**build_hf_headers(), **span}, stop - start)
        assert data is not None
        # Asking the store itself spares the Hub, and its limits, every further request for this file.
        if urlsplit(answered).netloc != urlsplit(url).netloc:
            self._stores[path] = answered
        return data

    def _ask_store(self, path: str, span: dict[str, str], size: int) -> bytes | None:
        """What the store gives; None where its address is not known, or has run out."""
        store, data = self._stores.get(path), None
        if store is None:
            return None
        try:
            data, _ = _receive(store, span, size, accept_refusal=True)
        finally:
            if data is None:  # refused, or away: the Hub may know another address by now
                self._stores.pop(path, None)
        return data


def _receive(
    url: str, headers: dict[str, str], size: int, accept_refusal: bool = False
) -> tuple[bytes | None, str]:
    """What a server answers and where it lay in the end; None instead where a refusal is accepted."""
    from huggingface_hub.utils import get_session, hf_raise_for_status

    deadline = time.monotonic() + TIMEOUT_S + size / SLOWEST_BYTES_PER_S
    pieces: list[bytes] = []
    with get_session().stream(
        "GET", url, headers=headers, timeout=TIMEOUT_S, follow_redirects=True
    ) as response:
        if accept_refusal and 400 <= response.status_code < 500:
            return None, url
        hf_raise_for_status(response)
        if response.status_code != 206:  # else the whole file would come
            raise ConnectionError(f"status {response.status_code} for a part of a file")
        for piece in response.iter_bytes():
            pieces.append(piece)
            if time.monotonic() > deadline:
                raise TimeoutError(f"{sum(map(len, pieces))} of {size} bytes")
        answered = str(response.url)
    data = b"".join(pieces)
    if len(data) != size:
        raise ConnectionError(f"{len(data)} bytes instead of {size}")
    return data, answered


def _tried(ask: Callable[[], Answer], repository: str) -> Answer:
    """The answer, asked for again after a fault that may pass."""
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, HTTPError, OfflineModeIsEnabled

    for left in reversed(range(TRIES)):
        try:
            return ask()
        # ValueError: what came is not the JSON that the client expects.
        except (HTTPError, OSError, HFValidationError, ValueError) as error:
            if isinstance(error, FaceSourceError):
                raise
            lasting = isinstance(error, (OfflineModeIsEnabled, HFValidationError)) or (
                isinstance(error, HfHubHTTPError) and error.response.status_code not in _PASSING
            )
            if lasting or not left:
                raise hub_fault(error, repository) from error
        time.sleep(PAUSE_S)
    raise AssertionError

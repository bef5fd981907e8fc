"""Which commit of a repository on the Hub a name means: asked once in some minutes, for all who ask here."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from generation.adapters.hub_faults import asking
from generation.adapters.names import HubName
from generation.hub.refusals import is_offline
from generation.hub.token_for import token_for

KEPT_S = 300  # a branch may move; visitors need not ask the Hub again and again
MOST_KEPT = 1_000

# By the address of the Hub and the name: the commit, and since when it is known.
_kept: dict[tuple[str, HubName], tuple[str, float]] = {}
_turn = threading.Lock()


def commit_of(name: HubName) -> str:
    """The commit that is meant; where the Hub cannot be reached, the one that was last seen.

    Raises:
        AdapterRejected: the Hub does not give it.
    """
    if name.may_be_short and (commit := _commit_here(name)):
        return commit
    from huggingface_hub import HfApi

    key, now = (HfApi().endpoint, name), time.monotonic()
    commit, since = _kept.get(key, ("", 0.0))
    if commit and now - since < KEPT_S and not is_offline():
        return commit
    with asking(name):
        found = HfApi(token=token_for(name.repository)).resolve_revision(
            name.repository, revision=name.revision, local_files_only=is_offline()
        )
    with _turn:
        _kept.pop(key, None)
        _kept[key] = (found.resolved, now)
        while len(_kept) > MOST_KEPT:
            del _kept[next(iter(_kept))]
    return found.resolved


def _commit_here(name: HubName) -> str | None:
    """The one commit in the cache that begins so; None where the Hub must be asked."""
    from huggingface_hub import constants
    from huggingface_hub.file_download import repo_folder_name

    folder = Path(constants.HF_HUB_CACHE) / repo_folder_name(repo_id=name.repository, repo_type="model")
    found = [path.name for path in (folder / "snapshots").glob(f"{name.revision}*")]
    return found[0] if len(found) == 1 else None

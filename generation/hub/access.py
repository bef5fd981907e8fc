"""The way to a model on the Hugging Face Hub: the token, what is here, what may be fetched, and fetching it.

The token is only ever read and handed to the Hub's client; nothing here prints or keeps it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, MutableMapping
from pathlib import Path
from typing import Any

from dotenv import dotenv_values

from generation.errors import ModelUnavailable
from generation.hub.refusals import TOKEN, absent, asking_hub, gigabytes, half, is_offline
from generation.loading.weight_files import INDEX, WEIGHTY_PARTS, missing_files
from generation.locations import REPOSITORY
from generation.models import ModelSpec

# The official repositories hold every weight several times; this is what a pipeline reads, less than half.
WANTED = (INDEX, *(f"{part}/*" for part in WEIGHTY_PARTS), "tokenizer*/*", "scheduler/*")
UNWANTED = ("*fp16*", "*.bin", "*.msgpack", "*.onnx*")


def take_token(environ: MutableMapping[str, str] = os.environ) -> None:
    """Give the environment the token of an `.env` file, where it has none of its own.

    Asked are the working directory and the folder of this program; of the file nothing else is taken.
    """
    for folder in (Path.cwd(), REPOSITORY):
        token = environ.get(TOKEN) or _token_in(folder / ".env")
        if token:
            environ[TOKEN] = token
            return


def cached_model(spec: ModelSpec) -> Path:
    """The folder of a Hub model in the cache of this machine; the Hub is not asked.

    Raises:
        ModelUnavailable: it is not here, or only half.
    """
    folder = _cached_folder(spec)
    if folder is None:
        raise ModelUnavailable(absent(spec))
    if missing := missing_files(folder):
        raise ModelUnavailable(half(spec, missing))
    return folder


def check_access(spec: ModelSpec) -> None:
    """Ask the Hub whether this machine may fetch a model; two requests, no weight.

    Raises:
        ModelUnavailable: it may not; says why, and what to do.
    """
    from huggingface_hub import get_hf_file_metadata, hf_hub_url

    _check_online(spec)
    with asking_hub(spec):
        get_hf_file_metadata(hf_hub_url(spec.repo, INDEX, revision=spec.revision))


def download_model(spec: ModelSpec, say: Callable[[str], None]) -> Path:
    """Fetch what a pipeline reads of a Hub model into the Hub's cache; what is there already is kept.

    Raises:
        ModelUnavailable: the Hub does not give it, it broke off, or the disk is too small.
    """
    from huggingface_hub import constants, snapshot_download

    _check_online(spec)
    options: dict[str, Any] = {
        "revision": spec.revision,
        "allow_patterns": list(WANTED),
        "ignore_patterns": list(UNWANTED),
    }
    with asking_hub(spec):
        files = snapshot_download(spec.repo, dry_run=True, **options)
    needed = sum(each.file_size or 0 for each in files if each.will_download)
    _check_room(spec, Path(constants.HF_HUB_CACHE), needed)
    say(f"Fetching {gigabytes(needed)} of {spec.title} from {spec.page}.")
    with asking_hub(spec):
        snapshot_download(spec.repo, **options)
    return cached_model(spec)


def _token_in(path: Path) -> str | None:
    return dotenv_values(path, interpolate=False).get(TOKEN) if path.is_file() else None


def _cached_folder(spec: ModelSpec) -> Path | None:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        return Path(
            snapshot_download(
                spec.repo,
                revision=spec.revision,
                local_files_only=True,
                allow_patterns=list(WANTED),
                ignore_patterns=list(UNWANTED),
            )
        )
    except LocalEntryNotFoundError as error:
        # The client calls a snapshot incomplete that lacks any file of the repository: ours may be whole.
        half = getattr(error, "snapshot_path", None)
        return Path(half) if half else None


def _check_online(spec: ModelSpec) -> None:
    if is_offline():
        raise ModelUnavailable(
            f"HF_HUB_OFFLINE forbids asking the Hub for {spec.title}: unset it, and try again."
        )


def _check_room(spec: ModelSpec, cache: Path, needed: int) -> None:
    place = next(path for path in (cache, *cache.parents) if path.exists())
    free = shutil.disk_usage(place).free
    if needed > free:
        raise ModelUnavailable(
            f"{spec.title} takes {gigabytes(needed)} more in {cache}, where {gigabytes(free)} are free: make "
            "room, or set HF_HOME to a folder on a larger disk."
        )

"""The real client, sent to a Hub on this machine instead of the real one: in this process or in a child."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.hub_api.server import HubApi

TOKEN = "hf_writer"


def use_hub(hub: HubApi, monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    """Let the client of this process ask `hub`, with the writer's token and a cache of its own.

    Large files go the plain way: the other one needs a store that only the real Hub has.
    """
    from huggingface_hub import constants, hf_api

    settings = {
        "HF_HUB_OFFLINE": False,
        "HF_HUB_DISABLE_XET": True,
        "ENDPOINT": hub.endpoint,
        "HUGGINGFACE_CO_URL_TEMPLATE": hub.endpoint + "/{repo_id}/resolve/{revision}/{filename}",
        "HF_TOKEN_PATH": str(home / "token"),
        "HF_HUB_CACHE": str(home / "hub"),
    }
    for name, value in settings.items():
        monkeypatch.setattr(constants, name, value)
    # The client that stands behind the library's plain functions, such as model_info, is made at import.
    monkeypatch.setattr(hf_api.api, "endpoint", hub.endpoint)
    monkeypatch.setattr("generation.adapters.hub_commits._kept", {})  # another Hub may have had its address
    monkeypatch.setenv("HF_TOKEN", TOKEN)


def child_environment(hub: HubApi, home: Path) -> dict[str, str]:
    """The same for a process of its own."""
    environment = {
        **os.environ,
        "HF_HUB_OFFLINE": "0",
        "HF_HUB_DISABLE_XET": "1",
        "HF_ENDPOINT": hub.endpoint,
        "HF_HOME": str(home),
        "HF_TOKEN": TOKEN,
        "OMP_NUM_THREADS": "1",
    }
    environment.pop("TRANSFORMERS_OFFLINE", None)
    return environment

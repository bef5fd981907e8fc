"""A Space's weights: nobody can run a command there, so what is missing is fetched when it starts."""

from __future__ import annotations

import logging

from generation.errors import ModelUnavailable
from generation.hub.access import cached_model, download_model
from generation.models import ModelSpec, model_spec
from studio.packed_size import MOST_PACKED_BYTES, check_published_size
from studio.settings import Settings

log = logging.getLogger(__name__)


def bring_weights(settings: Settings) -> None:
    """On a Space, fetch the weights of its models that lie on the Hub and not here.

    What the Hub refuses is logged, and told to whoever asks for a picture.

    Raises:
        SettingsError: on ZeroGPU, they would be too much to be packed; nothing is fetched.
    """
    if not settings.on_space:
        return
    if settings.on_zerogpu:
        check_published_size(settings.models, MOST_PACKED_BYTES, settings.embeddings)
    for key in settings.models:
        if not model_spec(key).bundled:
            _bring(model_spec(key))


def _bring(spec: ModelSpec) -> None:
    try:
        cached_model(spec)
    except ModelUnavailable:
        try:
            download_model(spec, log.warning)
        except ModelUnavailable as refused:
            log.warning("The weights were not fetched: %s", refused)

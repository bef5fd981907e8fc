"""A Space's weights: nobody can run a command there, so what is missing is fetched when it starts."""

from __future__ import annotations

import logging

from generation.errors import ModelUnavailable
from generation.hub.access import cached_model, download_model
from generation.models import model_spec
from studio.settings import Settings

log = logging.getLogger(__name__)


def bring_weights(settings: Settings) -> None:
    """On a Space, fetch the weights of the page's own model, if they lie on the Hub and not here.

    What the Hub refuses is logged, and told to whoever asks for a picture.
    """
    spec = model_spec(settings.model)
    if spec.bundled or not settings.on_space:
        return
    try:
        cached_model(spec)
    except ModelUnavailable:
        try:
            download_model(spec, log.warning)
        except ModelUnavailable as refused:
            log.warning("The weights were not fetched: %s", refused)

"""Small models to estimate and to measure."""

from __future__ import annotations

from pathlib import Path

import pytest

from generation.locations import REPOSITORY
from tests.small_models import build_small_sd35


@pytest.fixture(scope="session")
def small_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository in Medium's shape, six blocks deep: four that are alike, and the first and the last."""
    return build_small_sd35(tmp_path_factory.mktemp("small-sd35"), blocks=6, width=64)


@pytest.fixture(scope="session")
def demo_model() -> Path:
    """The demo model that is shipped."""
    return REPOSITORY / "assets" / "demo-model"

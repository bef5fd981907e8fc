"""What every test may rely on: no network, the repository's root, and CelebA where it is present."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, expect

from bench.app_process import running_app
from bench.chromium import open_browser

REPOSITORY = Path(__file__).resolve().parent.parent
PATIENCE_MS = 120_000  # of a browser, on a slow machine with work of its own
SMALL_FILES = REPOSITORY / "tests" / "prompt_engine"
ATTRIBUTE_FILE = Path("Anno", "list_attr_celeba.txt")


def pytest_configure(config: pytest.Config) -> None:
    """Forbid Hub calls and analytics before any test imports the libraries that make them."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    # The tests ask apps on this machine, which a proxy could not reach.
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,localhost"
    # A slow machine is not a wrong answer: durations belong to `make bench`.
    settings.register_profile("repository", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("repository")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Small files come last, so that the processes that share the tests end within seconds of each other."""
    items.sort(key=lambda item: SMALL_FILES in item.path.parents)


@pytest.fixture(scope="session")
def repository() -> Path:
    """The repository's root folder."""
    return REPOSITORY


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The Chromium of this machine; one for all tests of a process, which Playwright allows no more of."""
    expect.set_options(timeout=PATIENCE_MS)
    with open_browser() as opened:
        yield opened


@pytest.fixture(scope="session")
def app_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an app with drawn portraits and the demo model: one for all tests of a process."""
    with running_app(tmp_path_factory.mktemp("app")) as url:
        yield url


@pytest.fixture(scope="session")
def repository_files() -> tuple[Path, ...]:
    """Every file git tracks, or would with `git add`."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=REPOSITORY,
        capture_output=True,
        check=False,
    )
    if listed.returncode != 0:
        pytest.skip("not a git checkout: what belongs to the repository cannot be told from what lies in it")
    names = {name for name in listed.stdout.decode().split("\0") if name}
    return tuple(sorted(file for name in names if (file := REPOSITORY / name).is_file()))


@pytest.fixture(scope="session")
def celeba_dir() -> Path:
    """The official CelebA folder; the test is skipped where there is none."""
    folder = Path(os.environ.get("CELEBA_DIR") or REPOSITORY.parent / "shared" / "celeba")
    if not (folder / ATTRIBUTE_FILE).is_file():
        pytest.skip(f"no CelebA at {folder}: set CELEBA_DIR to a folder that holds {ATTRIBUTE_FILE}")
    return folder

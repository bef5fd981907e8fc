"""The app as a Space has it: its files, its packages, its user, its read-only disk; asked for a picture."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bench.app_process import RunningApp, free_port, stop
from studio.deploy.checkout import read_checkout
from studio.deploy.contents import Files, gather_files
from studio.deploy.front_matter import SpaceFacts
from studio.deploy.picture_check import check_space
from studio.deploy.variables import SpaceSettings
from tests.rehearsal.packages import (
    install,
    make_environment,
    open_python,
    place_packages,
    requirements_of_a_space,
)
from tests.rehearsal.room import Room, opened_room, strays
from tests.zerogpu.device_api import DeviceApi

NO_GPU = Path(__file__).with_name("no_gpu.py")


@dataclass(frozen=True)
class Rehearsal:
    """What came of it: the sentence about the picture, what was lent, and what was written where.

    `packages` are the names at the top of what could be imported.
    """

    packages: set[str]
    picture: str
    lent: int
    before: dict[Path, float]
    after: dict[Path, float]
    strays: list[Path]
    seconds: float


@pytest.fixture(scope="module")
def space_files(repository: Path) -> Files:
    return gather_files(read_checkout(repository), SpaceFacts("ada/faces"), SpaceSettings())


@pytest.fixture(scope="module")
def rehearsal(
    space_files: Files, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Rehearsal]:
    began = time.monotonic()
    with opened_room() as room, DeviceApi() as api:
        room.fill(space_files)
        packages = _bring_packages(room, request.config.getoption("--install", default=False))
        room.close()
        before = room.written()
        picture = _run(room, api, tmp_path_factory.mktemp("rehearsal") / "app.log")
        left = [] if room.user is None else strays(room.user, room.folder)
        seconds = time.monotonic() - began
        names = {path.name for path in packages.iterdir()}
        yield Rehearsal(names, picture, len(api.loans), before, room.written(), left, seconds)


def _bring_packages(room: Room, install_them: bool) -> Path:
    python = open_python(room.folder / "python", room.user)
    packages = make_environment(python, room.environment)
    wanted = requirements_of_a_space((room.code / "requirements.txt").read_text())
    if install_them:
        install(wanted, room.python)
    else:
        place_packages(wanted, packages, room.user)
    shutil.copy(NO_GPU, packages)
    (packages / "no_gpu.pth").write_text("import no_gpu\n")
    return packages


def _run(room: Room, api: DeviceApi, log: Path) -> str:
    port = free_port()
    process = room.start(
        {
            "SPACE_ID": "ada/faces",
            "SPACE_HOST": "ada-faces.hf.space",
            "SYSTEM": "spaces",
            "SPACES_ZERO_GPU": "true",
            "SPACES_ZERO_DEVICE_API_URL": api.url,
            "OMP_NUM_THREADS": "1",  # who is forked waits for ever for the threads of OpenMP
            "HF_HUB_OFFLINE": "1",
            "GRADIO_ANALYTICS_ENABLED": "False",
            "NO_PROXY": "127.0.0.1,localhost",
            "HOST": "127.0.0.1",  # a Space's own address would be all of them
            "PORT": str(port),
        },
        log,
    )
    try:
        app = RunningApp(f"http://127.0.0.1:{port}", process, log)
        app.wait_until_answering()
        return check_space(app.url, "demo", None)
    except Exception as error:
        raise AssertionError(f"{error}\n{log.read_text(errors='replace')}") from error
    finally:
        stop(process)


def test_the_space_gives_a_picture_for_which_it_borrowed_a_gpu(rehearsal: Rehearsal) -> None:
    print(f"The rehearsal took {rehearsal.seconds:.0f} s.")
    assert rehearsal.picture.count("PNG of 96 × 96 px") == 2
    assert rehearsal.lent == 1


def test_it_had_no_package_that_a_space_lacks(rehearsal: Rehearsal) -> None:
    assert rehearsal.packages >= {"torch", "diffusers", "gradio", "spaces"}
    assert not rehearsal.packages & {"pytest", "playwright", "hypothesis", "mypy", "trackio", "tensorboard"}


def test_it_wrote_only_where_a_space_may_write(rehearsal: Rehearsal) -> None:
    assert rehearsal.after == rehearsal.before
    assert rehearsal.strays == []

"""On ZeroGPU a GPU is borrowed for what is new, and what went wrong is told; elsewhere nothing is asked."""

import subprocess
import sys
from collections.abc import Callable, Generator
from pathlib import Path
from types import SimpleNamespace

import gradio as gr
import pytest

from bench.app_process import free_port
from generation.errors import AdapterRejected
from generation.events import Finished
from generation.recipe import Recipe
from generation.results import ResultStore
from studio.messages import UNEXPECTED, explain
from studio.zerogpu import GPU_S, ZeroGpuWorkshop, explained_steps

OFF_ZEROGPU = """
import sys
from pathlib import Path
from studio.services import open_services
from studio.settings import Settings
open_services(Settings(port=int(sys.argv[1]), results_dir=Path(sys.argv[2])))
print({"spaces", "torch", "gradio"} & set(sys.modules))
"""


def steps(problem: Exception | None = None) -> Generator[int, None, None]:
    yield 1
    if problem:
        raise problem


@pytest.fixture
def borrowed_s(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The seconds of each GPU borrowed; the real package would patch torch for all later tests."""
    borrowed: list[int] = []

    def gpu(duration: int) -> Callable[[Callable], Callable]:
        def decorate(handler: Callable) -> Callable:
            def borrowing(*args: object) -> Generator:
                borrowed.append(duration)
                yield from handler(*args)

            return borrowing

        return decorate

    monkeypatch.setitem(sys.modules, "spaces", SimpleNamespace(GPU=gpu))
    return borrowed


def test_off_zerogpu_nothing_of_it_and_nothing_heavy_is_imported(repository: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", OFF_ZEROGPU, str(free_port()), str(tmp_path)]
    assert subprocess.run(command, capture_output=True, cwd=repository, check=True).stdout == b"set()\n"


def test_a_gpu_is_borrowed_once_for_the_same_portraits(borrowed_s: list[int], tmp_path: Path) -> None:
    workshop, recipe = ZeroGpuWorkshop(ResultStore(tmp_path)), Recipe("a man with a goatee", seed=3, steps=4)
    workshop.load(recipe)
    assert borrowed_s == []
    made, again = list(workshop.compare(recipe)), list(workshop.compare(recipe))
    assert borrowed_s == [GPU_S]
    assert len(made) == 9 and [type(event) for event in again] == [Finished]


def test_what_is_refused_on_the_gpu_is_told(borrowed_s: list[int], tmp_path: Path) -> None:
    cut = tmp_path / "cut.safetensors"
    cut.write_bytes(b"half")
    recipe = Recipe("a man with a goatee", seed=3, steps=4, adapter=str(cut))
    with pytest.raises(gr.Error, match=r"cut\.safetensors"):
        list(ZeroGpuWorkshop(ResultStore(tmp_path / "results")).compare(recipe))


@pytest.mark.parametrize(
    ("problem", "sentence"),
    [
        (AdapterRejected("The adapter is for another model."), "The adapter is for another model."),
        (ValueError("a secret"), UNEXPECTED),
    ],
)
def test_what_goes_wrong_in_the_worker_is_told(problem: Exception, sentence: str) -> None:
    with pytest.raises(gr.Error) as told:
        list(explained_steps(steps)(problem))
    assert told.value.message == sentence
    assert explain(told.value) == sentence

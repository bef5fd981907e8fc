"""Work for later: the newest task counts, and no fault of one gets out."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from prompt_engine.faces.prefetcher import Prefetcher


def test_a_new_task_replaces_the_one_before() -> None:
    prefetcher = Prefetcher("test")
    entered, go_on = threading.Event(), threading.Event()
    done: list[str] = []

    def first() -> Iterator[None]:
        entered.set()
        assert go_on.wait(10)
        done.append("first")
        yield
        done.append("never")

    def second() -> Iterator[None]:
        done.append("second")
        yield

    prefetcher.start(first)
    assert entered.wait(10)
    assert not prefetcher.wait(0)
    prefetcher.start(second)
    go_on.set()
    assert prefetcher.wait(10)
    assert done == ["first", "second"]


def test_a_fault_ends_the_task_alone() -> None:
    prefetcher = Prefetcher("test")
    done: list[str] = []

    def faulty() -> Iterator[None]:
        yield
        raise RuntimeError

    def fine() -> Iterator[None]:
        done.append("fine")
        yield

    prefetcher.start(faulty)
    assert prefetcher.wait(10)
    prefetcher.start(fine)
    assert prefetcher.wait(10)
    assert done == ["fine"]


def test_the_process_ends_without_waiting(repository: Path) -> None:
    code = (
        "import time; from prompt_engine.faces.prefetcher import Prefetcher\n"
        "Prefetcher('test').start(lambda: iter(lambda: time.sleep(60), 0))\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=repository, check=True, timeout=30)

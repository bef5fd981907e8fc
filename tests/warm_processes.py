"""Programs that start with their imports done: forked from a process that has nothing but those.

They are processes like a program's own, that can be killed and told to end; what is left out is how Python
starts and imports the libraries, seconds each time, which other tests go through.
"""

from __future__ import annotations

import os
import runpy
import sys
from collections.abc import Iterator, Mapping
from multiprocessing import get_context
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path

import torch

from training.estimate import pace

SHORT_PROBE_S = 0.01  # one product, or two
IMPORTED = ["training.loop", "training.preparation.prepare", "training.evaluation.evaluate"]


class WarmProgram:
    """`python -m MODULE ARGUMENTS`, started at once; what it prints can be read while it runs."""

    def __init__(
        self,
        pipe: Path,
        module: str,
        *arguments: str,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
    ) -> None:
        """`pipe`: where to make the pipe through which output and complaints come; nothing may lie there."""
        os.mkfifo(pipe)
        started = (str(pipe), module, arguments, dict(environment or {}), str(folder or Path.cwd()))
        self.process: BaseProcess = _forking().Process(target=_run, args=started)
        self.process.start()
        self._said = pipe.open(encoding="utf-8")

    def lines(self) -> Iterator[str]:
        """Each line as it comes, until the program ends."""
        yield from self._said

    def end(self) -> tuple[int, str]:
        """Wait for its end; the exit code, and what was not read before."""
        with self._said:
            said = self._said.read()
        self.process.join()
        assert self.process.exitcode is not None
        return self.process.exitcode, said


def _forking() -> ForkServerContext:
    context = get_context("forkserver")
    context.set_forkserver_preload(IMPORTED)
    return context


def _run(
    pipe: str, module: str, arguments: tuple[str, ...], environment: dict[str, str], folder: str
) -> None:
    os.environ.update(environment)
    os.chdir(folder)
    with Path(pipe).open("wb") as file:
        for stream in (1, 2):
            os.dup2(file.fileno(), stream)
    torch.set_num_threads(1)  # its own threads are lost to whatever a program forks
    pace.PROBE_S = SHORT_PROBE_S
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)

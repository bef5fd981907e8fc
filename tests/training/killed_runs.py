"""A run that is killed again and again, each time a moment later, until it reaches its end.

`python -m tests.training.killed_runs CONFIG KILLS` prints after which step each kill found the run.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

from generation.chatter import silence_libraries
from training.checkpoints import checkpoint_steps
from training.config import TrainingConfig
from training.config_file import read_config
from training.loop import foresee, train
from training.run_folder import holds_run

LATER_S = 0.037  # than the kill before it, each kill comes after a step: at another place in the next one


def silent(_line: str) -> None:
    pass


def start(config: TrainingConfig) -> tuple[int, int]:
    """A process that goes on with the run; its number, and where it says that it is under way."""
    heard, said = os.pipe()
    process = os.fork()
    if process:
        os.close(said)
        return process, heard
    os.close(heard)
    train(config, resume=holds_run(config), say=lambda line: os.write(said, line.encode()) and None)
    os._exit(0)


def run_and_kill(config: TrainingConfig, steps: int, after_s: float) -> bool:
    """Let the run do some steps, wait a moment, kill it; whether it came to its end before."""
    process, heard = start(config)
    with os.fdopen(heard, "rb", buffering=0) as lines:
        said = b""
        while said.count(b"loss ") < steps and (more := lines.read(4096)):
            said += more
        time.sleep(after_s)
        os.kill(process, signal.SIGKILL)
        _, status = os.waitpid(process, 0)
    return os.WIFEXITED(status)


def main() -> None:
    silence_libraries()
    config, kills = read_config(Path(sys.argv[1])), int(sys.argv[2])
    foresee(config, say=silent)  # what it finds out is remembered by every process that follows
    for turn in range(kills):
        if run_and_kill(config, 1 + turn % 3, turn * LATER_S):
            raise SystemExit(f"the run ended before kill {turn}: give it more steps")
        print((checkpoint_steps(Path(config.run.output)) or [None])[-1], flush=True)
    train(config, resume=True, say=silent)


if __name__ == "__main__":
    main()

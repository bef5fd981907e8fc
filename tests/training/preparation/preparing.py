"""`python -m tests.training.preparation.preparing CONFIG`: prepares like the command, a few rows a shard.

Prints `a shard` as each appears, and waits a moment then: whoever wants to kill it can.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
from datasets import Features

from generation.chatter import silence_libraries
from training.preparation import store
from training.preparation.arrow_file import write_rows

SHARD_ROWS = 4
A_MOMENT_S = 0.05


def write_slowly(path: Path, features: Features, batches: Iterable[pa.Table]) -> None:
    write_rows(path, features, batches)
    print("a shard", flush=True)
    time.sleep(A_MOMENT_S)


if __name__ == "__main__":
    silence_libraries()
    from training.__main__ import main
    from training.preparation import filling

    store.SHARD_ROWS, store.write_rows = SHARD_ROWS, write_slowly
    filling.MOST_FACES = filling.CAPTIONS_AT_ONCE = SHARD_ROWS
    sys.exit(main(["prepare", "--config", sys.argv[1]]))

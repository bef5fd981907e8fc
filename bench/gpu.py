"""python -m bench.gpu: speed and memory of training on this machine's GPU, beside what they must reach.

SD 3.5 Medium's and Large's shapes with random weights in bfloat16, LoRA of rank 64, each block compiled. Exit
code 1 when a target was missed, 2 where there is no GPU, 0 otherwise.
"""

from __future__ import annotations

import sys

import torch

from bench.table import render_table
from generation.chatter import silence_libraries
from prompt_engine.command_line import run_command

STEPS = 10


class NoGpu(Exception):
    """Nothing to measure on."""


def main() -> int:
    """Measure everything; give the exit code."""
    return run_command(_run, NoGpu)


def _run() -> int:
    if not torch.cuda.is_available():
        raise NoGpu(
            "make bench-gpu needs a GPU that PyTorch can use through CUDA, and this machine has none: "
            "run it where there is one"
        )
    silence_libraries()
    from bench.gpu_targets import measure_targets, targets  # only now: silent, and not where there is no GPU

    device = torch.device("cuda")
    rows = []
    for row in measure_targets(targets(), device, torch.cuda.get_device_name(device), STEPS):
        rows.append(row)
        print(f"measured: {row.what}", file=sys.stderr)
    print(render_table(rows))
    return int(any(row.ok is False for row in rows))


if __name__ == "__main__":
    sys.exit(main())

"""Loads the demo model as a Space on ZeroGPU does, lets the real `spaces` pack it, and says both sizes.

Then it loads it once more where a byte less may be packed, as the app does at its start.

Here `spaces` does emulate CUDA, as it does in a Space's own process. It takes for granted that torch was
built with CUDA: what it only takes hold of, and never calls before a GPU is lent, is put there.
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch

torch.version.cuda = torch.version.cuda or "13.0"
for name in ("_cuda_init", "_cuda_getCurrentRawStream"):
    if not hasattr(torch._C, name):
        setattr(torch._C, name, None)
torch.cuda._is_in_bad_fork = torch.cuda.is_initialized  # the one of other builds cannot be pickled

import spaces.zero  # noqa: E402

from generation.recipe import Recipe  # noqa: E402
from generation.results import ResultStore  # noqa: E402
from prompt_engine.command_line import run_command  # noqa: E402
from studio import packed_size  # noqa: E402
from studio.durations import Durations  # noqa: E402
from studio.settings import SettingsError  # noqa: E402
from studio.zerogpu import ZeroGpuWorkshop  # noqa: E402


def main() -> None:
    recipe = Recipe("a man with a goatee", seed=1)
    workshop = ZeroGpuWorkshop(ResultStore(Path(sys.argv[1])), Durations())
    workshop.load(recipe)
    foretold = packed_size.check_packed_size([recipe], packed_size.MOST_PACKED_BYTES)
    print("SIZES", foretold, spaces.zero.torch.pack(), torch.cuda.is_initialized())
    packed_size.MOST_PACKED_BYTES = foretold - 1
    sys.exit(run_command(lambda: workshop.load(recipe), SettingsError))


if __name__ == "__main__":
    main()

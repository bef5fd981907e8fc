"""Stands in the rehearsal's environment for the GPU that this machine lacks; runs before any program there.

`spaces` finds no torch, so that it emulates no CUDA: models stay on the processor. All else is real.
"""

import sys

sys.modules["torch"] = None  # type: ignore[assignment]
import spaces  # noqa: E402, F401

del sys.modules["torch"]

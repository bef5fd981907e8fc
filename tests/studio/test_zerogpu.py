"""Off ZeroGPU, borrowing a GPU changes nothing and imports nothing."""

import sys

from studio.zerogpu import on_gpu


def test_off_zerogpu_the_handler_stays_as_it_is() -> None:
    def handler() -> int:
        return 1

    assert on_gpu(60, on_zerogpu=False)(handler) is handler
    assert "spaces" not in sys.modules

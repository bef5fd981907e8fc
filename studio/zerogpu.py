"""The only door to the `spaces` package: borrow a GPU on ZeroGPU, do nothing anywhere else."""

from collections.abc import Callable
from typing import Any, TypeVar

Handler = TypeVar("Handler", bound=Callable[..., Any])


def on_gpu(duration_s: int, on_zerogpu: bool) -> Callable[[Handler], Handler]:
    """Decorate a handler so that it runs with a GPU for at most `duration_s` seconds on ZeroGPU."""

    def decorate(handler: Handler) -> Handler:
        if not on_zerogpu:
            return handler
        import spaces  # patches torch when imported, so never off ZeroGPU

        return spaces.GPU(duration=duration_s)(handler)

    return decorate

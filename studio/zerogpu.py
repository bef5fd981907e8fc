"""The only door to the `spaces` package: borrow a GPU on ZeroGPU, do nothing anywhere else."""

import functools
from collections.abc import Callable, Generator
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
Step = TypeVar("Step")
Steps = Callable[P, Generator[Step, None, None]]


def on_gpu(duration_s: int, on_zerogpu: bool) -> Callable[[Steps[P, Step]], Steps[P, Step]]:
    """Decorate a generator so that it runs with a GPU for at most `duration_s` seconds on ZeroGPU."""

    def decorate(handler: Steps[P, Step]) -> Steps[P, Step]:
        if not on_zerogpu:
            return handler
        import spaces  # patches torch when imported, so never off ZeroGPU

        return spaces.GPU(duration=duration_s)(_explained_steps(handler))

    return decorate


def _explained_steps(handler: Steps[P, Step]) -> Steps[P, Step]:
    """Of any exception but a `gr.Error`, ZeroGPU would tell the visitor the class and no more."""
    import gradio as gr

    from studio.messages import explain

    @functools.wraps(handler)
    def steps(*args: P.args, **kwargs: P.kwargs) -> Generator[Step, None, None]:
        try:
            yield from handler(*args, **kwargs)
        except Exception as problem:
            raise gr.Error(explain(problem), print_exception=False) from problem

    return steps

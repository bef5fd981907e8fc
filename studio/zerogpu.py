"""The only door to the `spaces` package: on ZeroGPU, a workshop that borrows a GPU for each comparison."""

import functools
from collections.abc import Callable, Generator
from contextlib import closing
from typing import ParamSpec, TypeVar

from generation.events import Event, Finished
from generation.open_workshop import open_workshop
from generation.recipe import Recipe
from generation.results import ResultStore

GPU_S = 10  # the longest that a comparison may borrow a GPU; ZeroGPU takes it off the visitor's quota

P = ParamSpec("P")
Step = TypeVar("Step")
Steps = Callable[P, Generator[Step, None, None]]


class ZeroGpuWorkshop:
    """What `Workshop` does, borrowing a GPU for what was not made before."""

    def __init__(self, results: ResultStore) -> None:
        import spaces  # patches torch, so never off ZeroGPU, and before torch is imported

        self._workshop = open_workshop(results)
        # Only the recipe and the events cross to the process that has the GPU: both can be pickled.
        self._compare = spaces.GPU(duration=GPU_S)(explained_steps(self._workshop.compare))

    def load(self, recipe: Recipe) -> None:
        """As `Workshop.load`; call it from the main thread, before the page is launched."""
        self._workshop.load(recipe)

    def compare(self, recipe: Recipe) -> Generator[Event, None, None]:
        """As `Workshop.compare`; what is stored is given without a GPU."""
        stored = self._workshop.stored(recipe)
        if stored:
            yield Finished(stored)
            return
        with closing(self._compare(recipe)) as events:
            yield from events


def explained_steps(handler: Steps[P, Step]) -> Steps[P, Step]:
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

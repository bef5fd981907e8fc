"""The adapters that are attached to one pipeline: those used last, so that few are loaded twice."""

from __future__ import annotations

from collections.abc import Sequence

from diffusers import StableDiffusion3Pipeline

from generation.adapters.attached import adapter_name, attach_adapter, attached, check_output, detach_adapter
from generation.adapters.file import FoundAdapter, adapter_revision
from generation.errors import AdapterRejected

MOST_ATTACHED = 4


class AdapterRack:
    """Attaches what is asked for under names made of revisions, and removes what was not used for longest.

    Of those that stay none is removed: on a lent GPU, what was attached before there was any.

    Nothing is remembered of a call but which adapters it used: strengths are said anew for every one. Not for
    several threads at once, as the pipeline is not.
    """

    def __init__(self, pipeline: StableDiffusion3Pipeline, most: int = MOST_ATTACHED) -> None:
        self._pipeline = pipeline
        self._most = most
        self._used: list[str] = []  # the one used last at the end
        self._untried: set[str] = set()
        self._staying: set[str] = set()

    def use(self, adapters: Sequence[FoundAdapter], tried: bool = True) -> tuple[str, ...]:
        """Have all of these attached at once, however many; give their names, in the same order.

        `tried`: as in `attach_adapter`; what was attached untried stays, and is tried at its first use that
        says so.

        Raises:
            AdapterRejected: one cannot be used, or its file was replaced since it was found.
        """
        names = tuple(adapter_name(each.revision) for each in adapters)
        for name, adapter in zip(names, adapters, strict=True):
            if name not in attached(self._pipeline):
                self._attach(name, adapter, tried)
            elif tried and name in self._untried:
                self._try(name, adapter)
            self._used = [each for each in self._used if each != name] + [name]
        if not tried:
            self._staying.update(names)
        passing = [each for each in self._used if each not in self._staying]
        surplus = len(passing) - max(self._most, len(set(names)))
        for name in passing[: max(0, surplus)]:
            self.remove(name)
        return names

    def remove(self, name: str) -> None:
        """Detach one adapter; nothing happens where it is not attached."""
        self._used = [each for each in self._used if each != name]
        self._untried.discard(name)
        self._staying.discard(name)
        detach_adapter(self._pipeline, name)

    def clear(self) -> None:
        """Detach all: the pipeline is as it was loaded."""
        for name in list(self._used):
            self.remove(name)

    def _attach(self, name: str, adapter: FoundAdapter, tried: bool) -> None:
        attach_adapter(self._pipeline, adapter.path, name, tried)
        # It may have been replaced since it was hashed; looking after loading it covers the loading too.
        if not adapter.is_from_hub and adapter_revision(adapter.path) != adapter.revision:
            detach_adapter(self._pipeline, name)
            raise AdapterRejected(
                f"{adapter.path.name} was replaced while the comparison waited: compare again to use it as "
                "it is now."
            )
        if not tried:
            self._untried.add(name)

    def _try(self, name: str, adapter: FoundAdapter) -> None:
        try:
            check_output(self._pipeline, adapter.path, name)
        except AdapterRejected:
            self.remove(name)
            raise
        self._untried.discard(name)

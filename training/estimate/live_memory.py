"""Follows every tensor from its making to its end, and knows how much was held at the fullest moment."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves


class LiveMemory(TorchDispatchMode):
    """Adds up the bytes of all storages that are alive; works on real and on pretended tensors alike.

    One block may stand for several like it: what is made while `copies` is above 1, and still there when
    `forward_is_done` is called, counts that often from then on.
    """

    def __init__(self) -> None:
        super().__init__()
        self.copies = 1
        self.peak_bytes = 0
        self._now = 0
        self._bytes: dict[int, int] = {}
        self._copies: dict[int, int] = {}

    def leave_out(self, tensors: Iterable[torch.Tensor]) -> None:
        """Count nothing for what was there before."""
        self._bytes.update((tensor.untyped_storage()._cdata, 0) for tensor in tensors)

    def forward_is_done(self) -> None:
        """Let what is held for the backward pass count for every block that it stands for."""
        for key, copies in self._copies.items():
            self._add((copies - 1) * self._bytes[key])
            self._bytes[key] *= copies
        self._copies.clear()

    def __torch_dispatch__(
        self, operator: Callable[..., Any], types: Any, args: tuple = (), kwargs: dict | None = None
    ) -> Any:
        result = operator(*args, **(kwargs or {}))
        for leaf in tree_leaves(result):
            if isinstance(leaf, torch.Tensor):
                self._note(leaf.untyped_storage())
        return result

    def _note(self, storage: torch.UntypedStorage) -> None:
        key = storage._cdata
        if key in self._bytes:  # a view of what is counted
            return
        self._bytes[key] = storage.nbytes()
        self._copies[key] = self.copies
        self._add(storage.nbytes())
        weakref.finalize(storage, self._forget, key)

    def _forget(self, key: int) -> None:
        self._copies.pop(key, None)
        self._now -= self._bytes.pop(key)

    def _add(self, size: int) -> None:
        self._now += size
        self.peak_bytes = max(self.peak_bytes, self._now)

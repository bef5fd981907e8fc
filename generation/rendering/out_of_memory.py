"""How memory that ran out is recognised, on a GPU and in the host."""

from __future__ import annotations

# Not every library has an error class for it.
_SIGNS = ("out of memory", "can't allocate memory", "_STATUS_ALLOC_FAILED")


def ran_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory ran out."""
    import torch

    kinds = (torch.OutOfMemoryError, MemoryError)
    return isinstance(error, kinds) or any(sign in str(error) for sign in _SIGNS)


def first_sentence(error: BaseException) -> str:
    """How much was asked for, without the advice to programmers that follows it."""
    line = (str(error).splitlines() or [""])[0]
    return ". ".join(line.split(". ")[:2]).rstrip(".") or "nothing more was said"

"""Every tensor counts from its making to its end, and once."""

from __future__ import annotations

import torch

from training.estimate.live_memory import LiveMemory

KIB = 1024


def kibibytes(count: int) -> torch.Tensor:
    return torch.zeros(count * KIB, dtype=torch.uint8)


def test_the_peak_is_what_was_held_at_once() -> None:
    with LiveMemory() as memory:
        first = kibibytes(3)
        del first
        second, third = kibibytes(2), kibibytes(2)
        del second, third
    assert memory.peak_bytes == 4 * KIB


def test_a_view_is_no_second_tensor_and_keeps_the_first_alive() -> None:
    with LiveMemory() as memory:
        part = kibibytes(4).view(2, -1)[0]
        kept = kibibytes(1)
        del part, kept
    assert memory.peak_bytes == 5 * KIB


def test_what_was_there_before_is_left_out() -> None:
    before = kibibytes(8)
    memory = LiveMemory()
    memory.leave_out([before])
    with memory:
        before.view(2, -1).add_(1)
    assert memory.peak_bytes == 0


def test_what_stands_for_several_counts_as_often_once_the_forward_pass_is_done() -> None:
    with LiveMemory() as memory:
        memory.copies = 5
        kept, passing = kibibytes(1), kibibytes(2)
        memory.copies = 1
        del passing
        memory.forward_is_done()
        del kept
        last = kibibytes(3)
        del last
    assert memory.peak_bytes == 5 * KIB

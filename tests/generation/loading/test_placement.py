"""Placements follow free memory, the better one first; figures are those of the official models."""

from __future__ import annotations

import pytest

from generation.loading.placement import HOST_RESERVE_BYTES, FreeMemory, choose_placement, fits, placements
from generation.models import MODELS

GB = 1_000_000_000
HOST = 64 * GB


@pytest.mark.parametrize(
    ("key", "gpu_gb", "words"),
    [
        ("large", 80, "all on the GPU"),
        ("large", 24, "each part on the GPU only while it works"),
        ("large", 16, None),
        ("medium", 24, "all on the GPU"),
        ("medium", 16, "each part on the GPU only while it works"),
        ("medium", 10, "each part on the GPU only while it works, T5 in 4 bits (nf4)"),
        ("medium", 6, None),
    ],
)
def test_the_best_that_fits_is_chosen(key: str, gpu_gb: int, words: str | None) -> None:
    pytest.importorskip("bitsandbytes")
    spec = MODELS[key]
    chosen = choose_placement(spec, dict(spec.weights), FreeMemory(gpu_gb * GB, HOST))
    assert chosen is None if words is None else chosen and chosen.text.startswith(words)


def test_a_host_that_is_too_small_for_offloading_is_not_offloaded_to() -> None:
    spec = MODELS["medium"]
    chosen = choose_placement(spec, dict(spec.weights), FreeMemory(24 * GB, 2 * GB))
    assert chosen and not chosen.offloaded
    assert choose_placement(spec, dict(spec.weights), FreeMemory(10 * GB, 2 * GB)) is None


def test_the_host_keeps_room_for_what_else_runs_there() -> None:
    spec = MODELS["large"]
    offloaded = next(each for each in placements(dict(spec.weights), on_gpu=True) if each.offloaded)
    enough = offloaded.host_bytes + HOST_RESERVE_BYTES
    assert fits(spec, offloaded, FreeMemory(80 * GB, enough))
    assert not fits(spec, offloaded, FreeMemory(80 * GB, enough - 1))


def test_each_way_takes_less_where_models_work_or_changes_less() -> None:
    spec = MODELS["large"]
    exact = [each for each in placements(dict(spec.weights), on_gpu=True) if each.other_numbers is None]
    assert [each.t5 for each in exact] == ["whole", "whole"]
    whole, offloaded = exact
    assert whole.device_bytes == spec.download_bytes > offloaded.device_bytes
    assert offloaded.host_bytes == whole.device_bytes and whole.host_bytes == 0


def test_more_memory_never_gives_less() -> None:
    spec = MODELS["medium"]
    every = placements(dict(spec.weights), on_gpu=True)
    ranks = []
    for gpu in range(1, 40):
        fitting = [rank for rank, each in enumerate(every) if fits(spec, each, FreeMemory(gpu * GB, HOST))]
        ranks.append(min(fitting, default=len(every)))
    assert ranks == sorted(ranks, reverse=True)
    assert ranks[0] == len(every) and ranks[-1] == 0


def test_on_a_processor_weights_take_four_bytes_of_the_hosts_memory() -> None:
    spec = MODELS["medium"]
    chosen = choose_placement(spec, dict(spec.weights), FreeMemory(None, HOST))
    assert chosen and chosen.text == "all on the processor"
    assert chosen.host_bytes == 2 * spec.download_bytes

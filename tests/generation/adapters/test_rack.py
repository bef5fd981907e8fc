"""Adapters stay attached while they are used, count only when named, and go when others need the room."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import torch
from diffusers import StableDiffusion3Pipeline
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from generation.adapters.attached import adapter_name, adapter_scale, attached
from generation.adapters.file import FoundAdapter, find_adapter
from generation.adapters.rack import AdapterRack
from generation.errors import AdapterRejected
from generation.loading.pipelines import load_pipeline
from generation.loading.tiny_forward import tiny_velocity
from generation.models import ModelSpec


@pytest.fixture(scope="module")
def pipeline(spec: ModelSpec) -> StableDiffusion3Pipeline:
    return load_pipeline(spec, "cpu", parts=("transformer", "scheduler"))


@pytest.fixture(scope="module")
def adapters(
    make_adapter: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, FoundAdapter]:
    """Four adapters by a letter each."""
    folder = tmp_path_factory.mktemp("adapters")
    return {
        letter: find_adapter(str(make_adapter(folder / letter, seed=seed, rank=2 + seed)))
        for seed, letter in enumerate("abcd")
    }


def names(adapters: Mapping[str, FoundAdapter], letters: str) -> tuple[str, ...]:
    return tuple(adapter_name(adapters[letter].revision) for letter in letters)


def test_who_was_not_used_for_longest_goes_first(
    pipeline: StableDiffusion3Pipeline, adapters: Mapping[str, FoundAdapter]
) -> None:
    rack = AdapterRack(pipeline, most=2)
    for letter in "abac":
        assert rack.use([adapters[letter]]) == names(adapters, letter)
    assert set(attached(pipeline)) == set(names(adapters, "ac"))
    rack.clear()
    assert attached(pipeline) == ()


def test_what_was_attached_before_there_was_a_gpu_stays(
    pipeline: StableDiffusion3Pipeline, adapters: Mapping[str, FoundAdapter]
) -> None:
    rack = AdapterRack(pipeline, most=1)
    for letter in "ab":
        rack.use([adapters[letter]], tried=False)
    for letter in "cda":
        rack.use([adapters[letter]])
    assert set(attached(pipeline)) == set(names(adapters, "abd"))
    rack.clear()
    assert attached(pipeline) == ()


def test_all_that_one_call_needs_are_there_at_once(
    pipeline: StableDiffusion3Pipeline, adapters: Mapping[str, FoundAdapter]
) -> None:
    rack = AdapterRack(pipeline, most=2)
    rack.use([adapters["d"]])
    assert rack.use([adapters[letter] for letter in "abca"]) == names(adapters, "abca")
    assert set(attached(pipeline)) == set(names(adapters, "abc"))
    rack.use([adapters["b"]])
    assert set(attached(pipeline)) == set(names(adapters, "ab"))
    rack.clear()


def test_nothing_of_a_call_is_left_in_the_next(
    pipeline: StableDiffusion3Pipeline, adapters: Mapping[str, FoundAdapter]
) -> None:
    def velocity(name: str, scale: float | None) -> torch.Tensor:
        with adapter_scale(pipeline, scale, name):
            return tiny_velocity(pipeline.transformer)

    alone = {}
    for letter, adapter in adapters.items():
        rack = AdapterRack(pipeline)
        (name,) = rack.use([adapter])
        alone[letter] = velocity(name, 0.7)
        rack.clear()
    vanilla = tiny_velocity(pipeline.transformer)
    rack = AdapterRack(pipeline, most=2)
    for letter in "abcadbcb":
        (name,) = rack.use([adapters[letter]])
        assert torch.equal(velocity(name, 0.7), alone[letter])
        assert torch.equal(velocity(name, None), vanilla)
        velocity(name, 2.0)
    rack.clear()


def test_what_was_attached_untried_is_tried_at_its_first_use(
    pipeline: StableDiffusion3Pipeline, adapters: Mapping[str, FoundAdapter], tmp_path: Path
) -> None:
    idle = {key: weight * 1e-6 for key, weight in load_file(adapters["a"].path).items()}
    with safe_open(adapters["a"].path, "pt") as file:
        save_file(idle, tmp_path / "idle.safetensors", metadata=file.metadata())
    found, rack = find_adapter(str(tmp_path / "idle.safetensors")), AdapterRack(pipeline)
    assert rack.use([found], tried=False) == rack.use([found], tried=False)
    with pytest.raises(AdapterRejected, match=r"idle\.safetensors changes nothing"):
        rack.use([found])
    assert attached(pipeline) == ()
    rack.use([adapters["a"]], tried=False)
    with pytest.MonkeyPatch.context() as patch:
        passes: list[object] = []
        patch.setattr(
            "generation.adapters.attached.tiny_velocity",
            lambda *given: passes.append(given) or tiny_velocity(*given),  # type: ignore[func-returns-value]
        )
        for _ in range(3):
            rack.use([adapters["a"]])
        assert len(passes) == 2  # without it and with it, once
    rack.clear()


def test_a_file_that_was_replaced_after_it_was_found_is_refused(
    pipeline: StableDiffusion3Pipeline, adapters: Mapping[str, FoundAdapter], tmp_path: Path
) -> None:
    path = Path(shutil.copy(adapters["a"].path, tmp_path / "mine.safetensors"))
    found = find_adapter(str(path))
    shutil.copy(adapters["b"].path, path)
    rack = AdapterRack(pipeline)
    with pytest.raises(AdapterRejected, match="mine.safetensors was replaced"):
        rack.use([found])
    assert attached(pipeline) == ()

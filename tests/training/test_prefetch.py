"""A batch that is built ahead is the batch that is built when it is asked for, whatever is asked for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from accelerate import Accelerator

from training.batches import Batch, Batches
from training.config import ObjectiveConfig, RunConfig, TrainingConfig
from training.embeddings import TextEmbeddings
from training.flow_matching import NoiseLevels
from training.prefetch import Ahead
from training.preparation.plan import caption_key
from training.preparation.prepare import prepare
from training.preparation.store import NewRows, RowForm, add_rows, create_store, open_store

CPU = torch.device("cpu")


@pytest.fixture
def batches(make_config: Callable[..., TrainingConfig]) -> Batches:
    prepared = prepare(make_config(), Accelerator(cpu=True), lambda _line: None)
    run = RunConfig(steps=8, batch_size=4, seed=3, caption_dropout=0.2)
    levels = NoiseLevels(ObjectiveConfig(), 1.0)
    return Batches(prepared.examples, prepared.latents, prepared.text, run, levels)


def same(one: Batch, other: Batch) -> bool:
    pairs = zip(vars(one).values(), vars(other).values(), strict=True)
    return all(torch.equal(a, b) if isinstance(a, torch.Tensor) else a == b for a, b in pairs)


def test_one_after_another_back_ahead_and_again_each_step_gives_its_own_batch(batches: Batches) -> None:
    with Ahead(batches, CPU) as ahead:
        for step in (0, 1, 2, 0, 1, 5, 5, 6, 7, 3):
            assert same(ahead.take(step), batches.batch(step))
    assert not same(batches.batch(0), batches.batch(1))


def test_each_process_has_its_share(batches: Batches) -> None:
    for process in range(2):
        with Ahead(batches, CPU, process, processes=2) as ahead:
            assert all(same(ahead.take(step), batches.batch(step, process, 2)) for step in range(3))


def test_the_thread_works_while_nobody_asks_stays_within_the_run_and_ends_with_it(batches: Batches) -> None:
    built = []

    class Noting(Batches):
        def batch(self, step: int, process: int = 0, processes: int = 1) -> Batch:
            built.append((step, threading.current_thread().name))
            return super().batch(step, process, processes)

    with Ahead(Noting(**vars(batches)), CPU) as ahead:
        ahead.take(6)
        ahead.take(7)
    assert [step for step, _ in built] == [6, 7]  # and no eighth: the run has none
    assert all(name.startswith("next-batch") for _, name in built)
    assert not any(each.name.startswith("next-batch") for each in threading.enumerate())


def test_what_goes_wrong_in_the_thread_is_raised_when_that_step_is_asked_for(
    batches: Batches, tmp_path: Path
) -> None:
    first = batches.batch(0)
    assert {*batches.batch(1).captions} - {*first.captions}
    with Ahead(replace(batches, text=only(first, tmp_path)), CPU) as ahead:
        for _ in range(2):
            assert same(ahead.take(0), first)
            with pytest.raises(KeyError):
                ahead.take(1)


def only(batch: Batch, folder: Path) -> TextEmbeddings:
    """The embeddings of one batch's captions, and of no other."""
    rows = {caption: row for row, caption in enumerate(batch.captions)}
    tensors = {name: getattr(batch, name)[list(rows.values())] for name in ("prompt_embeds", "pooled_embeds")}
    form = RowForm({name: tuple(each.shape[1:]) for name, each in tensors.items()}, batch.prompt_embeds.dtype)
    create_store(folder, form, {})
    add_rows(folder, form, [NewRows([caption_key(each) for each in rows], list(rows), tensors)])
    return TextEmbeddings(open_store(folder, form))

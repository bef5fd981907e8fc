"""Rows on disk: the very bits that were given, added to and never changed, and damaged ones made again."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from training.errors import DataError
from training.preparation import store as module
from training.preparation.store import MANIFEST, NewRows, RowForm, add_rows, create_store, open_store

FORM = RowForm({"latents": (2, 3), "pooled": (5,)}, torch.bfloat16)


def rows(*keys: int, form: RowForm = FORM) -> NewRows:
    """Rows whose numbers follow from their keys, with one that is none and one without end."""
    tensors = {}
    for name, shape in form.shapes.items():
        chance = [torch.randn(shape, generator=torch.Generator().manual_seed(key)) for key in keys]
        tensors[name] = torch.stack(chance).to(form.dtype)
        tensors[name].view(len(keys), -1)[:, :2] = torch.tensor([float("nan"), float("-inf")])
    return NewRows(keys, [f"row {key}" for key in keys], tensors)


def bits(tensor: torch.Tensor) -> list[int]:
    return tensor.contiguous().view(torch.uint8).flatten().tolist()


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float32])
def test_what_is_read_is_bit_by_bit_what_was_written(tmp_path: Path, dtype: torch.dtype) -> None:
    form = RowForm(FORM.shapes, dtype)
    create_store(tmp_path, form, {})
    add_rows(tmp_path, form, [rows(7, 3, form=form), rows(-5, form=form)])
    add_rows(tmp_path, form, [rows(2**62, 3, form=form)])  # one that is there already does no harm
    store = open_store(tmp_path, form)
    wanted = [3, 2**62, -5, 3, 7]
    places = store.find(np.array(wanted)).tolist()
    for name in form.shapes:
        taken = store.take(name, places)
        assert taken.dtype == dtype
        assert bits(taken) == bits(rows(*wanted, form=form).tensors[name])
    assert store.find(np.array([4, 8])).tolist() == [-1, -1]


def test_a_folder_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    store = open_store(tmp_path / "none", FORM)
    assert len(store.keys) == 0 and store.find(np.array([1, 2])).tolist() == [-1, -1]


def test_many_rows_lie_in_several_shards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SHARD_ROWS", 4)
    create_store(tmp_path, FORM, {})
    add_rows(tmp_path, FORM, [rows(each, each + 100) for each in range(9)])
    assert len(list(tmp_path.glob("shard-*.arrow"))) == 5
    store = open_store(tmp_path, FORM)
    keys = list(range(9))
    taken = store.take("pooled", store.find(np.array(keys)).tolist())
    assert bits(taken) == bits(rows(*keys).tensors["pooled"])


def test_a_stop_on_the_way_leaves_whole_shards_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SHARD_ROWS", 2)
    create_store(tmp_path, FORM, {})

    def until_stopped() -> object:
        yield rows(1, 2)
        yield rows(3)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        add_rows(tmp_path, FORM, until_stopped())
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".arrow", ".json"]
    assert open_store(tmp_path, FORM).keys.tolist() == [1, 2]


def test_rows_of_a_damaged_shard_are_missing_again(tmp_path: Path) -> None:
    create_store(tmp_path, FORM, {})
    for key in (1, 2):
        add_rows(tmp_path, FORM, [rows(key)])
    one, other = sorted(tmp_path.glob("shard-*.arrow"))
    one.write_bytes(one.read_bytes()[:-200])
    assert len(open_store(tmp_path, FORM).keys) == 1
    other.write_bytes(b"")
    assert len(open_store(tmp_path, FORM).keys) == 0


def test_what_another_version_wrote_is_refused(tmp_path: Path) -> None:
    create_store(tmp_path, FORM, {"vae": "some"})
    manifest = json.loads((tmp_path / MANIFEST).read_text())
    assert manifest["made_from"] == {"vae": "some"} and manifest["dtype"] == "bfloat16"
    for other in ({**manifest, "schema": 1}, {**manifest, "tensors": {}}, []):
        (tmp_path / MANIFEST).write_text(json.dumps(other))
        with pytest.raises(DataError, match="was written by another version: delete it"):
            open_store(tmp_path, FORM)


def test_rows_of_another_form_are_refused(tmp_path: Path) -> None:
    create_store(tmp_path, FORM, {})
    with pytest.raises(DataError, match="its configuration files say"):
        add_rows(tmp_path, FORM, [rows(1, form=RowForm(FORM.shapes, torch.float32))])
    assert not list(tmp_path.glob("*.arrow"))


def test_what_a_kill_left_long_ago_is_removed(tmp_path: Path) -> None:
    old, new = tmp_path / ".shard-1.arrow-ab.tmp", tmp_path / ".shard-2.arrow-cd.tmp"
    for path in (old, new):
        path.touch()
    os.utime(old, times=(time.time() - 2 * module.ABANDONED_S,) * 2)
    create_store(tmp_path, FORM, {})
    assert new.exists() and not old.exists()

"""A T5 that is read from disk block by block gives the very embeddings of one that is loaded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from training.base_model import chosen_model
from training.config import TrainingConfig
from training.encoders import encode_captions
from training.preparation import large_t5
from training.preparation.base import Base, open_base

CAPTIONS = ["a man with a hat", "", "a young woman with wavy hair"]


@pytest.fixture
def base(small_config: Callable[..., TrainingConfig]) -> Base:
    config = small_config()
    return open_base(chosen_model(config), config, torch.device("cpu"))


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_t5_from_disk_says_the_same(
    base: Base, dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = replace(base, dtype=dtype)
    expected = encode_captions(base.load_text_encoders(), CAPTIONS, 256)
    monkeypatch.setattr(large_t5, "fits", lambda *_: False)
    pipeline = base.load_text_encoders()
    assert any(each.is_meta for each in pipeline.text_encoder_3.parameters())
    for found, wanted in zip(encode_captions(pipeline, CAPTIONS, 256), expected, strict=True):
        assert found.dtype == dtype and torch.equal(found, wanted)


def test_only_a_gpu_without_room_reads_from_disk(
    small_sd35: Path, random_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = large_t5.RESERVE_BYTES
    monkeypatch.setattr(large_t5, "free_bytes", lambda _device: free)
    gpu, cpu = torch.device("cuda", 0), torch.device("cpu")
    assert not large_t5.fits(small_sd35, gpu, torch.bfloat16)
    assert large_t5.fits(small_sd35, cpu, torch.bfloat16) and large_t5.fits(random_model, gpu, torch.bfloat16)
    free += 10**9
    assert large_t5.fits(small_sd35, gpu, torch.bfloat16)

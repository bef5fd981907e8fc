"""Memory that runs out is told as what to set; other errors stay what they are."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from training.config import TrainingConfig
from training.errors import TrainingError
from training.out_of_memory import telling_out_of_memory

MakeConfig = Callable[..., TrainingConfig]
TOO_MUCH = 2**55


def test_what_takes_less_memory_is_named(make_config: MakeConfig) -> None:
    config = make_config(run_batch_size=8, run_micro_batch_size=4)
    with (
        pytest.raises(TrainingError, match="tried to allocate") as told,
        telling_out_of_memory(config),
    ):
        torch.empty(TOO_MUCH)
    assert str(told.value).endswith(
        "set run.micro_batch_size below 4 and run.gradient_checkpointing = true and go on with "
        '--resume-or-start, or start again with model.quantization = "nf4" or a smaller data.size_px or '
        "lora.rank"
    )


def test_what_is_set_already_is_not_named_again(make_config: MakeConfig) -> None:
    config = make_config(
        run_micro_batch_size=1, run_gradient_checkpointing=True, model_quantization="nf4", model_key="medium"
    )
    cuda = torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total of …")
    with pytest.raises(TrainingError) as told, telling_out_of_memory(config):
        raise cuda
    assert str(told.value) == (
        "The memory ran out (CUDA out of memory. Tried to allocate 2.00 GiB): free what else uses it, or "
        "start again with a smaller data.size_px or lora.rank"
    )


def test_other_errors_stay_what_they_are(make_config: MakeConfig) -> None:
    with pytest.raises(RuntimeError, match="shapes"), telling_out_of_memory(make_config()):
        raise RuntimeError("shapes do not fit")

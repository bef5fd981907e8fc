"""The state of a run: what was saved comes back, to the device it belongs on."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from training.errors import RunError
from training.run_state import STATE_FILE, RunState, load_weights, read_state, save_state

STATE = RunState(step=1, config="", material={}, meter={}, skipped_in_a_row=0)


def a_learner(device: str) -> tuple[dict[str, nn.Parameter], torch.optim.AdamW]:
    parameters = {name: nn.Parameter(torch.ones(3, device=device)) for name in ("b", "a", "unused")}
    # Capturable, AdamW keeps its steps beside the weights, as the fused one does on a GPU.
    return parameters, torch.optim.AdamW(parameters.values(), capturable=device != "cpu")


def saved(folder: Path) -> tuple[dict[str, nn.Parameter], torch.optim.AdamW]:
    parameters, optimizer = a_learner("cpu")
    for number, name in enumerate(("b", "a"), start=2):
        parameters[name].grad = torch.full((3,), float(number))
    optimizer.step()
    save_state(folder, parameters, optimizer, STATE)
    return parameters, optimizer


def test_weights_and_optimizer_come_back_to_their_own_parameters(tmp_path: Path) -> None:
    before, optimizer_before = saved(tmp_path)
    after, optimizer = a_learner("cpu")
    load_weights(tmp_path, after, optimizer)
    for name, parameter in after.items():
        assert torch.equal(parameter, before[name])
        expected, found = optimizer_before.state[before[name]], optimizer.state[parameter]
        assert expected.keys() == found.keys()
        assert all(torch.equal(expected[key], found[key]) for key in expected)


def test_an_optimizer_that_keeps_its_steps_beside_the_weights_gets_them_there(tmp_path: Path) -> None:
    saved(tmp_path)
    parameters, optimizer = a_learner("meta")
    load_weights(tmp_path, parameters, optimizer)
    assert {value.device.type for value in optimizer.state[parameters["a"]].values()} == {"meta"}


def test_the_state_of_an_earlier_version_is_refused_in_a_sentence(tmp_path: Path) -> None:
    save_file({}, tmp_path / STATE_FILE, metadata={"schema": "2", "run": "{}"})
    with pytest.raises(RunError, match="has version 2, this program reads 3: use --overwrite"):
        read_state(tmp_path)

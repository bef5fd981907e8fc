"""A checkpoint: what was saved comes back, to the device it belongs on, and nothing else is taken for one."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from diffusers.training_utils import EMAModel
from safetensors.torch import load_file, save_file
from torch import nn

from training.errors import RunError
from training.learned import Learned
from training.run_state import SCHEMA, RunState, load_learned, read_state, save_state

STATE = RunState(step=1, config="", material={}, meter={}, guard={})


def a_learner(device: str = "cpu", names: str = "ba?", average: bool = False) -> Learned:
    parameters = {name: nn.Parameter(torch.ones(3, device=device)) for name in names}
    # Capturable, AdamW keeps its steps beside the weights, as the fused one does on a GPU.
    optimizer = torch.optim.AdamW(parameters.values(), capturable=device != "cpu")
    shadow = EMAModel(list(parameters.values()), decay=0.5) if average else None
    return Learned(parameters, optimizer, shadow)


def saved(path: Path, average: bool = False) -> Learned:
    learner = a_learner(average=average)
    for number, name in enumerate(("b", "a"), start=2):
        learner.parameters[name].grad = torch.full((3,), float(number))
    learner.optimizer.step()
    learner.follow()
    save_state(path, learner, STATE)
    return learner


def test_weights_and_optimizer_come_back_to_their_own_parameters(tmp_path: Path) -> None:
    before, after = saved(tmp_path / "state"), a_learner()
    load_learned(tmp_path / "state", after)
    assert read_state(tmp_path / "state") == STATE
    for name, parameter in after.parameters.items():
        assert torch.equal(parameter, before.parameters[name])
        expected, found = before.optimizer.state[before.parameters[name]], after.optimizer.state[parameter]
        assert expected.keys() == found.keys()
        assert all(torch.equal(expected[key], found[key]) for key in expected)


def test_the_average_comes_back_and_takes_the_place_of_the_weights_for_a_while(tmp_path: Path) -> None:
    before, after = saved(tmp_path / "state", average=True), a_learner(average=True)
    load_learned(tmp_path / "state", after)
    assert before.average is not None and after.average is not None
    assert after.average.optimization_step == before.average.optimization_step
    assert all(map(torch.equal, after.average.shadow_params, before.average.shadow_params))
    weights = after.parameters["a"].detach().clone()
    after.parameters["a"].data += 1
    with after.averaged():
        assert torch.equal(after.parameters["a"], before.average.shadow_params[1])
    assert torch.equal(after.parameters["a"], weights + 1)


def test_an_optimizer_that_keeps_its_steps_beside_the_weights_gets_them_there(tmp_path: Path) -> None:
    saved(tmp_path / "state")
    learner = a_learner("meta")
    load_learned(tmp_path / "state", learner)
    assert {value.device.type for value in learner.optimizer.state[learner.parameters["a"]].values()} == {
        "meta"
    }


def test_what_is_no_checkpoint_of_this_run_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "step-000007.safetensors"
    save_file({}, path, metadata={"schema": "2", "run": "{}"})
    with pytest.raises(RunError, match=f"step-000007.* has version 2, this program reads {SCHEMA}"):
        read_state(path)
    save_file({"weight": torch.zeros(1)}, path)
    with pytest.raises(RunError, match="step-000007.safetensors is no checkpoint of a run: remove it"):
        read_state(path)
    saved(path)
    with pytest.raises(RunError, match="step-000007.safetensors is of an adapter with other layers"):
        load_learned(path, a_learner(names="bac"))


def test_one_byte_that_changed_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "step-000007.safetensors"
    saved(path)
    content = bytearray(path.read_bytes())
    content[-5] ^= 1
    path.write_bytes(content)
    assert load_file(path)  # safetensors itself does not
    with pytest.raises(RunError, match="step-000007.safetensors is damaged .* remove it to go on"):
        load_learned(path, a_learner())

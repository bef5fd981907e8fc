"""What is packed at launch is known before it is loaded, and the start fails where it is too much."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from bench.app_process import app_command
from generation.loading.pipelines import find_model
from generation.loading.placement import without_encoders
from generation.loading.weight_files import TEXT_ENCODERS, count_weights
from generation.models import MODELS
from generation.recipe import Recipe
from studio.durations import FACTOR
from studio.packed_size import MOST_PACKED_BYTES, check_packed_size
from studio.settings import SettingsError

DEMO = Recipe("a man with a goatee", seed=1)


def test_the_models_load_on_the_emulated_gpu_and_are_packed_as_foretold(
    repository: Path, tmp_path: Path
) -> None:
    _, environment = app_command(
        SPACES_ZERO_GPU="true",
        SPACES_ZERO_DEVICE_API_URL="http://127.0.0.1:9",  # nothing is asked before a GPU is borrowed
        ZEROGPU_OFFLOAD_DIR=str(tmp_path / "tensors"),
        OMP_NUM_THREADS="1",
    )
    command = [sys.executable, "-m", "tests.zerogpu.packing", str(tmp_path)]
    done = subprocess.run(
        command, env=environment, cwd=repository, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2, done.stderr[-2000:]
    assert "ZeroGPU takes double from every visitor: keep fewer models here" in done.stderr
    foretold, packed, touched = done.stdout.split("SIZES ")[1].split()
    assert int(foretold) == pytest.approx(int(packed), rel=1e-3)
    assert int(packed) > 20_000_000 and touched == "False"  # no CUDA outside a borrowing


def test_what_is_too_much_is_refused_in_a_sentence() -> None:
    needed = check_packed_size([DEMO], MOST_PACKED_BYTES)
    assert check_packed_size([DEMO, DEMO], needed) == needed
    with pytest.raises(SettingsError, match=r"^0\.02 GiB would be packed for Demo model, .*: keep"):
        check_packed_size([DEMO], needed - 1)


def test_text_encoders_that_are_left_out_are_not_counted() -> None:
    folder = find_model(MODELS["demo"])
    weights = count_weights(folder)
    encoders = 2 * (sum(weights.values()) - sum(without_encoders(weights).values()))
    whole = check_packed_size([DEMO], MOST_PACKED_BYTES)
    assert 0 < encoders == whole - check_packed_size([DEMO], MOST_PACKED_BYTES, encoded_ahead={"demo"})


def test_the_limit_and_the_factor_are_those_of_the_installed_package() -> None:
    package = find_spec("spaces")  # importing it here would patch torch for all other tests
    assert package is not None and package.origin is not None
    configs = json.loads((Path(package.origin).parent / "zero" / "configs.json").read_text())
    assert {config["xlarge_threshold"] for config in configs} == {None, MOST_PACKED_BYTES}
    assert max(config["duration_factor"] for config in configs) == FACTOR


def test_all_three_large_models_would_be_too_much_and_two_of_them_are_not() -> None:
    weights = {key: dict(MODELS[key].weights) for key in ("large", "turbo", "medium")}

    def packed(*models: str) -> int:
        shared = {part: count for part, count in weights["large"].items() if part != "transformer"}
        return 2 * (sum(shared.values()) + sum(weights[model]["transformer"] for model in models))

    encoders = sum(count for part, count in weights["large"].items() if part in TEXT_ENCODERS)
    assert packed("large", "turbo") < MOST_PACKED_BYTES < packed("large", "turbo", "medium")
    assert packed("large", "turbo", "medium") - 2 * encoders < MOST_PACKED_BYTES  # prompts encoded ahead

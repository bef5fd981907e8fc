"""The configurations that are shipped: each is whole, and fits the card that it names."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from generation.locations import REPOSITORY
from training.config_file import build_config, read_config, render_config
from training.errors import ConfigError
from training.estimate.estimate import Estimate, estimate
from training.estimate.other_card import usable_bytes

CONFIGS = REPOSITORY / "training" / "configs"
MODELS = (("medium", 512), ("medium", 1024), ("large", 512), ("large", 1024))
CARDS_GB = (8, 24, 48, 80)
TOO_LARGE = "large-1024-8gb"  # what is kept between its 38 blocks takes 1.6 GiB beside 4.1 of base
NAMES = sorted(path.stem for path in CONFIGS.glob("*gb.toml"))


def estimate_of(name: str, *overrides: str) -> Estimate:
    return estimate(read_config(CONFIGS / f"{name}.toml", overrides), "cuda")


def test_there_is_one_for_every_model_size_and_card() -> None:
    wanted = {f"{model}-{size}-{card}gb" for model, size in MODELS for card in CARDS_GB}
    assert set(NAMES) == wanted - {TOO_LARGE}


def test_the_one_that_is_missing_would_not_fit() -> None:
    least = (
        *("model.quantization=nf4", "optimizer.name=adamw_8bit", "lora.rank=1", "run.compile=false"),
        *("run.micro_batch_size=1", "run.gradient_checkpointing=true", "run.ema_decay=0"),
        *("validation.every=0", "validation.held_out=0"),
    )
    assert estimate_of("large-1024-24gb", *least).needed_bytes > usable_bytes(8)


@pytest.mark.parametrize("name", NAMES)
def test_it_fits_its_card_and_says_what_its_name_says(name: str) -> None:
    found = re.fullmatch(r"(\w+)-(\d+)-(\d+)gb", name)
    assert found
    model, size, card = found.groups()
    expected = estimate_of(name)
    assert (expected.config.model.key, expected.shape.size_px) == (model, int(size))
    assert expected.needed_bytes <= usable_bytes(int(card))
    assert expected.config.run.batch_size % expected.shape.images == 0
    assert expected.pace.looking_share <= 0.02


def test_cards_differ_in_how_a_step_is_cut_up_and_not_in_what_is_learned() -> None:
    for model, size in MODELS:
        configs = [read_config(path) for path in CONFIGS.glob(f"{model}-{size}-*gb.toml")]
        assert len({(each.data, each.objective) for each in configs}) == 1
        assert len({(each.run.batch_size, each.run.steps) for each in configs}) == 1


def test_a_file_that_extends_another_is_put_over_it(tmp_path: Path) -> None:
    (tmp_path / "below.toml").write_text("[lora]\nrank = 8\ndora = true\n[run]\nsteps = 9\n")
    above = tmp_path / "above.toml"
    above.write_text('extends = "below.toml"\n[lora]\nrank = 16\n')
    config = read_config(above, ["run.seed=3"])
    assert (config.lora.rank, config.lora.dora, config.run.steps, config.run.seed) == (16, True, 9, 3)
    assert build_config({"lora": {"rank": 16, "dora": True}, "run": {"steps": 9, "seed": 3}}) == config
    assert "extends" not in render_config(config)


@pytest.mark.parametrize(
    ("first_line", "said"),
    [
        ('extends = "above.toml"', "extends itself"),
        ('extends = "nothing.toml"', "Cannot read"),
        ("extends = 3", "must be the name of one TOML file"),
    ],
)
def test_what_cannot_be_extended_is_refused_in_words(tmp_path: Path, first_line: str, said: str) -> None:
    above = tmp_path / "above.toml"
    above.write_text(f"{first_line}\n[lora]\nrank = 16\n")
    with pytest.raises(ConfigError, match=said):
        read_config(above)

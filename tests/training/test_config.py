"""Configurations: read, overridden, refused with every problem at once, written back."""

from __future__ import annotations

from pathlib import Path

import pytest

from training.config import OptimizerConfig, TrainingConfig
from training.config_file import build_config, read_config, write_config
from training.errors import ConfigError


def problems_of(tables: dict, *overrides: str) -> str:
    with pytest.raises(ConfigError) as raised:
        build_config(tables, overrides)
    return str(raised.value)


def test_an_empty_configuration_is_all_defaults() -> None:
    assert build_config({}) == TrainingConfig()


def test_an_override_wins_over_the_file_and_the_file_over_the_default(tmp_path: Path) -> None:
    file = tmp_path / "run.toml"
    file.write_text("[optimizer]\nlearning_rate = 1e-3\nwarmup_steps = 7\n")
    config = read_config(file, ["optimizer.learning_rate=2e-4", "data.faces=folder:/some where/celeba"])
    assert config.optimizer.learning_rate == 2e-4
    assert config.optimizer.warmup_steps == 7
    assert config.data.faces == "folder:/some where/celeba"


def test_whole_numbers_are_taken_where_fractions_are_meant() -> None:
    assert build_config({"optimizer": {"weight_decay": 0}}).optimizer.weight_decay == 0.0


@pytest.mark.parametrize(
    ("wrong", "nearest"),
    [
        ("optimizer.learing_rate", "optimizer.learning_rate"),
        ("run.batchsize", "run.batch_size"),
        ("data.face", "data.faces"),
        ("optimiser.learning_rate", "optimizer"),
    ],
)
def test_an_unknown_key_names_the_nearest(wrong: str, nearest: str) -> None:
    assert f"did you mean '{nearest}'" in problems_of({}, f"{wrong}=1")


def test_all_problems_are_reported_at_once() -> None:
    text = problems_of(
        {
            "optimizer": {"learning_rate": -1.0, "max_gradient_norm": float("nan")},
            "run": {"batch_size": "many", "precision": "float16", "steps": True},
            "data": {"atributes": [3], "count": 0},
            "lora": {"targets": ["attention", "everything"]},
            "extra": {},
        },
        "nonsense",
    )
    for part in (
        "optimizer.learning_rate = -1.0: must be at least 1e-09",
        "optimizer.max_gradient_norm = nan: must be at least",
        "run.batch_size = 'many': must be a whole number",
        "run.steps = True: must be a whole number",
        "run.precision = 'float16': choose from float32, bfloat16",
        "did you mean 'data.attributes'",
        "data.count = 0: must be at least 1",
        "lora.targets = 'everything': choose from attention, context, feed_forward",
        "unknown section 'extra'",
        "override 'nonsense': write section.key=value",
    ):
        assert part in text


def test_tiers_without_any_weight_are_told_with_all_else() -> None:
    told = problems_of({"data": {"tier_weights": [0.0, 0.0, 0.0], "count": 0}})
    assert "tier_weights = [0.0, 0.0, 0.0]: give at least one number above 0" in told
    assert "count = 0" in told


@pytest.mark.parametrize(
    ("section", "settings", "told"),
    [
        ("optimizer", {"name": "prodigy"}, "learning_rate = 0.0001: for prodigy it is a factor"),
        ("validation", {"every": 100}, "every = 100: there is nothing to look at"),
        ("validation", {"held_out": 8}, "held_out = 8: these faces are not learned from and never looked at"),
    ],
)
def test_what_would_silently_do_nothing_is_refused(
    section: str, settings: dict[str, object], told: str
) -> None:
    assert f"{section}.{told}" in problems_of({section: settings})


def test_what_does_something_is_taken() -> None:
    build_config({"optimizer": {"name": "prodigy", "learning_rate": 1.0}})
    build_config({"validation": {"every": 100, "held_out": 8}})
    build_config({"validation": {"every": 100, "prompts": ["a woman"]}})


def test_a_section_that_is_no_table_is_refused_whatever_overrides_it() -> None:
    assert problems_of({"data": 3}, "data.count=4") == "data = 3: must be a table, [data]"


def test_what_could_not_be_read_back_is_refused() -> None:
    assert "max_gradient_norm = inf: must be a finite number" in problems_of(
        {}, "optimizer.max_gradient_norm=inf"
    )


def test_values_are_checked_wherever_they_are_made() -> None:
    with pytest.raises(ConfigError, match="learning_rate"):
        OptimizerConfig(learning_rate=2.0)


def test_the_written_configuration_reads_back_equal(tmp_path: Path) -> None:
    config = build_config(
        {"validation": {"prompts": ['a "quoted" prompt', "Grüße"], "every": 5}, "data": {"size_px": 96}}
    )
    write_config(config, tmp_path / "config.toml")
    assert read_config(tmp_path / "config.toml") == config


def test_a_missing_or_broken_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="Cannot read the configuration"):
        read_config(tmp_path / "none.toml")
    (tmp_path / "broken.toml").write_text("[run\n")
    with pytest.raises(ConfigError, match="not valid TOML"):
        read_config(tmp_path / "broken.toml")


def test_the_shipped_configurations_are_valid(repository: Path) -> None:
    files = sorted((repository / "training" / "configs").glob("*.toml"))
    assert files
    for file in files:
        read_config(file)

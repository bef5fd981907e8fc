"""No caption that is trained on loses words in the text encoders, and no library talks of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from accelerate import Accelerator
from transformers import CLIPTokenizer

from generation.loading.pipelines import TEXT_PARTS, load_pipeline
from generation.models import model_spec
from training.__main__ import main
from training.config import TrainingConfig
from training.config_file import write_config
from training.encoders import encode_captions
from training.preparation.survey import survey

MakeConfig = Callable[..., TrainingConfig]
LONG = {"data_attributes": [6], "data_absences": 0.5, "data_caption_style": "varied"}
PROMPT = "a woman " + "with black hair and " * 20 + "a smile"


@pytest.fixture
def demo_config(make_config: MakeConfig, tmp_path: Path) -> MakeConfig:
    """Configurations of long captions on a demo model, which reads 32 tokens."""

    def make(**overrides: object) -> TrainingConfig:
        return make_config(**{**LONG, "data_count": 40, "data_cache": str(tmp_path / "cache"), **overrides})

    return make


@pytest.mark.parametrize("bounds", [{}, {"data_most_captions": 100}])
def test_every_word_of_a_caption_is_read(
    demo_config: MakeConfig, random_model: Path, bounds: dict[str, object]
) -> None:
    found = survey(demo_config(**bounds), Accelerator(cpu=True), lambda _line: None)
    tokenizer = CLIPTokenizer.from_pretrained(random_model / "tokenizer")
    assert 0 < found.plan.figures.shortened <= found.plan.places.size
    for caption in found.plan.captions.to_pylist():
        assert tokenizer(caption).input_ids == tokenizer(caption, truncation=True).input_ids


def test_a_model_with_a_t5_reads_all_that_is_drawn(small_config: MakeConfig) -> None:
    found = survey(small_config(**LONG), Accelerator(cpu=True), lambda _line: None)
    assert found.plan.figures.shortened == 0


def test_what_is_shorter_or_lost_is_told_and_no_library_speaks(
    demo_config: MakeConfig, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    config = demo_config(validation_prompts=["a man", PROMPT], validation_every=1)
    write_config(config, tmp_path / "config.toml")
    assert main(["prepare", "--config", str(tmp_path / "config.toml")]) == 0
    said = capfd.readouterr()
    assert " of 80 captions name fewer attributes than drawn: so Demo model, which reads 30" in said.out
    assert "1 of 2 validation prompts are longer than the 30 tokens that Demo model reads" in said.out
    assert "the end of one is lost, '" in said.out and " a smile': shorten them in" in said.out
    assert "truncated" not in said.out + said.err and said.err == ""


def test_diffusers_is_silent_of_one_long_caption_among_short_ones(
    random_model: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    pipeline = load_pipeline(model_spec("demo"), "cpu", TEXT_PARTS)
    encode_captions(pipeline, ["a man", PROMPT], 0)
    assert "truncated" not in caplog.text + "".join(capfd.readouterr())

"""What is said to be read is what the model's own tokenizer keeps."""

from pathlib import Path

import pytest
from transformers import CLIPTokenizer, T5Tokenizer

from generation.demo_model import PROMPT_TOKENS, build_tokenizer
from generation.models import model_spec
from generation.prompts.length import cut_note, part_read
from tests.small_models import build_t5_tokenizer


@pytest.fixture
def tokenizer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CLIPTokenizer:
    built = build_tokenizer()
    built.save_pretrained(tmp_path / "assets" / "demo-model" / "tokenizer")
    monkeypatch.setattr("generation.prompts.length.REPOSITORY", tmp_path)
    return built


@pytest.mark.parametrize("words", [1, PROMPT_TOKENS - 3, PROMPT_TOKENS - 2, PROMPT_TOKENS - 1, 90])
def test_the_part_read_has_the_tokens_that_the_model_gets(tokenizer: CLIPTokenizer, words: int) -> None:
    prompt = " ".join(["Black", "hair", "and", "zebra,"] * words)[: 6 * words].strip()
    read = part_read(prompt, model_spec("demo"))
    assert prompt.startswith(read)
    assert tokenizer(read).input_ids == tokenizer(prompt, truncation=True).input_ids


def test_a_short_prompt_is_read_whole(tokenizer: CLIPTokenizer) -> None:
    prompt = " ".join(["hair"] * (PROMPT_TOKENS - 2))
    assert part_read(prompt, model_spec("demo")) == prompt
    assert part_read(f"{prompt} hat", model_spec("demo")) == prompt


@pytest.fixture
def t5(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> T5Tokenizer:
    built = build_t5_tokenizer()
    built.save_pretrained(tmp_path / "tokenizer_3")
    monkeypatch.setattr("generation.prompts.length.cached_model", lambda spec: tmp_path)
    return built


@pytest.mark.parametrize("words", [50, 254, 255, 256, 400])
def test_a_t5_reads_more_and_not_all_either(t5: T5Tokenizer, words: int) -> None:
    spec, prompt = model_spec("large"), " ".join(["hair"] * words)
    read = part_read(prompt, spec)
    kept = t5(prompt, truncation=True, max_length=spec.max_sequence_length).input_ids
    assert t5(read).input_ids == kept and (read == prompt) is (words <= 255)


def test_without_its_t5_a_model_reads_what_its_clips_read(t5: T5Tokenizer, tmp_path: Path) -> None:
    clip = build_tokenizer()
    clip.save_pretrained(tmp_path / "tokenizer")
    spec, prompt = model_spec("large"), " ".join(["hair"] * (PROMPT_TOKENS + 20))
    read = part_read(prompt, spec, with_t5=False)
    assert part_read(prompt, spec) == prompt
    assert clip(read).input_ids == clip(prompt, truncation=True).input_ids
    assert cut_note(prompt, spec, with_t5=False).startswith(
        "SD 3.5 Large, kept here without T5, reads this prompt only up to “hair hair hair”"
    )
    assert part_read("hair", spec, with_t5=False) == "hair"


def test_of_a_model_that_is_not_here_nobody_knows() -> None:
    prompt = "hair " * 200
    assert part_read(prompt, model_spec("large")) == prompt


@pytest.mark.usefixtures("tokenizer")
def test_what_is_cut_is_said_in_few_words_of_the_prompt() -> None:
    prompt = " ".join(["hair"] * (PROMPT_TOKENS - 4) + ["black", "hat", "zebra", "zebra"])
    assert cut_note(prompt, model_spec("demo")) == (
        "Demo model reads this prompt only up to “hair black hat”: the rest of it changes nothing."
    )
    assert cut_note("black hair", model_spec("demo")) == ""
    assert len(cut_note("x" * 1_000, model_spec("demo"))) < 150

"""What is said to be read is what the model's own tokenizer keeps."""

from pathlib import Path

import pytest
from transformers import CLIPTokenizer

from generation.demo_model import PROMPT_TOKENS, build_tokenizer
from generation.models import model_spec
from generation.prompts.length import part_read


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


def test_a_model_with_a_t5_reads_all_that_a_recipe_can_hold() -> None:
    prompt = "hair " * 200
    assert part_read(prompt, model_spec("large")) == prompt

"""The demo model's tokenizer: the same at every making, and the one that the shipped weights learned with."""

import re
import subprocess
import sys
from pathlib import Path

from transformers import CLIPTokenizer

from generation.demo_model import build_tokenizer
from prompt_engine.attributes import ATTRIBUTES

HERE = Path(__file__).resolve().parents[2]


def test_it_is_the_shipped_one() -> None:
    shipped = CLIPTokenizer.from_pretrained(HERE / "assets" / "demo-model" / "tokenizer")
    assert build_tokenizer().get_vocab() == shipped.get_vocab()


def test_another_process_makes_the_same() -> None:
    code = (
        "from generation.demo_model import build_tokenizer\n"
        "print(build_tokenizer().backend_tokenizer.to_str())"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=HERE, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == build_tokenizer().backend_tokenizer.to_str()


def test_every_word_of_a_phrase_is_one_token() -> None:
    tokenizer = build_tokenizer()
    words = {word for each in ATTRIBUTES for word in re.findall(r"[a-z]+(?!['\w-])", each.phrase)}
    assert [word for word in sorted(words) if len(tokenizer.tokenize(word)) != 1] == []

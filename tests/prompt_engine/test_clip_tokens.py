"""Every sentence fits what the text encoders read: 77 tokens, in CLIP's vocabulary and the demo model's."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path

import pytest
from tokenizers import Tokenizer

from prompt_engine.attributes import Role
from prompt_engine.buckets import GENDERS, offered
from prompt_engine.catalogue import catalogue
from prompt_engine.frames import FRAMES, PLAIN, Frame
from prompt_engine.grammar import listed
from prompt_engine.parts import Parts
from prompt_engine.phrasings import DENIED, SAID, Phrasing
from prompt_engine.realiser import realise
from prompt_engine.selection import MOST_ATTRIBUTES, Selection
from prompt_engine.template import PHRASES
from tests.prompt_engine.clip_tokens import MEASURED_WORDS, MOST_CLIP_TOKENS, count_clip_tokens

Count = Callable[[str], int]

_ROLES = (Role.PERSON, Role.HAIR, Role.FEATURE, Role.WORN)
_PIECE = re.compile(r"[a-z]+|[^\sa-z]")
_PARTS = ["adjectives", "features", "worn", "absent_adjectives", "absent_features", "unworn"]


def _by_word(count: Count) -> Count:
    """The same count, piece by piece and remembered: both tokenizers split at words and signs first."""
    known = cache(lambda piece: count(piece) - 2)
    return lambda sentence: 2 + sum(map(known, _PIECE.findall(sentence.lower())))


@pytest.fixture(scope="module")
def count_demo_tokens(repository: Path) -> Count:
    """The demo model's own tokenizer; what it does not know it splits into letters."""
    folder = repository / "assets" / "demo-model" / "tokenizer"
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    count = _by_word(lambda text: len(tokenizer.encode(text).ids))
    for sentence in ("This is a man with a five o'clock shadow.", "a clean-shaven man, not bald"):
        assert count(sentence) == len(tokenizer.encode(sentence).ids)
    return count


def _most_tokens(frames: Sequence[Frame], gender: str, count: Count, wordings: slice) -> int:
    """No selection of six attributes has more tokens in these frames, whatever its words.

    However six attributes share the parts of speech, there and absent: the longest words that there are for
    each part, in a sentence. That some exclude each other, or share a noun, only makes real ones shorter.
    """
    longest = {role: _longest(gender, role, count, wordings) for role in _ROLES}
    return max(count(frame.say(parts)) for parts in _fillings(gender, longest) for frame in frames)


def _longest(gender: str, role: Role, count: Count, wordings: slice) -> list[str]:
    found: list[str] = []
    for label in offered(gender):
        phrasings: set[Phrasing] = {*SAID[label][wordings], *DENIED[label][wordings]}
        texts = [each.text for each in phrasings if each.role is role]
        found += [max(texts, key=count)] if texts else []
    return sorted(found, key=count, reverse=True)


def _fillings(gender: str, longest: dict[Role, list[str]]) -> Iterator[Parts]:
    for numbers in _shares(MOST_ATTRIBUTES, 2 * len(_ROLES)):
        there, absent = numbers[: len(_ROLES)], numbers[len(_ROLES) :]
        if any(a + b > len(longest[role]) for role, a, b in zip(_ROLES, there, absent, strict=True)):
            continue
        said = {role: longest[role][:a] for role, a in zip(_ROLES, there, strict=True)}
        denied = {role: longest[role][a : a + b] for role, a, b in zip(_ROLES, there, absent, strict=True)}
        yield Parts(gender, *_words(said, "and"), *_words(denied, "or"))


def _shares(total: int, places: int) -> Iterator[tuple[int, ...]]:
    if places == 1:
        yield (total,)
        return
    for first in range(total + 1):
        yield from ((first, *others) for others in _shares(total - first, places - 1))


def _words(texts: dict[Role, list[str]], word: str) -> tuple[tuple[str, ...], ...]:
    hair = [f"{listed(texts[Role.HAIR], word)} hair"] if texts[Role.HAIR] else []
    return tuple(texts[Role.PERSON]), (*hair, *texts[Role.FEATURE]), tuple(texts[Role.WORN])


@pytest.mark.parametrize("gender", GENDERS)
def test_no_sentence_is_longer_than_the_encoders_read(gender: str, count_demo_tokens: Count) -> None:
    assert _most_tokens(FRAMES, gender, _by_word(count_clip_tokens), slice(None)) <= 55
    assert _most_tokens(FRAMES, gender, count_demo_tokens, slice(None)) <= MOST_CLIP_TOKENS


@pytest.mark.parametrize("gender", GENDERS)
def test_the_plain_style_leaves_room(gender: str, count_demo_tokens: Count) -> None:
    for count in (count_clip_tokens, count_demo_tokens):
        assert _most_tokens([PLAIN], gender, count, slice(1)) <= 45
    sentences = [realise(Selection(gender, triple)) for triple in catalogue(gender)]
    assert max(map(count_demo_tokens, sentences)) <= 30


@pytest.mark.parametrize("gender", GENDERS)
def test_the_template_fits_too(gender: str, count_demo_tokens: Count) -> None:
    longest = sorted((PHRASES[label] for label in offered(gender)), key=count_demo_tokens)[-MOST_ATTRIBUTES:]
    sentence = f"A realistic portrait of a woman, with {', '.join(longest)}, and."
    assert count_demo_tokens(sentence) <= MOST_CLIP_TOKENS
    assert count_clip_tokens(sentence) <= MOST_CLIP_TOKENS


def test_every_word_that_can_be_said_was_measured() -> None:
    texts = [each.text for table in (SAID, DENIED) for phrasings in table.values() for each in phrasings]
    texts += [*PHRASES.values(), "A realistic portrait of a woman, with black hair and bangs"]
    for gender in GENDERS:
        for some in (("bald",), ("bald", "young")):
            for names in ([], _PARTS, _PARTS[:3], _PARTS[3:]):
                parts = Parts(gender, **dict.fromkeys(names, some))
                texts += [frame.say(parts) for frame in FRAMES]
    assert {word for text in texts for word in re.findall("[a-z]+", text.lower())} == MEASURED_WORDS


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", 2),
        ("a man with a five o'clock shadow", 11),
        ("a goateed man, not clean-shaven", 13),
        ("Portrait of a man.", 7),
        ("a man with a xylophone", 2 + 4 + 9),
        ("naïve 12", 2 + 6 + 2),
    ],
)
def test_counts(text: str, tokens: int) -> None:
    assert count_clip_tokens(text) == tokens

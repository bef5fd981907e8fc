"""The little English that sentences need: articles, lists, and two noun phrases made one."""

from __future__ import annotations

from collections.abc import Sequence

# Nouns that two attributes share; "hair" is not among them, since its attributes are bare adjectives.
SHARED_NOUNS = ("nose", "eyebrows")


def with_article(words: str) -> str:
    """`an oval face`; no word of ours sounds otherwise than its first letter says."""
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"


def bare(phrase: str) -> str:
    """A noun phrase without its article: what "no" stands before."""
    first, _, rest = phrase.partition(" ")
    return rest if first in ("a", "an") else phrase


def listed(parts: Sequence[str], word: str) -> str:
    """`x`, `x and y`, `x, y and z`."""
    if len(parts) < 2:
        return parts[0] if parts else ""
    return f"{', '.join(parts[:-1])} {word} {parts[-1]}"


def clauses(parts: Sequence[str]) -> str:
    """Join what may hold an "and" itself, so that its end is heard: `has a smile and bangs, and wears …`."""
    if len(parts) == 2 and not any(word in part for part in parts for word in (" and ", " or ", " nor ")):
        return " and ".join(parts)
    return ", ".join([*parts[:-1], f"and {parts[-1]}" if parts[1:] else parts[-1]])


def merged(phrases: Sequence[str], word: str) -> Sequence[str]:
    """Neighbours that share a noun as one phrase: `a big and pointy nose`."""
    if len(phrases) < 2:
        return phrases
    result: list[str] = []
    for phrase in phrases:
        noun = phrase.rsplit(" ", 1)[-1]
        if result and noun in SHARED_NOUNS and result[-1].endswith(f" {noun}"):
            result[-1] = f"{result[-1].removesuffix(noun)}{word} {bare(phrase)}"
        else:
            result.append(phrase)
    return result

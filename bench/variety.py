"""How much the sentences repeat each other, in each style, for the same prompts."""

import random
from collections import Counter
from collections.abc import Sequence
from math import exp, fsum, log

from bench.table import Row
from prompt_engine.counts import AggregateCounts
from prompt_engine.prompt_sampler import PromptSampler
from prompt_engine.realiser import realise

PROMPTS = 300
LONGEST_NGRAM = 4
LIMIT = 0.9  # of the older template's

Words = Sequence[str]


def measure_variety() -> Row:
    """Self-BLEU of varied sentences as a share of the older template's; distinct-2 of both in the note."""
    sampler, rng = PromptSampler("legacy", AggregateCounts.load()), random.Random(7)
    selections = [sampler.draw(rng) for _ in range(PROMPTS)]
    said = {
        style: [realise(each, style, seed).split() for seed, each in enumerate(selections)]
        for style in ("varied", "template")
    }
    bleu = {style: self_bleu(sentences) for style, sentences in said.items()}
    note = ", ".join(
        f"{style}: self-BLEU {bleu[style]:.2f}, distinct-2 {distinct_2(sentences):.2f}"
        for style, sentences in said.items()
    )
    return Row(
        "repetition of varied sentences",
        LIMIT,
        bleu["varied"] / bleu["template"],
        "of the template's",
        f"{PROMPTS} prompts; {note}",
    )


def distinct_2(sentences: Sequence[Words]) -> float:
    """The share of all pairs of neighbouring words that are different ones (Li et al., 2016)."""
    pairs = [pair for words in sentences for pair in ngrams(words, 2)]
    return len(set(pairs)) / len(pairs)


def self_bleu(sentences: Sequence[Words]) -> float:
    """The mean BLEU-4 of each sentence against all others (Zhu et al., 2018), without brevity penalty."""
    logs = [0.0] * len(sentences)
    for length in range(1, LONGEST_NGRAM + 1):
        counts = [Counter(ngrams(words, length)) for words in sentences]
        for place, precision in enumerate(_precisions(counts)):
            logs[place] += log(precision) / LONGEST_NGRAM
    return fsum(map(exp, logs)) / len(sentences)


def ngrams(words: Words, length: int) -> list[Words]:
    """All neighbouring words of a length, in their order."""
    return list(zip(*(words[start:] for start in range(length)), strict=False))


def _precisions(counts: Sequence[Counter[Words]]) -> list[float]:
    """The share of each sentence's n-grams that some other sentence has too, as often."""
    most: dict[Words, list[int]] = {}  # the two largest counts: the second where the first is the own one
    for own in counts:
        for ngram, count in own.items():
            most[ngram] = sorted([*most.get(ngram, [0, 0]), count])[-2:]
    return [
        max(sum(min(count, _others(most[ngram], count)) for ngram, count in own.items()), 0.1) / own.total()
        for own in counts
    ]


def _others(largest: Sequence[int], own: int) -> int:
    return largest[0] if largest[1] == own else largest[1]

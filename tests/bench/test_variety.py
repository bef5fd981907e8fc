"""The measures of repetition against sentences whose values are known."""

import pytest

from bench.variety import distinct_2, self_bleu


def test_copies_repeat_each_other_wholly() -> None:
    copies = [list("abcdef")] * 4
    assert self_bleu(copies) == pytest.approx(1.0)
    assert distinct_2(copies) == pytest.approx(1 / 4)


def test_sentences_that_share_no_word_repeat_nothing() -> None:
    strangers = [list("abcde"), list("fghij")]
    assert self_bleu(strangers) < 0.05
    assert distinct_2(strangers) == 1.0


def test_a_word_counts_as_often_as_another_sentence_has_it() -> None:
    once, twice = list("abcda"), list("aaabc")
    assert self_bleu([once, twice, once]) > self_bleu([once, twice])
    assert self_bleu([list("aaaa"), list("aaab")]) < self_bleu([list("aaaa"), list("aaaa")])

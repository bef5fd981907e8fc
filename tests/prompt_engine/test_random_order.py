"""Rows are drawn in one order for a seed, however many are asked for."""

import random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from prompt_engine.random_order import sample_rows


@given(st.integers(0, 400), st.integers(0, 60), st.integers(0, 60), st.integers(0, 2**31 - 1))
def test_fewer_are_the_first_of_more(number: int, few: int, more: int, seed: int) -> None:
    rows = np.arange(number) * 3
    drawn = sample_rows(rows, few + more, seed).tolist()
    assert drawn[:few] == sample_rows(rows, few, seed).tolist()
    assert len(set(drawn)) == len(drawn) == min(number, few + more)
    assert set(drawn) <= set(rows.tolist())


def test_a_few_of_very_many_are_those_that_python_draws() -> None:
    rows = np.arange(150_000)
    assert sample_rows(rows, 30, 7).tolist() == random.Random(7).sample(range(150_000), 30)

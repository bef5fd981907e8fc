"""A slow draw holds up other slow ones for a while, and a quick one never."""

import random
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from prompt_engine.errors import InvalidSelection
from prompt_engine.faces.drawn import DrawnFaces
from prompt_engine.facets import MatchCount
from prompt_engine.prompt_sampler import PromptSampler
from prompt_engine.query import Query
from studio.drawing import Drawer


class SlowCounts(DrawnFaces):
    """Counts that take until they are let go."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.go = Event(), Event()

    def match_count(self, query: Query) -> MatchCount:
        self.asked.set()
        assert self.go.wait(60)
        return super().match_count(query)


def test_a_slow_draw_holds_up_no_quick_one_and_other_slow_ones_only_for_a_while() -> None:
    drawer, counts = Drawer(wait_s=0.05), SlowCounts()
    quick, other = (PromptSampler("legacy", DrawnFaces(), "male", 3, least) for least in (200, 300))
    before = drawer.draw(quick, 7)
    with ThreadPoolExecutor() as beside:
        slow = beside.submit(drawer.draw, PromptSampler("uniform", counts, "female", 3, 100), 1)
        assert counts.asked.wait(60)
        assert drawer.draw(quick, 7) == before == quick.draw(random.Random(7))
        with pytest.raises(InvalidSelection, match="again in a moment"):
            drawer.draw(other, 1)
        counts.go.set()
        assert slow.result(60).gender == "female"
    assert drawer.draw(other, 1).gender == "male"


def test_a_draw_that_finds_nothing_lets_the_next_one_go() -> None:
    drawer, faces = Drawer(wait_s=0.05), DrawnFaces()
    for _ in range(2):
        with pytest.raises(InvalidSelection, match="lower the threshold"):
            drawer.draw(PromptSampler("legacy", faces, "male", 3, 10**6), 1)

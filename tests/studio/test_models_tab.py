"""The tab Models without a browser: real models make real portraits, one after the other, in their cards."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from html import unescape
from pathlib import Path
from types import MappingProxyType
from typing import Any

import gradio as gr
import pytest
from PIL import Image

from generation.events import ARMS, Comparison
from generation.loading.machine import Offer
from generation.models import MODELS
from generation.prompts.length import part_read
from generation.recipe import Recipe
from generation.workshop.workshop import Workshop
from prompt_engine.faces.drawn import DrawnFaces
from studio.history.entry import Entry, read_entries
from studio.history.memory import build_memory
from studio.history.words import recipe_link
from studio.messages import CANCEL, CANCELLING, NOT_MADE
from studio.models_tab.asking import ANY_PROMPT, NONE_ON, Asking, render_price
from studio.models_tab.card import Card, build_card
from studio.models_tab.performance import axis_end, render_performance
from studio.models_tab.prompt import EXPLORE, OWN, build_prompt
from studio.models_tab.restoring import Restoring
from studio.models_tab.results import CANCELLED, PLACEHOLDER
from studio.models_tab.running import STOPPED, Running
from studio.models_tab.speed import runs, speeds
from studio.price import Price
from studio.services import Services
from studio.settings import Settings
from studio.tabs.models import ModelsTab
from tests.small_models import build_small_sd35

EXPLORED = "?gender=male&with=Smiling&seed=5&tab=models"
Held = dict[gr.components.Component, Any]


@dataclass(frozen=True)
class Page:
    """The tab's components, and what a page's inputs hold at first."""

    running: Running
    held: Held

    def make(self, **changes: Any) -> list[Mapping[gr.components.Component, Any]]:
        """What a round answers, one after the other; inputs that are no components go by `model.input`."""
        held = self.held | self.named(changes)
        answers = [self.running.begin(held)]
        held |= answers[0]
        while held[self.running.going]:
            for answer in self.running.make_next(held):
                answers.append(answer)
                held |= answer
        return answers

    @property
    def cards(self) -> Sequence[Card]:
        return self.running.asking.cards

    def named(self, changes: dict[str, Any]) -> Held:
        parts = {
            f"{card.spec.key}_{name}": getattr(card, name)
            for card in self.cards
            for name in ("on", "steps", "guidance", "adapter")
        }
        parts |= {
            name: getattr(self.running.asking.prompt, name)
            for name in ("source", "words", "seed", "new_seed")
        }
        return {parts[name]: value for name, value in changes.items()}


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """The demo model and a small Medium, which need no GPU; the others are off."""
    small = build_small_sd35(tmp_path_factory.mktemp("medium"), blocks=1, width=24)
    changes: dict[str, Any] = {"bundled": True, "needs_gpu": False, "size_px": 32, "sizes_px": (32,)}
    medium = replace(MODELS["medium"], repo=str(small), max_sequence_length=16, **changes)
    models = MappingProxyType({**MODELS, "medium": medium})
    with pytest.MonkeyPatch.context() as patch:
        for module in ("generation.models", "generation.loading.machine", "studio.models_tab.results"):
            patch.setattr(f"{module}.MODELS", models)
        services = Services(
            Settings(results_dir=tmp_path_factory.mktemp("results")), DrawnFaces(), Path("nowhere")
        )
        services._maker = Workshop("cpu", services.results)  # in this process: the other would not know them
        with gr.Blocks():
            yield _build(services, [models[key] for key in ("demo", "medium")])


def _build(services: Services, specs: list[Any]) -> Page:
    memory, prompt = build_memory(), build_prompt(services)
    cards = [build_card(services, spec, on=True) for spec in specs]
    asking = Asking(services, prompt, cards, gr.State())
    numbers, states = [gr.Number() for _ in range(2)], [gr.State() for _ in range(2)]
    running = Running(asking, memory, gr.Button(), gr.Button(), gr.HTML(), states[0], *numbers, states[1])
    held: Held = {asking.able: ("demo", "medium"), running.run: 0, running.cancelled: set()}
    held |= {running.round: None, running.cancel: CANCEL, prompt.address: EXPLORED}
    held |= {prompt.source: EXPLORE, prompt.words: "", prompt.seed: 5, prompt.new_seed: False}
    for card in cards:
        held |= {card.on: True, card.steps: card.spec.steps_range[0], card.guidance: 2.0}
        held[card.adapter] = "none" if card.spec.key == "medium" else "demo"
    return Page(running, held)


def last(answers: list[Mapping[gr.components.Component, Any]], component: gr.components.Component) -> str:
    return str([answer[component] for answer in answers if component in answer][-1])


def test_every_model_makes_its_portraits_which_appear_as_they_finish(page: Page) -> None:
    answers = page.make()
    demo, medium = page.cards
    shown = [
        next(index for index, answer in enumerate(answers) if "data-view" in str(answer.get(card.pictures)))
        for card in (demo, medium)
    ]
    ends = [number for number, answer in enumerate(answers) if page.running.going in answer]
    assert [answers[number][page.running.going] for number in ends] == [1, 1, 0]
    assert ends[1:] == shown  # each is a turn of its own
    assert last(answers, demo.pictures).count("<img") == 2  # vanilla and fine-tuned
    assert last(answers, medium.pictures).count("<img") == 1  # without an adapter, vanilla alone
    for card, said in ((demo, "4 steps · guidance 2 · seed 5"), (medium, "10 steps · guidance 2 · seed 5")):
        assert said in last(answers, card.pictures)
        assert f"model={card.spec.key}" in unescape(
            last(answers, card.pictures)
        )  # a click opens it in Explore
    assert "Finished" in last(answers, page.running.status)
    told = [answer[page.running.memory.made] for answer in answers if page.running.memory.made in answer]
    made = read_entries(f"[{','.join(told)}]")
    assert [each.recipe.model for each in made] == ["demo", "medium"]
    assert {each.recipe.prompt for each in made} == {"a man with a smile"}
    assert made[0].run and made[0].run == made[1].run and made[0].made_s <= made[1].made_s


def test_progress_is_told_in_the_card_that_is_being_made(page: Page) -> None:
    answers = page.make(seed=6, demo_on=False, medium_steps=50)
    demo, medium = page.cards
    steps = [told for answer in answers if "Step " in (told := str(answer.get(medium.pictures)))]
    assert steps and "<img" in steps[-1]  # what is seen so far
    assert "<img" not in last(answers, demo.pictures)  # what it showed was of another seed


def test_a_model_that_fails_keeps_none_of_the_others_from_theirs(page: Page) -> None:
    answers = page.make(seed=7, demo_steps=3)
    demo, medium = page.cards
    assert "Steps is 3" in last(answers, demo.pictures) and "<img" in last(answers, medium.pictures)
    assert "1 of 2 models" in last(answers, page.running.status)


def test_own_words_go_to_every_model_and_none_are_told_once(page: Page) -> None:
    answers = page.make(source=OWN, words="a hat", demo_on=False)
    assert "a hat" in last(answers, page.cards[1].pictures)
    for words, changes in (
        ("The prompt is empty", {"source": OWN}),
        (NONE_ON[:20], {"demo_on": False, "medium_on": False}),
    ):
        answers = page.make(**changes)
        assert words in last(answers, page.running.status)
        assert all(card.pictures not in answer for card in page.cards for answer in answers)


def test_cancelling_stops_and_leaves_nothing_that_looks_unfinished(page: Page) -> None:
    running, held = page.running, page.held | page.named({"seed": 8, "demo_steps": 50})
    held |= {running.cancelled: set()} | running.begin(held | page.named({"seed": 8, "demo_steps": 50}))
    answers = []
    for answer in running.make_next(held):
        answers.append(answer)
        if "Step " in str(answer.get(page.cards[0].pictures)):
            running.stop(held[running.run], held[running.cancelled])
    assert answers[-1][running.going] == 0 and STOPPED in answers[-1][running.status]
    assert [answers[-1][card.pictures] for card in page.cards] == [CANCELLED] * 2
    assert running.memory.made not in answers[-1]
    (stopped,) = running.make_next(held)  # the click came between two turns
    assert stopped[running.going] == 0 and stopped[page.cards[1].pictures] == CANCELLED
    assert running.begin(held)[running.run] not in held[running.cancelled]  # and all goes on


def test_who_leaves_the_queue_or_finds_it_full_sees_no_card_that_waits(page: Page) -> None:
    running, (demo, medium) = page.running, page.cards
    held = page.held | running.begin(page.held)
    now = held[running.round].after_turn(made=True)
    left = running.give_up(held | {running.round: now, running.cancel: CANCELLING})
    assert left[medium.pictures] == CANCELLED and demo.pictures not in left
    assert STOPPED in left[running.status]
    full = running.give_up(held)
    assert NOT_MADE in full[running.status] and full[demo.pictures] == full[medium.pictures] == PLACEHOLDER


def test_the_price_is_that_of_what_takes_part(page: Page) -> None:
    asking, prices = page.running.asking, page.running.asking.services.prices
    timed = Comparison(Recipe("a man", 1), dict.fromkeys(ARMS, Image.new("RGB", (8, 8))), 200.0, "as always")
    asking.services.results.put(timed)

    def price(**changes: Any) -> str:
        return asking.price(page.held | page.named(changes))

    recipe = page.cards[0].recipe(page.held, ANY_PROMPT)
    known = prices.of_all([(recipe, ARMS)])
    assert known.seconds > 0 and price(medium_on=False) == render_price(known, 1, 2, lent=False)
    assert "3 portraits of 2 models" in price() and "2 portraits of 2 models" in price(demo_adapter="none")
    assert NONE_ON in price(demo_on=False, medium_on=False) and "Steps is 3" in price(demo_steps=3)
    assert "about 12 s</strong> of a GPU." in render_price(Price(12.2), 2, 4, lent=True)
    assert "about 12 s</strong>, and 1 model that" in render_price(Price(12.2, unknown=1), 2, 4, lent=False)
    assert "not known yet" in render_price(Price(0, unknown=2), 2, 4, lent=False)


def test_who_reads_only_a_part_of_own_words_is_said_before(page: Page) -> None:
    words = "woman with black hair " * 40
    price = page.running.asking.price(page.held | page.named({"source": OWN, "words": words}))
    (read,) = re.findall("Demo model reads the first ([0-9]+) of these 880 characters", price)
    assert part_read(words, MODELS["demo"]) == words[: int(read)] and int(read) < 400
    assert "Medium reads the first 82 of" in price  # of a T5 that takes few tokens
    short = page.running.asking.price(page.held | page.named({"source": EXPLORE, "words": words}))
    assert "reads the first" not in short


def test_explores_choice_is_what_its_lists_show(page: Page) -> None:
    show = page.running.asking.prompt.show
    assert "a man with a smile" in show("?prompt=a+man+with+a+smile&seed=5")
    assert "a man with a smile" in show("?gender=male&with=Smiling&prompt=a+clown")


def test_own_words_of_a_link_are_taken_over_with_its_seed_and_settings(page: Page) -> None:
    asking, status = page.running.asking, page.running.status
    prompt, (demo, medium) = asking.prompt, page.cards
    restoring = Restoring(asking.services, prompt, page.cards, status, gr.Textbox())
    recipe = Recipe("a hat & a coat", seed=77, model="medium", adapter="owner/name", steps=12)
    taken = restoring.restore(f"?{recipe_link(recipe)}", "")
    assert (taken[prompt.source], taken[prompt.words]["value"]) == (OWN, "a hat & a coat")
    assert (taken[prompt.seed]["value"], taken[prompt.new_seed]) == (77, False)
    assert (taken[medium.on], taken[demo.on], taken[medium.steps]) == (True, False, 12)
    assert ("owner/name", "owner/name") in taken[medium.adapter]["choices"] and taken[status] == ""
    held = page.held | {each: taken[each] for each in (medium.on, demo.on, medium.steps, medium.guidance)}
    held |= {prompt.source: OWN, prompt.words: recipe.prompt, prompt.seed: 77, medium.adapter: "owner/name"}
    begun = page.running.begin(held)
    assert begun[page.running.round].recipes == (recipe,)
    weaker = restoring.restore(recipe_link(Recipe("a hat", seed=77, adapter_scale=0.5)), "")
    assert "strength 0.5" in weaker[status]
    assert restoring.restore(EXPLORED, "") == {status: gr.skip(), restoring.taken: ""}
    assert restoring.restore(EXPLORED, "Taken")[status] == "Taken"
    assert demo.on not in restoring.restore("?prompt=a+hat", "")


def test_a_model_that_is_off_says_why_and_what_helps(page: Page) -> None:
    services, cards = page.running.asking.services, page.cards
    tab = ModelsTab(services, cards, page.running.asking.able, page.running.status)
    off = Offer("medium", "SD 3.5 Medium", problem="It <b>needs</b> a GPU.", link="https://huggingface.co/x")
    updates = tab._shown({"demo": Offer("demo", "Demo model"), "medium": off}, ("demo",))
    assert updates[page.running.asking.able] == ("demo",)
    why = updates[cards[1].why]
    assert why["visible"] and "Off here." in why["value"] and "<b>" not in why["value"]
    assert 'href="https://huggingface.co/x"' in why["value"]
    assert not updates[cards[1].settings]["visible"] and updates[cards[0].settings]["visible"]
    looked = tab.look(("demo",))
    assert looked[page.running.asking.able] == ("demo", "medium")  # this machine, as it is


def timed(
    model: str, seed: int, seconds: float | None, run: str | None, made_s: float, **settings: Any
) -> Entry:
    recipe = Recipe("a man", seed=seed, model=model, **settings)
    return Entry(recipe, f"{seed:064x}", made_s, seconds, run)


def test_averages_and_runs_are_those_of_the_history() -> None:
    entries = [
        timed("turbo", 4, 1.0, "b", 40.0, adapter=None),
        timed("large", 3, 14.0, "b", 40.0, adapter="owner/name"),
        timed("large", 2, None, None, 20.0, adapter=None),
        timed("large", 1, 7.0, None, 10.0, adapter=None),
    ]
    large, turbo = speeds(entries)
    assert (large.model, large.seconds, large.average_s) == ("large", (7.0, 14.0), 10.5)
    assert large.step_s == pytest.approx(21 / (28 + 2 * 28))  # both arms are twice the steps
    assert turbo.step_s == pytest.approx(1 / 4)
    assert [sorted(run.by_model) for run in runs(entries)] == [["large", "turbo"], ["large"], ["large"]]
    html = render_performance(entries)
    for said in ("10.5 s", "on average of 2 comparisons", "14.0 s", "28 steps, guidance 3.5, vanilla alone"):
        assert said in html
    assert (
        html.count('class="speed"') == 2 and html.count("<i ") == 3 and html.count('<td class="none">') == 2
    )


def test_nothing_made_means_no_plot() -> None:
    assert "<table" not in render_performance([timed("large", 1, None, None, 0.0, adapter=None)])


@pytest.mark.parametrize(
    ("seconds", "end"), [(0, 0.01), (0.03, 0.04), (0.9, 1.0), (1.0, 1.0), (14.2, 20), (101, 200)]
)
def test_the_axis_ends_at_a_round_number_that_holds_all(seconds: float, end: float) -> None:
    assert axis_end(seconds) == pytest.approx(end)

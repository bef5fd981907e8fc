"""All models that take part, one after the other: progress in each card, portraits as they finish, Cancel."""

from __future__ import annotations

import secrets
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import gradio as gr

from generation.errors import InvalidRecipe
from generation.events import ARMS, Progress, Waiting
from generation.recipe import Recipe
from studio.history.memory import Memory, write_made
from studio.messages import CANCEL, CANCELLING, NOT_MADE, STARTING, WAITING, explain
from studio.models_tab.card import Card, Held, Updates
from studio.models_tab.prompt import Prompt
from studio.models_tab.results import (
    PLACEHOLDER,
    is_unfinished,
    render_failed,
    render_made,
    render_queued,
    render_steps,
    render_stopped,
)
from studio.render import render_note, render_problem, render_waiting
from studio.services import Services, StoredComparison
from studio.wiring import UNQUEUED, read_script

PROGRESS_S = 0.1  # the least time between two tellings of progress
NONE_ON = "No model takes part: tick “Make this one” at one or more."
STOPPED = "Cancelled. What was finished stays."


@dataclass(frozen=True)
class Running:
    """What runs the models, and the components it needs; `able` holds the keys of those that can run here."""

    services: Services
    memory: Memory
    prompt: Prompt
    cards: Sequence[Card]
    able: gr.State
    start: gr.Button
    cancel: gr.Button
    status: gr.HTML
    run: gr.Number  # counts what this visitor has asked to be made
    cancelled: gr.State  # the runs that were cancelled, a set which every handler of the visitor shares

    def wait(self, run: int) -> Updates:
        """Asked for, and not begun: other visitors may be before this one."""
        return {self.run: run + 1} | self._working(WAITING)

    def make(self, held: Held) -> Iterator[Updates]:
        """Everything that takes part, with live progress."""
        yield self._working(STARTING)
        try:
            asked, prompt = self._asked(held), self.prompt.read(held)
        except Exception as problem:
            yield self._idle(render_problem(explain(problem)))
            return
        yield self._begin(asked, prompt["seed"])
        finished: list[StoredComparison] = []
        named = secrets.token_hex(8)
        for number, card in enumerate(asked):
            yield {self.status: render_waiting(f"{card.spec.title}, {number + 1} of {len(asked)}")}
            with closing(self._made(card, held, prompt, finished)) as made:
                for updates in made:
                    if held[self.run] in held[self.cancelled]:
                        stopped = {each.pictures: render_stopped() for each in asked[number:]}
                        yield self._idle(render_note(STOPPED)) | stopped
                        return
                    yield updates
            if finished:
                yield {self.memory.made: write_made(finished, named)}
        yield self._idle(render_note(_told(finished, len(asked))))

    def stop(self, run: int, cancelled: set[int]) -> None:
        """Let a run end by itself: Gradio does not know it yet if the click came in its first moment."""
        cancelled.add(run)

    def give_up(self, held: Held) -> Updates:
        """Back to where nothing is being made: cancelled, as the button's text says, or never begun."""
        was_cancelled = held[self.cancel] == CANCELLING or held[self.run] in held[self.cancelled]
        said = render_note(STOPPED) if was_cancelled else render_problem(NOT_MADE)
        left = [card for card in self.cards if is_unfinished(held[card.pictures])]
        return self._idle(said) | {card.pictures: render_stopped() for card in left}

    def _asked(self, held: Held) -> list[Card]:
        asked = [card for card in self.cards if held[card.on] and card.spec.key in held[self.able]]
        if not asked:
            raise InvalidRecipe(NONE_ON)
        return asked

    def _begin(self, asked: Sequence[Card], seed: int) -> Updates:
        """What earlier runs have left is about another seed at least: it goes."""
        cleared = {card.pictures: PLACEHOLDER for card in self.cards}
        queued = {card.pictures: render_queued("Comes after the others") for card in asked}
        return {self.prompt.seed: seed, **cleared, **queued}

    def _made(
        self, card: Card, held: Held, prompt: Mapping[str, Any], finished: list[StoredComparison]
    ) -> Generator[Updates, None, None]:
        """One model's portraits; a problem is its own, and the next one begins."""
        try:
            yield from self._pictures(card, card.recipe(held, prompt), finished)
        except Exception as problem:
            yield {card.pictures: render_failed(explain(problem))}

    def _pictures(self, card: Card, recipe: Recipe, finished: list[StoredComparison]) -> Iterator[Updates]:
        arms = 1 if recipe.adapter is None else len(ARMS)
        yield {card.pictures: render_queued("Loading the model, if it is not loaded yet")}
        done: dict[str, Progress] = {}
        told_s = 0.0
        with closing(self.services.compare(recipe)) as events:
            for event in events:
                if isinstance(event, Waiting):
                    yield {self.status: gr.skip()}  # between two answers, whoever cancelled is let go
                elif isinstance(event, Progress):
                    done[event.arm] = event
                    # Telling every step of a quick model would take longer than the steps.
                    if time.monotonic() - told_s >= PROGRESS_S:
                        told_s = time.monotonic()
                        yield {card.pictures: render_steps(done, arms)}
                elif isinstance(event, StoredComparison):
                    finished.append(event)
                    yield {card.pictures: render_made(event)}

    def _working(self, sentence: str) -> Updates:
        return {
            self.start: gr.update(visible=False),
            self.cancel: gr.update(visible=True),
            self.status: render_waiting(sentence),
        }

    def _idle(self, status: str) -> Updates:
        return {
            self.start: gr.update(visible=True),
            self.cancel: gr.update(visible=False, value=CANCEL),
            self.status: status,
        }


def wire_running(running: Running) -> None:
    """Wire the one button that starts everything, and the one that stops it."""
    idle = [running.start, running.cancel, running.status]
    pictures = [card.pictures for card in running.cards]
    inputs = running.prompt.all.union(
        {running.able, running.run, running.cancelled}, *(card.inputs for card in running.cards)
    )
    waiting = running.start.click(running.wait, inputs=running.run, outputs=[running.run, *idle], **UNQUEUED)
    waiting.then(fn=None, js=read_script("keep_focus"), api_visibility="private")
    run = waiting.then(
        running.make,
        inputs=inputs,
        outputs=[*idle, *pictures, running.prompt.seed, running.memory.made],
        show_progress="hidden",
        concurrency_id="pictures",
        concurrency_limit=running.services.at_once,
        api_visibility="private",
    )
    asked = {running.cancel, running.run, running.cancelled, *pictures}
    run.failure(running.give_up, inputs=asked, outputs=[*idle, *pictures], **UNQUEUED)
    # The text goes first: `give_up` reads it when the cancelled run has ended.
    cancelling = {"js": f"() => '{CANCELLING}'", "outputs": running.cancel, "api_visibility": "private"}
    running.cancel.click(None, **cancelling)
    running.cancel.click(running.stop, inputs=[running.run, running.cancelled], **UNQUEUED)
    running.cancel.click(None, cancels=[run])


def _told(finished: Sequence[StoredComparison], asked: int) -> str:
    """What has come of it, for the line under the button."""
    if len(finished) == asked:
        return "Finished. Click portraits to open them in Explore."
    return f"{len(finished)} of {asked} models have made their portraits; the others say why not."

"""All models that take part, each in a turn of its own: other visitors come in between; and Cancel."""

from __future__ import annotations

import secrets
import time
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass

import gradio as gr

from generation.errors import InvalidRecipe
from generation.events import Arm, Preview, Progress, Waiting, arms_of
from generation.recipe import Recipe
from studio.answered_early import answered_early
from studio.face_strip import as_address
from studio.history.memory import Memory, write_made
from studio.messages import CANCEL, CANCELLING, NOT_MADE, WAITING, explain
from studio.models_tab.asking import Asking
from studio.models_tab.card import Held, Updates
from studio.models_tab.results import (
    CANCELLED,
    PLACEHOLDER,
    render_failed,
    render_made,
    render_queued,
    render_steps,
)
from studio.models_tab.round import Round
from studio.portraits import LARGEST_PREVIEW_PX
from studio.render import render_note, render_problem, render_waiting
from studio.services import StoredComparison
from studio.wiring import PRIVATE, UNQUEUED, read_script

PROGRESS_S = 0.1  # the least time between two tellings of progress
STOPPED = "Cancelled. What was finished stays."
LOADING = "Loading the model, if it is not loaded yet"
AFTER_OTHERS = "Comes after the others"
# When none follows, the price says what another round would cost.
GO_ON = "going => document.querySelector(going ? '#models-next' : '#models-check').click()"


@dataclass(frozen=True)
class Running:
    """What runs the models, and the components that this changes."""

    asking: Asking
    memory: Memory
    start: gr.Button
    cancel: gr.Button
    status: gr.HTML
    round: gr.State
    going: gr.Number  # 1 while another turn is to follow
    run: gr.Number  # counts what this visitor has asked to be made
    cancelled: gr.State  # the runs that were cancelled, a set which every handler of the visitor shares

    @property
    def shown(self) -> list[gr.components.Component]:
        """What a turn changes."""
        pictures = [card.pictures for card in self.asking.cards]
        return [self.start, self.cancel, self.status, self.round, self.going, *pictures]

    def begin(self, held: Held) -> Updates:
        """Ask every model for a recipe; one that does not do what it is asked for says so in its card."""
        try:
            asked, prompt = self.asking.taking_part(held), self.asking.prompt.read(held)
        except Exception as problem:
            return {self.status: render_problem(explain(problem)), self.going: 0}
        # What earlier rounds have left is about another seed at least: it goes.
        pictures: Updates = {card.pictures: PLACEHOLDER for card in self.asking.cards}
        recipes: list[Recipe] = []
        for card in asked:
            try:
                recipes.append(card.recipe(held, prompt))
                pictures[card.pictures] = render_queued(AFTER_OTHERS)
            except InvalidRecipe as problem:
                pictures[card.pictures] = render_failed(str(problem))
        begun = Round(secrets.token_hex(8), tuple(recipes), refused=len(asked) - len(recipes))
        asked_for: Updates = {self.asking.prompt.seed: prompt["seed"], self.run: held[self.run] + 1}
        return pictures | asked_for | self._working() | self._after(begun)

    @answered_early
    def make_next(self, held: Held) -> Iterator[Updates]:
        """The next model's portraits, with live progress; a problem is its own, and the next turn comes."""
        now: Round | None = held[self.round]
        if now is None or not now.left or self._is_cancelled(held):
            yield self._stopped(now)
            return
        pictures = self._pictures(now.left[0])
        yield {self.status: render_waiting(now.title), pictures: render_queued(LOADING)}
        try:
            with closing(self._made(now, pictures)) as answers:
                for updates in answers:
                    if self._is_cancelled(held):
                        yield self._stopped(now)
                        return
                    yield updates
        except Exception as problem:
            yield {pictures: render_failed(explain(problem))} | self._after(now.after_turn(made=False))

    def stop(self, run: int, cancelled: set[int]) -> None:
        """Let a run end by itself: Gradio does not know it yet if the click came between two turns."""
        cancelled.add(run)

    def give_up(self, held: Held) -> Updates:
        """Back to where nothing is being made: cancelled, as the button's text says, or never begun."""
        if held[self.cancel] == CANCELLING or self._is_cancelled(held):
            return self._stopped(held[self.round])
        return self._stopped(held[self.round], render_problem(NOT_MADE), PLACEHOLDER)

    def _is_cancelled(self, held: Held) -> bool:
        return held[self.run] in held[self.cancelled]

    def _pictures(self, recipe: Recipe) -> gr.HTML:
        return next(card.pictures for card in self.asking.cards if card.spec.key == recipe.model)

    def _made(self, now: Round, pictures: gr.HTML) -> Generator[Updates, None, None]:
        recipe, told_s = now.left[0], 0.0
        done: dict[Arm, Progress] = {}
        previews: dict[Arm, str] = {}
        with closing(self.asking.services.compare(recipe)) as events:
            for event in events:
                if isinstance(event, Waiting):
                    yield {self.status: gr.skip()}  # between two answers, whoever cancelled is let go
                elif isinstance(event, Progress):
                    done[event.arm] = event
                    # Telling every step of a quick model would take longer than the steps.
                    if time.monotonic() - told_s >= PROGRESS_S:
                        told_s = time.monotonic()
                        yield {pictures: render_steps(done, len(arms_of(recipe)), previews)}
                elif isinstance(event, Preview):
                    previews[event.arm] = as_address(event.image, LARGEST_PREVIEW_PX)
                    # Made together, the other one's comes next: both are told at once.
                    if done and (event.arm == "fine_tuned" or "fine_tuned" not in done):
                        yield {pictures: render_steps(done, len(arms_of(recipe)), previews)}
                elif isinstance(event, StoredComparison):
                    # All at once: of two answers that follow on each other the first may be lost.
                    made = {pictures: render_made(event), self.memory.made: write_made(event, now.name)}
                    yield made | self._after(now.after_turn(made=True))

    def _after(self, now: Round) -> Updates:
        """The next turn, or the end."""
        if now.left:
            return {self.round: now, self.going: 1}
        return {self.round: now} | self._idle(render_note(now.outcome))

    def _stopped(self, now: Round | None, said: str = render_note(STOPPED), left: str = CANCELLED) -> Updates:
        cards: Updates = {self._pictures(recipe): left for recipe in (now.left if now else ())}
        return cards | self._idle(said)

    def _working(self) -> Updates:
        return {
            self.start: gr.update(visible=False),
            self.cancel: gr.update(visible=True),
            self.status: render_waiting(WAITING),
        }

    def _idle(self, status: str) -> Updates:
        return {
            self.start: gr.update(visible=True),
            self.cancel: gr.update(visible=False, value=CANCEL),
            self.status: status,
            self.going: 0,
        }


def wire_running(running: Running) -> None:
    """Wire the one button that starts everything, and the one that stops it."""
    asking, keep_focus = running.asking, {"js": read_script("keep_focus"), **PRIVATE}
    begun = running.start.click(
        running.begin,
        inputs={*asking.inputs, running.run},
        outputs=[*running.shown, asking.prompt.seed, running.run],
        **UNQUEUED,
    )
    begun.then(**keep_focus)
    begun.success(inputs=running.going, js=GO_ON, **PRIVATE)
    turn = _wire_turns(running)
    turn.success(inputs=running.going, js=GO_ON, **PRIVATE).then(**keep_focus)
    asked = {running.cancel, running.round, running.run, running.cancelled}
    turn.failure(running.give_up, inputs=asked, outputs=running.shown, **UNQUEUED).then(**keep_focus)
    # The text goes first: `give_up` reads it when the cancelled turn has ended.
    running.cancel.click(js=f'() => said("{CANCELLING}")', outputs=running.cancel, **PRIVATE)
    running.cancel.click(running.stop, inputs=[running.run, running.cancelled], **UNQUEUED)
    running.cancel.click(None, cancels=[turn])


def _wire_turns(running: Running) -> gr.events.Dependency:
    """Each model is a turn in the queue of all portraits; its end asks for the next one."""
    following = gr.Button("Make the next portraits", visible="hidden", elem_id="models-next")
    return following.click(
        running.make_next,
        inputs={running.round, running.run, running.cancelled},
        outputs=[*running.shown, running.memory.made],
        show_progress="hidden",
        concurrency_id="pictures",
        concurrency_limit=running.asking.services.at_once,
        api_visibility="private",
    )

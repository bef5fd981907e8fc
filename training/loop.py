"""The training loop: every step a function of the seed and its number, saved so that it can stop anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

from accelerate import Accelerator
from accelerate.utils import GradientAccumulationPlugin

from generation.recipe import Recipe
from training.adapter_file import save_adapter
from training.config import TrainingConfig
from training.config_file import render_config
from training.errors import Diverged
from training.interrupt import noticing_interrupts
from training.learning import Learner, Outcome
from training.lora import learning_parameters
from training.metrics import Meter, append_metrics, render_line, start_metrics
from training.run_folder import (
    VALIDATION_FOLDER,
    check_run_folder,
    check_same_material,
    drop_replaced,
    set_aside,
    write_run_config,
)
from training.run_state import RunState, load_weights, read_state, save_state
from training.schedule import learning_rate
from training.setup import Parts, Say, set_up
from training.validation import validation_recipes, write_validation

MOST_SKIPPED_IN_A_ROW = 20


def train(
    config: TrainingConfig,
    resume: bool = False,
    overwrite: bool = False,
    stop_after: int | None = None,
    say: Say = print,
) -> int:
    """Train an adapter into `run.output`; give the number of finished steps.

    Ctrl+C, or reaching step `stop_after`, saves everything that resuming needs and ends early.

    Raises:
        TrainingError: what was asked for cannot be done; nothing that was there is harmed.
    """
    check_run_folder(config, resume, overwrite)
    recipes = validation_recipes(config)
    accelerator = _build_accelerator()
    speak = say if accelerator.is_main_process else _silent
    parts = set_up(config, accelerator, speak)
    run = Run(config, parts, accelerator, _learner(config, parts, accelerator), recipes, speak)
    run.begin(resume)
    with noticing_interrupts() as interrupted:
        return run.go_on(interrupted, stop_after)


def _silent(_line: str) -> None:
    pass


def _build_accelerator() -> Accelerator:
    # Said outright: what is left out, accelerate takes from the environment and its own configuration file.
    whole_steps = GradientAccumulationPlugin(num_steps=1)
    return Accelerator(mixed_precision="no", gradient_accumulation_plugin=whole_steps)


def _learner(config: TrainingConfig, parts: Parts, accelerator: Accelerator) -> Learner:
    return Learner(
        accelerator,
        accelerator.prepare_model(parts.transformer),
        parts.optimizer,
        timesteps=parts.pipeline.scheduler.config.num_train_timesteps,
        precision=config.run.precision,
        max_gradient_norm=config.optimizer.max_gradient_norm,
    )


@dataclass
class Run:
    """A run under way: `begin` once, then `go_on`."""

    config: TrainingConfig
    parts: Parts
    accelerator: Accelerator
    learner: Learner
    recipes: Sequence[Recipe]
    say: Say
    step: int = 0
    saved_step: int | None = None
    skipped_in_a_row: int = 0
    meter: Meter = field(init=False)

    def __post_init__(self) -> None:
        self.meter = Meter(self.config.run.batch_size)

    @property
    def folder(self) -> Path:
        return Path(self.config.run.output)

    def begin(self, resume: bool) -> None:
        """Start the run's files, or take up weights, optimizer and step where they were saved."""
        if resume:
            self._take_up()
        if self.accelerator.is_main_process:
            if not resume:
                set_aside(self.folder)
            write_run_config(self.config)
            start_metrics(self.folder, self.step)

    def _take_up(self) -> None:
        state = read_state(self.folder)
        check_same_material(state, self.parts.material)
        load_weights(self.folder, learning_parameters(self.parts.transformer), self.parts.optimizer)
        self.step, self.skipped_in_a_row = state.step, state.skipped_in_a_row
        self.meter.take_up(state.meter)
        self.say(f"Going on after step {self.step:,}.")

    def go_on(self, interrupted: Event, stop_after: int | None = None) -> int:
        """Learn until the end, an interrupt or a given step, and save; give the number of finished steps."""
        last = min(self.config.run.steps, stop_after or self.config.run.steps)
        while self.step < last and not interrupted.is_set():
            self._learn()
            self._do_what_is_due()
        if self.saved_step != self.step:
            self._save()
        return self.step

    def _learn(self) -> None:
        batch = self.parts.batches.batch(
            self.step, self.accelerator.process_index, self.accelerator.num_processes
        )
        outcome = self.learner.learn(batch.to(self.accelerator.device), self._rate(self.step))
        self.meter.add(outcome.loss, outcome.gradient_norm, outcome.skipped)
        self._watch(outcome)
        self.step += 1

    def _rate(self, step: int) -> float:
        return learning_rate(step, self.config.run.steps, self.config.optimizer)

    def _watch(self, outcome: Outcome) -> None:
        self.skipped_in_a_row = self.skipped_in_a_row + 1 if outcome.skipped else 0
        if self.skipped_in_a_row >= MOST_SKIPPED_IN_A_ROW:
            raise Diverged(
                f"{MOST_SKIPPED_IN_A_ROW} steps in a row, up to step {self.step:,}, gave no finite gradient: "
                f"lower optimizer.learning_rate (it is {self.config.optimizer.learning_rate:g})"
            )

    def _do_what_is_due(self) -> None:
        run, validation = self.config.run, self.config.validation
        if self.step % run.log_every == 0 or self.step == run.steps:
            self._report()
        if self.step % run.save_every == 0 or self.step == run.steps:
            self._save()
        if (
            validation.every
            and self.recipes
            and (self.step % validation.every == 0 or self.step == run.steps)
        ):
            with self.meter.paused():
                self._validate()

    def _report(self) -> None:
        metrics = self.meter.report(self.step, self._rate(self.step - 1))
        self.say(render_line(metrics, self.config.run.steps, self.config.run.batch_size))
        if self.accelerator.is_main_process:
            append_metrics(self.folder, metrics)

    def _save(self) -> None:
        if self.accelerator.is_main_process:
            transformer = self.parts.transformer
            # The state last: killed between the two, a resumed run makes this adapter once more.
            save_adapter(transformer, self.folder, {**self.parts.record, "step": self.step})
            save_state(self.folder, learning_parameters(transformer), self.parts.optimizer, self._state())
            drop_replaced(self.folder)
        self.accelerator.wait_for_everyone()
        self.saved_step = self.step

    def _state(self) -> RunState:
        config = render_config(self.config)
        return RunState(self.step, config, self.parts.material, self.meter.state, self.skipped_in_a_row)

    def _validate(self) -> None:
        if self.accelerator.is_main_process:
            path = self.folder / VALIDATION_FOLDER / f"step-{self.step:06}.png"
            write_validation(self.parts.pipeline, self.recipes, path)
            self.say(f"pictures in {path}")
        self.accelerator.wait_for_everyone()

"""A run under way: one step after another, with what is due after each."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import mean
from tempfile import TemporaryDirectory

import torch
from accelerate import Accelerator

from training.adapter_file import save_adapter
from training.checkpoints import (
    checkpoint_path,
    drop_checkpoints_after,
    last_good_step,
    newest_state,
    prune_checkpoints,
)
from training.config import TrainingConfig
from training.config_file import render_config
from training.debris import remove_debris
from training.errors import Diverged
from training.guard import Guard
from training.memory import peak_memory_gib
from training.metrics import Meter, append_metrics, render_line, seconds_left, start_metrics
from training.prefetch import Ahead
from training.progress import Say
from training.run_folder import (
    VALIDATION_FOLDER,
    check_same_material,
    drop_replaced,
    set_aside,
    write_run_config,
)
from training.run_state import RunState, load_learned, read_state, save_state
from training.schedule import learning_rate
from training.setup import Parts
from training.tracking import track
from training.validation import write_sheet


@dataclass
class Run:
    """A run: `begin` once, then `learn` and `do_what_is_due` step by step, then `finish`."""

    config: TrainingConfig
    parts: Parts
    accelerator: Accelerator
    say: Say
    step: int = 0
    saved_step: int | None = None
    latest: str = ""
    looked_s: float = 0.0
    meter: Meter = field(init=False)
    guard: Guard = field(init=False)
    ahead: Ahead = field(init=False)

    def __post_init__(self) -> None:
        self.meter = Meter(self.config.run.batch_size)
        self.guard = Guard(self.config.guard)
        us = self.accelerator
        self.ahead = Ahead(self.parts.batches, us.device, us.process_index, us.num_processes)
        self.began_s = time.perf_counter()

    @property
    def folder(self) -> Path:
        return Path(self.config.run.output)

    def begin(self, resume: bool) -> None:
        """Start the run's files, or take up everything where it was saved."""
        if resume:
            state = newest_state(self.folder)
            check_same_material(state, self.parts.material)
            self._take_up(state)
            self.say(f"Going on after step {self.step:,}.")
        if self.accelerator.is_main_process:
            remove_debris(self.folder)
            if not resume:
                set_aside(self.folder)
            write_run_config(self.config)
            start_metrics(self.folder, self.step)
        if not resume:
            self._save_state()

    def learn(self) -> bool:
        """Learn from the next batch, or skip it; whether the run went on, or else back, after too many."""
        loss, norm = self.parts.learner.gradients(self.ahead.take(self.step))
        if fault := self.guard.fault(norm):
            self.parts.learner.forget()
            self.meter.skip()
            self._tell_fault(fault)
        else:
            self.parts.learner.update(self._rate(self.step))
            self.parts.learned.follow()
            self.meter.add(loss, norm)
        self.step += 1
        if not self.guard.lost:
            return True
        self._go_back()
        return False

    def do_what_is_due(self) -> None:
        """Report, save and look, each after as many steps as the configuration says, and at the end."""
        run, validation = self.config.run, self.config.validation
        if self._due(run.log_every):
            self._report()
        # Looked at before it is saved: killed meanwhile, the run looks again when it goes on.
        if validation.every and self._due(validation.every):
            with self.meter.paused():
                self._look()
        if self._due(run.save_every):
            self.save()

    def finish(self) -> None:
        """Save what is not saved yet, and say what looking at the run has cost."""
        if self.saved_step != self.step:
            self.save()
        if self.looked_s:
            share = self.looked_s / (time.perf_counter() - self.began_s)
            self.say(f"validation took {share:.1%} of the time")

    def save(self) -> None:
        """Write adapter and checkpoint."""
        # The checkpoint last: killed between the two, a resumed run makes this adapter once more.
        with self.parts.learned.averaged():
            self._save_adapter({**self.parts.record, "step": self.step})
        self._save_state()
        if self.accelerator.is_main_process:
            prune_checkpoints(self.folder, self.config.run.kept_checkpoints)
            drop_replaced(self.folder)
        self.accelerator.wait_for_everyone()

    def _save_adapter(self, record: dict[str, object]) -> None:
        if self.accelerator.is_main_process:
            save_adapter(self.parts.transformer, self.folder, record)
        elif self.parts.learner.shared_out:
            # What is saved is loaded again and compared, for which the base needs all of its parts.
            with TemporaryDirectory() as elsewhere:
                save_adapter(self.parts.transformer, Path(elsewhere), record)

    def _due(self, every: int) -> bool:
        return self.step % every == 0 or self.step == self.config.run.steps

    def _rate(self, step: int) -> float:
        planned = learning_rate(step, self.config.run.steps, self.config.optimizer)
        return planned * self.guard.rate_factor

    def _take_up(self, state: RunState) -> None:
        load_learned(checkpoint_path(self.folder, state.step), self.parts.learned)
        self.step = self.saved_step = state.step
        self.guard.take_up(state.guard)
        self.meter.take_up(state.meter)

    def _save_state(self) -> None:
        if self.accelerator.is_main_process:
            config = render_config(self.config)
            state = RunState(self.step, config, self.parts.material, self.meter.state, self.guard.state)
            save_state(checkpoint_path(self.folder, self.step), self.parts.learned, state)
        self.saved_step = self.step
        self.accelerator.wait_for_everyone()

    def _tell_fault(self, fault: str) -> None:
        self.say(f"step {self.step + 1:,} skipped: {fault}")
        self._log({"step": self.step + 1, "skipped": fault})

    def _go_back(self) -> None:
        """Take up the last good checkpoint with a lower rate, or give up."""
        lost_at, good = self.step, last_good_step(self.folder)
        if not self.guard.may_go_back:
            raise Diverged(self._report_of_failure(lost_at, good))
        rollbacks = self.guard.rollbacks + 1
        self._take_up(read_state(checkpoint_path(self.folder, good)))
        self.guard.rollbacks = rollbacks
        self.accelerator.wait_for_everyone()  # all have read what is about to change
        if self.accelerator.is_main_process:
            drop_checkpoints_after(self.folder, good)
            start_metrics(self.folder, good)
        self._save_state()  # killed later, the run still knows that it went back
        self.say(
            f"{self.config.guard.patience} bad steps in a row up to step {lost_at:,}: back to step {good:,}, "
            f"with {self.guard.rate_factor:.3g} times the learning rate"
        )
        self._log({"step": good, "rolled_back_from": lost_at, "rate_factor": self.guard.rate_factor})

    def _report_of_failure(self, lost_at: int, good: int) -> str:
        rate = self._rate(lost_at - 1)
        return (
            f"{self.config.guard.patience} bad steps in a row, up to step {lost_at:,}, after going back "
            f"{self.guard.rollbacks} times with a rate down to {rate:.2e}: look at the bad steps in "
            f"metrics.jsonl, and lower optimizer.learning_rate (it is "
            f"{self.config.optimizer.learning_rate:g}). What was learned up to step {good:,} is in "
            f"{self.folder}"
        )

    def _report(self) -> None:
        device, steps = self.accelerator.device, self.config.run.steps
        metrics = self.meter.report(self.step, self._rate(self.step - 1), peak_memory_gib(device))
        left_s = seconds_left(metrics, steps, self.config.run.batch_size)
        self.latest = f"loss {metrics.loss or float('nan'):.4f}, {metrics.images_per_s:,.1f} images/s"
        self.say(render_line(metrics, steps, left_s, self.config.tracking.price_per_hour))
        self._log(asdict(metrics))

    def _look(self) -> None:
        began_s = time.perf_counter()
        # Blocks are compiled for learning alone: other ways through them would use up torch's limit.
        with self.parts.learned.averaged(), torch.compiler.set_stance("force_eager"):
            losses, sheet = self.parts.validation.losses(), self.parts.validation.pictures(self.step)
        if losses:
            vanilla, fine_tuned = (mean(losses[arm]) for arm in ("vanilla", "fine_tuned"))
            self.say(f"held-out loss {fine_tuned:.4f}, {fine_tuned / vanilla:.1%} of vanilla's")
            self._log({"step": self.step, "held_out": losses, "held_out_loss": fine_tuned})
        if sheet and self.accelerator.is_main_process:
            path = self.folder / VALIDATION_FOLDER / f"step-{self.step:06}.png"
            write_sheet(sheet, path)
            self.say(f"pictures in {path}")
        self.looked_s += time.perf_counter() - began_s
        self.accelerator.wait_for_everyone()

    def _log(self, row: dict[str, object]) -> None:
        if self.accelerator.is_main_process:
            append_metrics(self.folder, row)
        track(self.accelerator, row)

"""The training loop: every step a function of the seed and its number, saved so that it can stop anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from pathlib import Path
from threading import Event

import torch
from accelerate import Accelerator
from accelerate.utils import GradientAccumulationPlugin, InitProcessGroupKwargs

from training.base_model import check_model, chosen_model
from training.checkpoints import newest_state
from training.config import TrainingConfig
from training.disk import check_disk
from training.estimate.fit import announce
from training.interrupt import noticing_interrupts
from training.next_steps import next_steps
from training.out_of_memory import telling_out_of_memory
from training.preparation.base import open_base
from training.preparation.prepare import foresee as foresee_preparing
from training.processes import check_sharing
from training.progress import Say, progress_bar
from training.record import describe_base
from training.run import Run
from training.run_folder import check_run_folder, check_same_material
from training.run_lock import alone_in
from training.setup import set_up
from training.tracking import end_tracking, start_tracking, tracker_arguments, where_tracked
from training.validation import planned_recipes

# How long processes wait for each other: while one looks for near-duplicates or writes captions, for long.
PATIENCE = timedelta(hours=1)


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
    check_model(config, chosen_model(config))
    recipes = planned_recipes(config)
    accelerator = build_accelerator(config)
    speak = say if accelerator.is_main_process else _silent
    _check_room(config, accelerator, resume, speak)
    if resume:
        _check_base(config, accelerator)
    folder = Path(config.run.output)
    alone = alone_in(folder) if accelerator.is_main_process else nullcontext()
    with alone, telling_out_of_memory(config):
        run = Run(config, set_up(config, accelerator, recipes, speak), accelerator, speak)
        run.begin(resume)
        with _tracked(config, accelerator, speak), run.ahead, noticing_interrupts() as interrupted:
            _go_on(run, interrupted, stop_after)
    for line in _last_words(run):
        speak(line)
    return run.step


def foresee(config: TrainingConfig, resume: bool = False, overwrite: bool = False, say: Say = print) -> None:
    """Say which memory and time a run would take, and what it would prepare; no weight is loaded.

    Raises:
        TrainingError: as `train` would; that the weights are not here yet is said last.
    """
    check_run_folder(config, resume, overwrite)
    planned_recipes(config)
    accelerator = build_accelerator(config)
    speak = say if accelerator.is_main_process else _silent
    _check_room(config, accelerator, resume, speak)
    check_model(config, chosen_model(config))
    if resume:
        _check_base(config, accelerator)
    foresee_preparing(config, accelerator, speak)


def _check_room(config: TrainingConfig, accelerator: Accelerator, resume: bool, speak: Say) -> None:
    """Say what the run needs, and refuse it where memory or disk are too small for it."""
    check_sharing(config, accelerator)
    check_disk(config, accelerator, resume)
    announce(config, accelerator, speak)


def _check_base(config: TrainingConfig, accelerator: Accelerator) -> None:
    """Refuse to go on upon another model, before anything is prepared with it."""
    spec = chosen_model(config)
    with accelerator.main_process_first():  # what the first has read, the others know
        revision = open_base(spec, config, accelerator.device).revision(Path(config.data.cache))
    state = newest_state(Path(config.run.output))
    check_same_material(state, {"base_model": describe_base(spec, revision)})


@contextmanager
def _tracked(config: TrainingConfig, accelerator: Accelerator, speak: Say) -> Iterator[None]:
    start_tracking(config, accelerator)
    if line := where_tracked(config):
        speak(line)
    try:
        yield
    finally:
        end_tracking(accelerator)


def _go_on(run: Run, interrupted: Event, stop_after: int | None) -> None:
    """Learn until the end, an interrupt or a given step, and save."""
    steps = run.config.run.steps
    last = min(steps, stop_after or steps)
    with progress_bar(steps, run.step, shown=run.accelerator.is_main_process) as bar:
        while run.step < last and not _asked_to_stop(run.accelerator, interrupted):
            if run.learn():
                run.do_what_is_due()
            bar.n = run.step
            bar.set_postfix_str(run.latest, refresh=True)
    run.finish()


def _last_words(run: Run) -> Iterator[str]:
    """How it ended, and what comes next."""
    steps = run.config.run.steps
    if run.step < steps:
        yield f"Stopped after step {run.step:,} of {steps:,}; go on with --resume."
        return
    yield f"Done: the adapter is in {run.folder}."
    yield from next_steps(run.config)


def _asked_to_stop(accelerator: Accelerator, interrupted: Event) -> bool:
    if accelerator.num_processes == 1:
        return interrupted.is_set()
    # All stop before the same step, whichever of them was asked.
    asked = torch.tensor([float(interrupted.is_set())], device=accelerator.device)
    return float(accelerator.reduce(asked, "sum")) > 0


def build_accelerator(config: TrainingConfig) -> Accelerator:
    """Devices and processes, as `accelerate launch` gives them; everything else as the configuration says."""
    # Said outright: what is left out, accelerate takes from the environment and its own configuration file.
    whole_steps = GradientAccumulationPlugin(num_steps=1)
    return Accelerator(
        mixed_precision="no",
        dynamo_backend="no",
        gradient_accumulation_plugin=whole_steps,
        cpu=not torch.cuda.is_available(),  # else several processes on CPUs would not find each other
        kwargs_handlers=[InitProcessGroupKwargs(timeout=PATIENCE)],
        **tracker_arguments(config),
    )


def _silent(_line: str) -> None:
    pass

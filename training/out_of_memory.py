"""What is said when memory runs out: which settings take less."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from generation.rendering.out_of_memory import first_sentence, ran_out_of_memory
from training.config import TrainingConfig
from training.errors import TrainingError


@contextmanager
def telling_out_of_memory(config: TrainingConfig) -> Iterator[None]:
    """Around loading and learning: memory that runs out is told as what to set.

    Raises:
        TrainingError: the memory of the GPU, or of the host, was too small.
    """
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if not ran_out_of_memory(error):
            raise
        raise TrainingError(
            f"The memory ran out ({first_sentence(error)}): free what else uses it, or {_advice(config)}"
        ) from error


def _advice(config: TrainingConfig) -> str:
    run, at_once = config.run, config.run.micro_batch_size or config.run.batch_size
    on_the_way = [f"run.micro_batch_size below {at_once}"] if at_once > 1 else []
    if not run.gradient_checkpointing:
        on_the_way.append("run.gradient_checkpointing = true")
    anew = [] if config.model.quantization == "nf4" else ['model.quantization = "nf4"']
    anew.append("a smaller data.size_px or lora.rank")
    fresh = f"start again with {' or '.join(anew)}"
    if not on_the_way:
        return fresh
    return f"set {' and '.join(on_the_way)} and go on with --resume-or-start, or {fresh}"

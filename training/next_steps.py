"""What to do with an adapter that is made: the commands, as they are typed."""

from __future__ import annotations

from shlex import join, quote

from generation.models import model_spec
from training.config import ModelConfig, TrainingConfig

PROMPT = "a woman with a smile"  # where the run has none of its own


def next_steps(config: TrainingConfig) -> list[str]:
    """A line each to see, to measure and to publish the adapter in `run.output`."""
    folder = quote(config.run.output)
    return [
        f"  see it:      {_comparing(config)}",
        f"  measure it:  python -m training evaluate {folder}",
        f"  publish it:  python -m training publish {folder} --repo YOU/NAME --dry-run",
    ]


def _comparing(config: TrainingConfig) -> str:
    """Both arms of a portrait, at the size that was trained at."""
    words = ["python", "-m", "generation", "compare", "--adapter", config.run.output]
    if config.model.key != ModelConfig.key:
        words += ["--model", config.model.key]
    if config.data.size_px in model_spec(config.model.key).sizes_px:
        words += ["--size", str(config.data.size_px)]
    prompt = next(iter(config.validation.prompts), PROMPT)
    return join([*words, "--prompt", prompt, "--out", "outputs/compared"])

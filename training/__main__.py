"""From faces and captions to a LoRA adapter, with proof; `COMMAND --help` says more of each."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from generation.chatter import silence_libraries
from generation.errors import GenerationError
from prompt_engine.command_line import INTERRUPTED, OneSentenceParser, run_command
from prompt_engine.errors import PromptEngineError
from training.arguments import gigabytes
from training.errors import TrainingError

if TYPE_CHECKING:
    from training.config import TrainingConfig

# Imported only when asked for: each needs seconds of imports that the others do not.
LAZY_COMMANDS = {
    "prepare": ("training.preparation.command", "make latents and text embeddings before training"),
    "evaluate": ("training.evaluation.command", "measure what an adapter changes"),
    "classifier": ("training.evaluation.classifier_command", "train who tells attributes in evaluation"),
    "publish": ("training.publishing.command", "put a finished run on the Hugging Face Hub"),
    "launch": ("training.launching.command", "start a run here or on Hugging Face Jobs"),
    "kohya": ("training.kohya_command", "write an adapter under the names of kohya's sd-scripts"),
    "demo-assets": ("training.demo_assets.command", "make everything under assets/ again"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; give the exit code."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    return run_command(lambda: _run(arguments), TrainingError, GenerationError, PromptEngineError)


def _run(arguments: Sequence[str]) -> int | None:
    parsed = _build_parser(arguments).parse_args(arguments)
    return parsed.run(parsed)


def _build_parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    parser = OneSentenceParser(prog="python -m training", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_train(commands.add_parser("train", help="fine-tune a LoRA adapter"))
    for name, (module, help_text) in LAZY_COMMANDS.items():
        command = commands.add_parser(name, help=help_text)
        if name in arguments[:1]:
            implementation = import_module(module)
            implementation.add_arguments(command)
            command.set_defaults(run=implementation.run)
    return parser


def _add_train(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--config", type=Path, required=True, help="a TOML file, such as training/configs/demo.toml"
    )
    parser.add_argument(
        "--set", action="append", default=[], metavar="SECTION.KEY=VALUE", help="override one setting"
    )
    start = parser.add_mutually_exclusive_group()
    start.add_argument("--resume", action="store_true", help="go on with the run in run.output")
    start.add_argument(
        "--resume-or-start", action="store_true", help="go on with the run in run.output if there is one"
    )
    start.add_argument("--overwrite", action="store_true", help="replace the run in run.output")
    parser.add_argument(
        "--dry-run",
        action="store_true",
        help="say which memory, time and disk it takes; only notes on the faces are left, in data.cache",
    )
    parser.add_argument(
        "--for",
        type=gigabytes,
        dest="card_gb",
        metavar="24gb",
        help="with --dry-run: the memory on a GPU of this size, which need not be here, nor faces or weights",
    )
    parser.set_defaults(run=_run_train)


def _run_train(arguments: argparse.Namespace) -> int:
    from training.config_file import read_config
    from training.early_checks import check_early
    from training.progress import write_line
    from training.run_folder import check_run_folder, holds_finished_run, holds_run

    config = read_config(arguments.config, arguments.set)
    if arguments.card_gb:
        return _run_foresee_on(config, arguments)
    check_early(config)
    if arguments.resume_or_start and holds_finished_run(config):
        place, steps = config.run.output, config.run.steps
        write_line(f"{place} is finished, after {steps:,} steps: raise run.steps to go on from there.")
        return 0
    resume = arguments.resume or (arguments.resume_or_start and holds_run(config))
    check_run_folder(config, resume, arguments.overwrite)
    # Only now: whatever can be refused without torch was refused at once, not after seconds of imports.
    silence_libraries()
    from training.loop import foresee, train

    if arguments.dry_run:
        foresee(config, resume, arguments.overwrite, write_line)
        return 0
    step = train(config, resume=resume, overwrite=arguments.overwrite, say=write_line)
    return 0 if step == config.run.steps else INTERRUPTED


def _run_foresee_on(config: TrainingConfig, arguments: argparse.Namespace) -> int:
    if not arguments.dry_run:
        raise TrainingError("--for says what a run takes on another GPU: add --dry-run, or leave --for out.")
    silence_libraries()
    from training.estimate.other_card import foresee_on
    from training.progress import write_line

    foresee_on(config, arguments.card_gb, write_line)
    return 0


if __name__ == "__main__":
    sys.exit(main())

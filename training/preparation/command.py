"""`python -m training prepare`: latents and text embeddings of a configuration, made before training."""

from __future__ import annotations

import argparse
from pathlib import Path

from generation.chatter import silence_libraries


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be chosen."""
    parser.add_argument(
        "--config", type=Path, required=True, help="a TOML file, such as training/configs/demo.toml"
    )
    parser.add_argument(
        "--set", action="append", default=[], metavar="SECTION.KEY=VALUE", help="override one setting"
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="only say what would be made, and the disk and time it takes"
    )


def run(arguments: argparse.Namespace) -> None:
    """Make what is missing, or say what that is."""
    from training.config_file import read_config
    from training.early_checks import check_early

    config = read_config(arguments.config, arguments.set)
    check_early(config)
    # Only now: what is wrong with the configuration is then said at once.
    silence_libraries()
    from training.base_model import check_model, chosen_model
    from training.loop import build_accelerator
    from training.preparation.prepare import foresee, prepare
    from training.progress import write_line

    check_model(config, chosen_model(config))
    accelerator = build_accelerator(config)
    say = write_line if accelerator.is_main_process else _silent
    (foresee if arguments.dry_run else prepare)(config, accelerator, say)


def _silent(_line: str) -> None:
    pass

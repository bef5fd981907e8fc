"""`python -m training evaluate`: what an adapter changes, as figures, a page and a sheet of pictures."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from generation.adapters.file import hub_name, read_adapter_header, resolve_adapter
from generation.chatter import silence_libraries
from generation.models import MODELS, ModelSpec, model_spec
from training.arguments import seed_number, whole_number
from training.errors import TrainingError
from training.evaluation.faces import add_choice_arguments, choice_of, image_numbers, refuse_choice
from training.evaluation.feature_models import FEATURES
from training.evaluation.table import check_report_place, render_table, write_table

if TYPE_CHECKING:
    from training.config import TrainingConfig
    from training.evaluation.evaluate import Evaluation

FOLDER, CONFIG = "evaluation", "config.toml"  # in a run's folder
DEMO_HOME = Path("outputs") / FOLDER
GIVEN = ("classifier", "features", "count", "seed", "steps", "guidance", "scale")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be chosen."""
    parser.add_argument(
        "adapter", nargs="?", default="demo", help="a run's folder, a .safetensors file, or demo (default)"
    )
    model = parser.add_mutually_exclusive_group()
    model.add_argument("--model", choices=tuple(MODELS), help="the base model (the one it was trained on)")
    model.add_argument("--config", type=Path, help="the run's configuration, which names the model")
    add_choice_arguments(parser, "the real faces that both arms are held against", "test")
    parser.add_argument(
        "--training",
        type=image_numbers,
        metavar="A-B",
        help="images trained on (those that its run learned from, or all others)",
    )
    parser.add_argument("--training-count", type=whole_number(5, 10**6), help="at most so many of them")
    parser.add_argument("--classifier", type=Path, help="who tells the attributes (the shipped one)")
    parser.add_argument("--features", choices=FEATURES, help="what distances are measured in (classifier)")
    parser.add_argument("--count", type=whole_number(10, 10_000), help="how many prompts (200)")
    parser.add_argument("--seed", type=seed_number, help="which prompts and which noise (1)")
    parser.add_argument("--steps", type=int, help="denoising steps (the model's own)")
    parser.add_argument("--guidance", type=float, help="guidance (the model's own)")
    parser.add_argument("--scale", type=float, help="strength of the adapter (1)")
    parser.add_argument("--out", type=Path, help="the folder to write to (evaluation, in the run's folder)")
    parser.add_argument(
        "--write", type=Path, metavar="README", help="also put the table between this file's marks"
    )


def run(arguments: argparse.Namespace) -> None:
    """Measures, prints the table, and writes the folder."""
    silence_libraries()
    # Here, and not above, what needs torch: --help need not wait for it.
    from training.evaluation.evaluate import evaluate
    from training.evaluation.folder import check_folder, write_evaluation

    if arguments.write:
        check_report_place(arguments.write)
    folder = arguments.out or _home(arguments.adapter)
    check_folder(folder)
    found = evaluate(_asked(arguments), say=_say)
    table = render_table(found.report)
    _say(f"{table}\n")  # before anything is written: it took long, and the disk may be full
    write_evaluation(found, folder)
    if arguments.write:
        write_table(arguments.write, table)
    _say(f"The page is {folder / 'index.html'}.")


def _asked(arguments: argparse.Namespace) -> Evaluation:
    from training.evaluation.evaluate import Evaluation
    from training.evaluation.sides import FaceWishes

    config = _config(arguments)
    drawn = arguments.faces.partition(":")[0] == "drawn"
    if drawn:
        refuse_choice(arguments)
    choice = choice_of(arguments, "test", drawn)
    wishes = FaceWishes(arguments.faces, choice, arguments.training, arguments.training_count, config)
    given = {name: value for name in GIVEN if (value := getattr(arguments, name)) is not None}
    return Evaluation(adapter=arguments.adapter, spec=_model(arguments, config), faces=wishes, **given)


def _config(arguments: argparse.Namespace) -> TrainingConfig | None:
    """The configuration that is named, or that lies beside the run's adapter."""
    from training.config_file import read_config

    path = arguments.config or resolve_adapter(arguments.adapter).parent / CONFIG
    return read_config(path) if arguments.config or path.is_file() else None


def _model(arguments: argparse.Namespace, config: TrainingConfig | None) -> ModelSpec:
    """The model that is named, or else the one of the run, or of the adapter's own record."""
    if arguments.model:
        return model_spec(arguments.model)
    if config:
        from training.base_model import chosen_model

        return chosen_model(config)
    base = (read_adapter_header(resolve_adapter(arguments.adapter)).record or {}).get("base_model")
    key = base.get("key") if isinstance(base, Mapping) else None
    return model_spec("demo" if key is None else key)


def _home(adapter: str) -> Path:
    if hub_name(adapter):  # its folder is the Hub's cache, which is no place for anything else
        raise TrainingError(f"{adapter} has no folder to write its evaluation to: name one with --out.")
    return DEMO_HOME if adapter == "demo" else resolve_adapter(adapter).parent / FOLDER


def _say(line: str) -> None:
    print(line, flush=True)

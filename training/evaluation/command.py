"""`python -m training evaluate`: what an adapter changes, as figures, a page and a sheet of pictures."""

import argparse
from pathlib import Path

from generation.adapter_file import read_adapter_header, resolve_adapter
from generation.models import MODELS, ModelSpec, model_spec
from training.arguments import seed_number, whole_number
from training.evaluation.classifier_file import DEFAULT_PATH
from training.evaluation.evaluate import REPORT_SEED, Evaluation, evaluate
from training.evaluation.faces import add_choice_arguments, choice_of, image_numbers
from training.evaluation.features import FEATURES, OWN
from training.evaluation.folder import write_evaluation
from training.evaluation.sides import FaceWishes
from training.evaluation.table import check_report_place, render_table, write_table

CONFIG_NAME = "config.toml"
HOME = Path("outputs/evaluation")  # of the built-in adapter


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be chosen."""
    parser.add_argument("adapter", help="a run's folder, a .safetensors file, or demo, the built-in one")
    model = parser.add_mutually_exclusive_group()
    model.add_argument("--model", choices=tuple(MODELS), help="the base model (the one it was trained on)")
    model.add_argument("--config", type=Path, help="the run's configuration, which names the model")
    add_choice_arguments(parser, "the real faces that both arms are held against", "test")
    parser.add_argument(
        "--training", type=image_numbers, metavar="A-B", help="images trained on (all that are not held out)"
    )
    parser.add_argument("--training-count", type=whole_number(5, 10**6), help="at most so many of them")
    parser.add_argument("--classifier", type=Path, default=DEFAULT_PATH, help="who tells the attributes")
    parser.add_argument("--features", choices=FEATURES, default=OWN, help="what distances are measured in")
    parser.add_argument("--count", type=whole_number(10, 10_000), default=200, help="how many prompts")
    parser.add_argument("--seed", type=seed_number, default=REPORT_SEED, help="which prompts and which noise")
    parser.add_argument("--steps", type=int, help="denoising steps (the model's own)")
    parser.add_argument("--guidance", type=float, help="guidance (the model's own)")
    parser.add_argument("--scale", type=float, default=1.0, help="strength of the adapter (1)")
    parser.add_argument("--out", type=Path, help="the folder to write to (evaluation, in the run's folder)")
    parser.add_argument(
        "--write", type=Path, metavar="README", help="also put the table between this file's marks"
    )


def run(arguments: argparse.Namespace) -> None:
    """Measures, prints the table, and writes the folder."""
    if arguments.write:
        check_report_place(arguments.write)
    found = evaluate(_asked(arguments), say=_say)
    table = render_table(found.report)
    folder = arguments.out or _home(arguments.adapter)
    write_evaluation(found, folder)
    if arguments.write:
        write_table(arguments.write, table)
    _say(f"{table}\n\nThe page is {folder / 'index.html'}.")


def _asked(arguments: argparse.Namespace) -> Evaluation:
    drawn = arguments.faces.partition(":")[0] == "drawn"
    wishes = FaceWishes(
        arguments.faces,
        choice_of(arguments, "test", drawn),
        arguments.training,
        arguments.training_count,
    )
    return Evaluation(
        adapter=arguments.adapter,
        spec=_model(arguments),
        faces=wishes,
        classifier=arguments.classifier,
        features=arguments.features,
        count=arguments.count,
        seed=arguments.seed,
        steps=arguments.steps,
        guidance=arguments.guidance,
        scale=arguments.scale,
    )


def _model(arguments: argparse.Namespace) -> ModelSpec:
    """The model that is named, or else the one of the run, or of the adapter's own record."""
    if arguments.model:
        return model_spec(arguments.model)
    beside = Path(arguments.adapter) / CONFIG_NAME
    if arguments.config or beside.is_file():
        # Only here: reading a configuration takes half the trainer with it.
        from training.config_file import read_config
        from training.setup import chosen_model

        return chosen_model(read_config(arguments.config or beside, []))
    record = read_adapter_header(resolve_adapter(arguments.adapter)).record or {}
    return model_spec(record.get("base_model", {}).get("key", "demo"))


def _home(adapter: str) -> Path:
    if adapter == "demo":
        return HOME
    return resolve_adapter(adapter).parent / HOME.name


def _say(line: str) -> None:
    print(line, flush=True)

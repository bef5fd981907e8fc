"""`python -m training demo-assets`: makes `assets/` part by part; a stopped run goes on where it was."""

import argparse
from pathlib import Path

from generation.chatter import silence_libraries
from generation.locations import REPOSITORY
from training.arguments import seed_number
from training.demo_assets.workplace import Workplace

ASSETS = REPOSITORY / "assets"
# In their order: later parts are made from earlier ones.
PARTS = {
    "counts": "make_counts",
    "model": "make_demo_model",
    "classifier": "make_classifier",
    "adapter": "make_adapter",
    "example": "make_example",
    "quality": "measure_quality",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be chosen."""
    parser.add_argument(
        "--celeba", type=Path, help="a CelebA folder to count; without one the shipped counts stay"
    )
    parser.add_argument("--only", nargs="+", choices=list(PARTS), help="make these parts only")
    parser.add_argument(
        "--work", type=Path, default=Path("outputs/demo-assets"), help="where half-trained states are kept"
    )
    parser.add_argument("--seed", type=seed_number, default=0, help="of all that is drawn by chance")


def run(arguments: argparse.Namespace) -> None:
    """Makes the parts in their order."""
    silence_libraries()
    from training.demo_assets import parts  # torch and diffusers: seconds that --help need not wait

    place = Workplace(ASSETS, arguments.work, arguments.celeba, arguments.seed)
    for name, function in PARTS.items():
        if not arguments.only or name in arguments.only:
            print(f"== {name}", flush=True)
            getattr(parts, function)(place)

"""`python -m training demo-assets`: makes `assets/` part by part; a stopped run goes on where it was."""

import argparse
from collections.abc import Callable
from pathlib import Path

from generation.locations import REPOSITORY
from training.demo_assets.workplace import Workplace

ASSETS = REPOSITORY / "assets"


def _parts() -> dict[str, Callable[[Workplace], None]]:
    from training.demo_assets import parts

    return {
        "counts": parts.make_counts,
        "model": parts.make_demo_model,
        "classifier": parts.make_classifier,
        "adapter": parts.make_adapter,
        "example": parts.make_example,
        "quality": parts.measure_quality,
    }


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be chosen."""
    parser.add_argument(
        "--celeba", type=Path, help="a CelebA folder to count; without one the shipped counts stay"
    )
    parser.add_argument("--only", nargs="+", choices=list(_parts()), help="make these parts only")
    parser.add_argument(
        "--work", type=Path, default=Path("outputs/demo-assets"), help="where half-trained states are kept"
    )
    parser.add_argument("--seed", type=int, default=0)


def run(arguments: argparse.Namespace) -> None:
    """Makes the parts in their order; later ones are made from earlier ones."""
    place = Workplace(ASSETS, arguments.work, arguments.celeba, arguments.seed)
    for name, make in _parts().items():
        if not arguments.only or name in arguments.only:
            print(f"== {name}", flush=True)
            make(place)

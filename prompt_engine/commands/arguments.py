"""What several commands take: a CelebA folder, labels, and which images count."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prompt_engine.celeba_layout import find_attribute_file, find_partition_file
from prompt_engine.commands.progress import watch_files
from prompt_engine.counts import AggregateCounts
from prompt_engine.errors import FaceSourceError, NoImages, PromptEngineError, UnknownName
from prompt_engine.image_names import CELEBA_IMAGES, is_part_of_celeba
from prompt_engine.index import AttributeIndex, open_index
from prompt_engine.prompt_filter import DEFAULT_THRESHOLD, PromptFilter
from prompt_engine.query import BLURRY, SPLITS, Query
from prompt_engine.records import Images, ListedImages
from prompt_engine.reliability import Tier
from prompt_engine.seeds import LARGEST_SEED, draw_seed

if TYPE_CHECKING:
    from prompt_engine.faces.hub import HubFaces

Parser = argparse.ArgumentParser
_TIERS = {tier.word: tier for tier in Tier}


def add_celeba(parser: Parser, required: bool = True) -> None:
    """`--celeba DIR`."""
    otherwise = "" if required else "; without it, the counts that come with this program"
    parser.add_argument(
        "--celeba",
        required=required,
        metavar="DIR",
        help=f"a CelebA folder with Anno inside, folder:PATH likewise, or hub:OWNER/NAME{otherwise}",
    )


def add_split(parser: Parser) -> None:
    """`--split`."""
    parser.add_argument("--split", metavar="NAME", help=f"only these images: {', '.join(SPLITS)}")


def add_images(parser: Parser, by_label: bool = False) -> None:
    """`--split`, `--blurry` and `--strict`: which images count, and may be asked for `by_label`."""
    add_split(parser)
    add_quality(parser, by_label)


def add_quality(parser: Parser, by_label: bool = False) -> None:
    """`--blurry` and `--strict`: which images count, whatever their split."""
    asked = "; the label Blurry, wanted, lets them in" if by_label else ""
    parser.add_argument(
        "--blurry",
        default="out",
        metavar="HOW",
        help=f"blurry images: {', '.join(BLURRY)} (out){asked}",
    )
    parser.add_argument("--strict", action="store_true", help="leave out images whose labels contradict")


def add_json(parser: Parser) -> None:
    """`--json`."""
    parser.add_argument("--json", action="store_true", help="print JSON, for a program to read")


def add_seed(parser: Parser) -> None:
    """`--seed`."""
    parser.add_argument(
        "--seed", type=int, metavar="N", help="the same seed gives the same; drawn when left out"
    )


def add_filter(parser: Parser) -> None:
    """`--least-images`, `--least-lift` and `--worst-label`: which prompts are kept; None where not given."""
    parser.add_argument(
        "--least-images",
        type=int,
        metavar="N",
        help=f"images that a prompt must have to be kept ({DEFAULT_THRESHOLD})",
    )
    parser.add_argument(
        "--least-lift",
        type=float,
        metavar="X",
        help="drop prompts that are surely less than X times as frequent as by chance",
    )
    words = ", ".join(_TIERS)
    parser.add_argument(
        "--worst-label",
        metavar="TIER",
        help=f"the least trustworthy labels to keep: {words} ({Tier.RANDOM.word})",
    )


def prompt_filter(options: argparse.Namespace) -> PromptFilter:
    """The filter that `add_filter` asked for.

    Raises:
        PromptEngineError: a number or a tier that does not exist.
    """
    worst = Tier.RANDOM.word if options.worst_label is None else options.worst_label
    if worst not in _TIERS:
        raise UnknownName.of("tier", worst, _TIERS)
    least = DEFAULT_THRESHOLD if options.least_images is None else options.least_images
    return PromptFilter(least, options.least_lift, _TIERS[worst])


def labels(text: str) -> tuple[str, ...]:
    """`Smiling,Young` as labels; checked where they are used."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def images(options: argparse.Namespace) -> Query:
    """The images that `add_images` asked for."""
    return Query(split=options.split, blurry=options.blurry, strict=options.strict)


def seed(options: argparse.Namespace) -> int:
    """The seed that was given, or a fresh one.

    Raises:
        PromptEngineError: one out of range.
    """
    if options.seed is None:
        return draw_seed()
    if not 0 <= options.seed <= LARGEST_SEED:
        raise PromptEngineError(f"The seed is {options.seed}: use a whole number from 0 to {LARGEST_SEED:,}.")
    return int(options.seed)


def check_limit(limit: int | None) -> None:
    """Refuse a number of lines that nobody can print.

    Raises:
        PromptEngineError: fewer than none.
    """
    if limit is not None and limit < 0:
        raise PromptEngineError(f"--limit is {limit}: give 0 or more.")


def at_least_one(name: str, value: int) -> int:
    """A number of things to print.

    Raises:
        PromptEngineError: fewer than one.
    """
    if value < 1:
        raise PromptEngineError(f"{name} is {value}: ask for 1 or more.")
    return value


def open_celeba(source: str) -> AttributeIndex:
    """The index of a CelebA folder, with its partition where it has one, or of a dataset on the Hub."""
    kind, _, place = source.partition(":")
    if kind == "hub":
        return _open_hub(place).index
    return _open_list(_folder(source))


def open_images(source: str) -> Images:
    """The images that are at hand; in a folder without any, all that its list names, which is said."""
    from prompt_engine.faces.folder import FolderFaces

    kind, _, place = source.partition(":")
    if kind == "hub":
        return _open_hub(place)
    root = _folder(source)
    try:
        return FolderFaces(root)
    except NoImages:
        images = ListedImages(_open_list(root))
    how = "all that it names are written, as it names them"
    if not images.index.named:
        how = "it names none, so the numbers of its rows are written"
    print(f"No image of the list is in {root}: {how}.", file=sys.stderr)
    return images


def of_all(images: Images, query: Query, written: int) -> tuple[str, str]:
    """The number of images that were written, of how many that match; and where the others are not."""
    from prompt_engine.faces.folder import FolderFaces

    matching = images.index.count(query)
    if not isinstance(images, FolderFaces) or written == matching:
        return f"{written:,} images", ""
    return f"{written:,} of {matching:,} images", f"; the others are not in {images.folder}"


def _open_hub(name: str) -> HubFaces:
    from prompt_engine.faces.hub import HubFaces  # a second of imports that folders need not wait

    return HubFaces(name, watch=watch_files)


def _folder(source: str) -> Path:
    """The folder of `folder:PATH`, as everywhere, or of a mere path.

    Raises:
        FaceSourceError: no path at all, as an unset variable of a shell gives.
    """
    path = source.removeprefix("folder:")
    if not path:
        raise FaceSourceError("--celeba is empty: name the CelebA folder that holds Anno and Img.")
    return Path(path).expanduser()


def _open_list(root: Path) -> AttributeIndex:
    return open_index(find_attribute_file(root), find_partition_file(root))


def open_counts(options: argparse.Namespace) -> AggregateCounts:
    """Counts of the images that are asked about, from the folder or as they were shipped.

    Raises:
        PromptEngineError: without a folder, only all images that are not blurry are counted.
    """
    within = images(options)
    if options.celeba is not None:
        return AggregateCounts.build(open_celeba(options.celeba), within)
    return load_shipped_counts(within)


def load_shipped_counts(within: Query) -> AggregateCounts:
    """The counts that come with this program, where they know the images that are asked about.

    Raises:
        PromptEngineError: they are of all images that are not blurry, and others are asked about.
    """
    counts = AggregateCounts.load()
    counts.match_count(within)
    return counts


def say_if_partial(index: AttributeIndex) -> None:
    """Say on stderr that a list with CelebA's file names lacks some: a cut cannot be told from a choice."""
    if is_part_of_celeba(index.names):
        print(
            f"Counted in a list of {len(index.names):,} images; CelebA has {CELEBA_IMAGES:,}: "
            "if the list should be whole, fetch it again.",
            file=sys.stderr,
        )


def print_json(value: Any) -> None:
    """One line of JSON."""
    print(json.dumps(value, ensure_ascii=False, allow_nan=False))

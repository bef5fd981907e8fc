"""`python -m training publish`: a finished run becomes a repository on the Hugging Face Hub."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from generation.chatter import silence_libraries
from training.errors import TrainingError

if TYPE_CHECKING:
    from training.publishing.finished_run import FinishedRun
    from training.publishing.gallery import Picture


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be chosen; address and token are HF_ENDPOINT and HF_TOKEN, as everywhere."""
    parser.add_argument(
        "folder", type=Path, metavar="RUN_FOLDER", help="the folder of a finished run (run.output)"
    )
    parser.add_argument("--repo", required=True, metavar="OWNER/NAME", help="made if it is not there")
    parser.add_argument("--private", action="store_true", help="only the owner sees it")
    parser.add_argument("--pull-request", action="store_true", help="propose it, change nothing on main")
    parser.add_argument("--dry-run", action="store_true", help="show card and files, and send nothing")


def run(arguments: argparse.Namespace) -> None:
    """Checks the run, then sends it or shows what would be sent."""
    from training.publishing.finished_run import read_finished_run

    _check_name(arguments.repo)
    finished = read_finished_run(arguments.folder)
    # Only now: that there is no such run is then said at once.
    silence_libraries()
    from training.hub import fetch_account, open_hub
    from training.publishing.files import build_publication, gather_files
    from training.publishing.push import Target, push

    pictures, to_be_made = _pictures(finished, arguments.repo)
    files = gather_files(finished, build_publication(finished, arguments.repo, pictures))
    if arguments.dry_run:
        _show(files)
        return
    if to_be_made:
        fetch_account(open_hub())  # else it would be told after they are made that they cannot be sent
        pictures = _made(finished, pictures)
        files = gather_files(finished, build_publication(finished, arguments.repo, pictures))
    size_mb = sum(map(_size, files.values())) / 1e6
    print(
        f"Publishing {arguments.folder} as {arguments.repo}: {len(files)} files, {size_mb:,.1f} MB.",
        flush=True,
    )
    target = Target(arguments.repo, arguments.private, arguments.pull_request)
    pushed = push(open_hub(), files, target, f"Adapter of step {finished.record['step']:,}")
    print(f"Done: {pushed.url}" if pushed.changed else f"Nothing to do, all of it is there: {pushed.url}")


def _check_name(repo: str) -> None:
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id

    try:
        validate_repo_id(repo)
    except HFValidationError as error:
        raise TrainingError(f"--repo {repo} is no name on the Hub: write OWNER/NAME.") from error
    if "/" not in repo:
        raise TrainingError(f"--repo {repo} names no owner: write OWNER/NAME.")


def _pictures(run: FinishedRun, repo: str) -> tuple[tuple[Picture, ...], bool]:
    """The gallery, and whether it is to be made yet; says so where the run left none."""
    from training.publishing.gallery import read_pictures

    if run.sheet:
        return read_pictures(run, repo), False
    from training.publishing.gallery_making import planned_pictures, why_none
    from training.publishing.gallery_recipes import gallery_recipes

    if reason := why_none(run):
        print(f"{run.folder} has no pictures of its adapter, and the gallery is left out: {reason}.")
        return (), False
    planned = planned_pictures(gallery_recipes(run.config, repo))
    print(f"{run.folder} has no pictures of its adapter: {len(planned)} are made for the gallery.")
    return planned, True


def _made(run: FinishedRun, planned: tuple[Picture, ...]) -> tuple[Picture, ...]:
    from training.publishing.gallery_making import make_pictures

    pictures = make_pictures(run, planned)
    if not pictures:
        print("The gallery is left out: what is free of the GPU's memory is too small for its pictures.")
    return pictures


def _show(files: Mapping[str, Path | bytes]) -> None:
    from training.publishing.files import CARD

    card = files[CARD]
    assert isinstance(card, bytes)
    print(card.decode())
    for path, content in files.items():
        size = f"{_size(content):,} bytes" if _size(content) else "to be made"
        print(f"{size:>18}  {path}")


def _size(content: Path | bytes) -> int:
    return len(content) if isinstance(content, bytes) else content.stat().st_size

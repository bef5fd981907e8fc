"""`python -m studio deploy`: the app on a Hugging Face Space."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from generation.locations import REPOSITORY
from studio.deploy.errors import DeployRefused

if TYPE_CHECKING:
    from studio.deploy.deploying import Order
    from studio.deploy.variables import SpaceSettings

MINUTES = 60


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be chosen; address and token are HF_ENDPOINT and HF_TOKEN, as everywhere."""
    parser.add_argument("space", metavar="OWNER/NAME", help="the Space; made if it is not there")
    parser.add_argument("--staging", action="store_true", help="do it to OWNER/NAME-staging")
    _add_ways(parser.add_mutually_exclusive_group())
    parser.add_argument(
        "--unless-checked", action="store_true", help="with --rollback: only if the newest gave no picture"
    )
    parser.add_argument(
        *("--variable", "-v"),
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="see docs/deploying.md",
    )
    parser.add_argument(
        *("--secret", "-s"),
        action="append",
        default=[],
        metavar="KEY[=VALUE]",
        help="never shown; without a value, that of the environment",
    )
    parser.add_argument(
        "--hardware",
        choices=("zero-a10g", "cpu-basic"),
        help="zero-a10g is ZeroGPU; a new Space gets it",
    )
    parser.add_argument("--private", action="store_true", help="only the owner sees it")
    parser.add_argument(
        "--patience", type=float, default=MINUTES, metavar="MINUTES", help="for building and starting (60)"
    )


def _add_ways(ways: argparse._MutuallyExclusiveGroup) -> None:
    ways.add_argument(
        "--dry-run", action="store_true", help="show files, front matter and settings; send nothing"
    )
    ways.add_argument("--promote", action="store_true", help="copy what OWNER/NAME-staging runs")
    ways.add_argument("--rollback", action="store_true", help="go back to the deployment before the newest")
    ways.add_argument("--check", action="store_true", help="ask it for a picture, and change nothing")


def run(arguments: argparse.Namespace) -> None:
    """Checks what is asked for, then does it or shows it."""
    _check_combination(arguments)
    from generation.hub.access import take_token
    from studio.deploy.variables import read_space_settings

    _check_name(arguments.space)
    take_token()
    settings = read_space_settings(arguments.variable, arguments.secret, os.environ)
    if arguments.dry_run:
        _show(_order(arguments, settings))
    elif arguments.check:
        _check(_target_name(arguments))
    else:
        _carry_out(arguments, settings)


def _carry_out(arguments: argparse.Namespace, settings: SpaceSettings) -> None:
    from studio.deploy.checkout import read_checkout
    from studio.deploy.deploying import deploy, promote, roll_back
    from studio.deploy.hub import open_hub

    hub, order = open_hub(), _order(arguments, settings)
    if arguments.rollback:
        roll_back(hub, order, arguments.unless_checked)
        return
    commit = read_checkout(REPOSITORY)
    if arguments.promote:
        promote(hub, order, commit)
    else:
        if commit.uncommitted:
            print(f"Not in the commit {commit.sha[:12]} and not sent: {_several(commit.uncommitted)}.")
        deploy(hub, order, commit)


def _order(arguments: argparse.Namespace, settings: SpaceSettings) -> Order:
    from studio.deploy.deploying import Order
    from studio.deploy.space import Target

    target = Target(_target_name(arguments), arguments.private, arguments.hardware)
    return Order(target, settings, arguments.patience * 60, lambda text: print(text, flush=True))


def _check(name: str) -> None:
    from studio.deploy.deploying import check
    from studio.deploy.hub import open_hub

    print(f"{name}: {check(open_hub(needs_token=False), name)}")


def _show(order: Order) -> None:
    from studio.deploy.checkout import read_checkout
    from studio.deploy.contents import README, gather_files, size_bytes
    from studio.deploy.deploying import space_facts
    from studio.deploy.front_matter import front_matter_of
    from studio.deploy.requirements import REQUIREMENTS

    commit, name, settings = read_checkout(REPOSITORY), order.target.name, order.settings
    files = gather_files(commit, space_facts(name, settings.variables), settings)
    for path, content in files.items():
        print(f"{size_bytes(content):>12,} bytes  {path}")
    # What is read most comes last: hundreds of files would push it out of sight.
    print(f"\n{front_matter_of(_text(files, README))}\n{_text(files, REQUIREMENTS)}")
    print("\n".join(_would_be_set(order)))
    size_mb = sum(map(size_bytes, files.values())) / 1e6
    print(f"{name} would hold these {len(files)} files, {size_mb:,.1f} MB, of the commit {commit.sha[:12]}.")


def _would_be_set(order: Order) -> Iterator[str]:
    from studio.deploy.space import ZEROGPU

    yield from (
        f"Would set the variable {name} to {value}." for name, value in order.settings.variables.items()
    )
    yield from (f"Would set the secret {name}." for name in order.settings.secrets)
    hardware = order.target.hardware
    yield (
        f"Would ask for {hardware}."
        if hardware
        else f"Would ask for {ZEROGPU} where the Space holds nothing yet."
    )
    if order.target.private:
        yield "Would be private: only the owner sees it."


def _text(files: Mapping[str, bytes | Path], path: str) -> str:
    content = files[path]
    assert isinstance(content, bytes)
    return content.decode()


def _check_combination(arguments: argparse.Namespace) -> None:
    if not arguments.patience > 0:
        raise DeployRefused(f"--patience is {arguments.patience:g}: give the minutes that a Space may take.")
    if arguments.promote and arguments.staging:
        raise DeployRefused("--promote copies from staging to the Space: leave --staging out.")
    if (arguments.staging or arguments.promote) and arguments.space.endswith("-staging"):
        live = arguments.space.removesuffix("-staging")
        raise DeployRefused(f"{arguments.space} is staging by its name already: write {live}.")
    if arguments.unless_checked and not arguments.rollback:
        raise DeployRefused("--unless-checked is for --rollback: leave it out, or add that.")
    if (arguments.rollback or arguments.check) and (arguments.variable or arguments.secret):
        raise DeployRefused("--rollback and --check set nothing: leave --variable and --secret out.")


def _check_name(space: str) -> None:
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id

    try:
        validate_repo_id(space)
    except HFValidationError as error:
        raise DeployRefused(f"{space} is no name on the Hub: write OWNER/NAME.") from error
    if "/" not in space:
        raise DeployRefused(f"{space} names no owner: write OWNER/NAME.")


def _target_name(arguments: argparse.Namespace) -> str:
    from studio.deploy.deploying import staging_name

    return staging_name(arguments.space) if arguments.staging else arguments.space


def _several(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - 3} more" if names[3:] else ""
    return ", ".join(names[:3]) + more

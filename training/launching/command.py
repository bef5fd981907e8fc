"""`python -m training launch`: one command for a run on this machine and on Hugging Face Jobs."""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path

from training.arguments import whole_number
from training.launching.durations import duration
from training.launching.errors import LaunchRefused
from training.launching.options import BUCKET, IMAGE, MOST_DOLLARS, JobOptions

PLACES = ("local", "hf-jobs")
OF_JOBS = ("flavor", "timeout", "most_dollars", "namespace", "bucket", "code", "image", "yes")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be chosen; what is about the other place is refused."""
    parser.add_argument("--config", type=Path, required=True, help="a TOML file, as of train")
    parser.add_argument(
        "--set", action="append", default=[], metavar="SECTION.KEY=VALUE", help="override one setting"
    )
    parser.add_argument("--on", choices=PLACES, required=True, help="this machine, or Hugging Face Jobs")
    parser.add_argument("--dry-run", action="store_true", help="show what would be started, and its price")
    parser.add_argument(
        "--processes", type=whole_number(1, 64), help="local: how many (default: one a GPU, else one)"
    )
    jobs = parser.add_argument_group("Hugging Face Jobs")
    jobs.add_argument("--flavor", help="the machine, such as h200; `hf jobs hardware` lists them")
    jobs.add_argument(
        "--timeout", type=duration, help="after which it is stopped, such as 6h; launch again to go on"
    )
    jobs.add_argument(
        "--most-dollars", type=float, help=f"the most that one start may cost ({MOST_DOLLARS:g})"
    )
    jobs.add_argument("--namespace", help="the user or organisation that pays (default: you)")
    jobs.add_argument("--bucket", help=f"OWNER/NAME that keeps run and cache (default: {BUCKET} of who pays)")
    jobs.add_argument("--code", metavar="URL", help="where this commit can be fetched (default: origin)")
    jobs.add_argument("--image", help=f"a Docker image with Python, pip and git (default: {IMAGE})")
    jobs.add_argument("--yes", action="store_true", default=None, help="start it without asking")


def run(arguments: argparse.Namespace) -> None:
    """Checks the configuration, then starts the run where it was asked for."""
    from training.config_file import read_config

    _check_place(arguments)
    config = read_config(arguments.config, arguments.set)
    if arguments.on == "hf-jobs":
        from training.launching.on_jobs import launch_on_jobs

        launch_on_jobs(config, _job_options(arguments))
        return
    from training.launching.local import local_command, start_here

    overrides = [part for override in arguments.set for part in ("--set", override)]
    command = local_command(["--config", str(arguments.config), *overrides], arguments.processes)
    if arguments.dry_run:
        print(shlex.join(command))
        return
    sys.stdout.flush()
    start_here(command)


def _check_place(arguments: argparse.Namespace) -> None:
    """Refuse what is about the other place, and a job of which nothing tells the machine."""
    on_jobs = arguments.on == "hf-jobs"
    others = ("processes",) if on_jobs else OF_JOBS
    given = [name for name in others if getattr(arguments, name) is not None]
    if given:
        what = "a run on this machine" if on_jobs else "Hugging Face Jobs"
        option = f"--{given[0].replace('_', '-')}"
        raise LaunchRefused(f"{option} is for {what}, and --on is {arguments.on}: leave it out.")
    if on_jobs and not (arguments.flavor and arguments.timeout):
        raise LaunchRefused("--on hf-jobs needs --flavor and --timeout, such as --flavor h200 --timeout 6h.")


def _job_options(arguments: argparse.Namespace) -> JobOptions:
    return JobOptions(
        flavor=arguments.flavor,
        timeout_s=arguments.timeout,
        most_dollars=MOST_DOLLARS if arguments.most_dollars is None else arguments.most_dollars,
        namespace=arguments.namespace,
        bucket=arguments.bucket,
        code_url=arguments.code,
        image=arguments.image or IMAGE,
        agreed=bool(arguments.yes),
        dry_run=arguments.dry_run,
    )

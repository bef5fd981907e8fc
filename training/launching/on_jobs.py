"""The way of a run to Hugging Face Jobs: reckoned, shown, agreed to, started."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from training.config import TrainingConfig
from training.hub import HubRefused, fetch_account, open_hub
from training.launching.code import Code, check_code, name_code
from training.launching.elsewhere import MOUNT, check_places, config_for_job
from training.launching.errors import LaunchRefused
from training.launching.hf_jobs import check_readable, fetch_machine, start_job
from training.launching.job import Job, build_job
from training.launching.job_secrets import read_secrets
from training.launching.obstacles import Obstacles
from training.launching.options import BUCKET, JobOptions
from training.launching.price import Machine, check_price, most_dollars, render_price
from training.metrics import render_duration

if TYPE_CHECKING:
    from huggingface_hub import JobInfo


def launch_on_jobs(config: TrainingConfig, options: JobOptions) -> None:
    """Print what it costs at most, and start it once that is agreed to; a dry run asks and starts nothing.

    Raises:
        LaunchRefused: it costs too much, nobody agreed, or the job could not run.
        ConfigError: the configuration needs something of this machine.
        HubRefused: the Hub refuses.
    """
    check_places(config)
    hub, obstacles = open_hub(), Obstacles(gathered=options.dry_run)
    machine, account, code = None, None, None
    with obstacles.noted(HubRefused):  # one that there is none of is refused all the same
        machine = fetch_machine(hub, options.flavor)
    if machine:
        print(render_price(machine, options.timeout_s), flush=True)
        config = config_for_job(config, machine)
        with obstacles.noted():
            check_price(machine, options.timeout_s, options.most_dollars)
    with obstacles.noted():
        account = fetch_account(hub)
        check_readable(hub, config)
    with obstacles.noted():
        secrets = read_secrets(config)
    with obstacles.noted():
        code = name_code(options.code_url)
        check_code(code)
    namespace = options.namespace or account or "YOU"
    bucket = options.bucket or f"{namespace}/{BUCKET}"
    job = build_job(config, code or Code("", ""), machine, bucket, options)
    if machine is None or options.dry_run:
        _show(job, machine, code, obstacles.told)
        return
    _agree(f"${most_dollars(machine, options.timeout_s):,.2f}", namespace, options.agreed)
    _say_started(start_job(hub, job, secrets, namespace), job, config)


def _agree(dollars: str, namespace: str, agreed: bool) -> None:
    if agreed:
        return
    if not sys.stdin.isatty():
        raise LaunchRefused(f"Nobody is here to agree to {dollars} at most: say --yes to start it.")
    try:
        answer = input(f"Start it for {dollars} at most, paid by {namespace}? [y/N] ")
    except EOFError:  # Ctrl+D
        answer = ""
    if answer.strip().lower() not in ("y", "yes"):
        raise LaunchRefused("Nothing was started.")


def _show(job: Job, machine: Machine | None, code: Code | None, missing: Sequence[str]) -> None:
    """The job as it would be started, and what it could not be started for."""
    if machine is None:
        print(f"price: not known, and the command is for one GPU, whatever {job.flavor} has")
    print(f"image {job.image} on {job.flavor}, stopped after {render_duration(job.timeout_s)}")
    print(f"bucket {job.bucket} at {MOUNT}")
    print(f"code {code.commit} from {code.url}" if code else "code not known")
    print(f"\n{job.script}\n{job.environment['TRAINING_CONFIG']}")
    print("Before it can be started:" if missing else "Nothing is missing: without --dry-run it is started.")
    for sentence in missing:
        print(f"  {sentence}")


def _say_started(started: JobInfo, job: Job, config: TrainingConfig) -> None:
    name = f"{started.owner.name}/{started.id}"
    place = config.run.output
    print(
        f"Started: {started.url}\n"
        f"  watch it     hf jobs logs --follow {name}\n"
        f"  stop it      hf jobs cancel {name}\n"
        f"  fetch it     hf buckets sync hf://buckets/{job.bucket}/{place} {place}\n"
        "Launched again with the same arguments, it goes on where it was."
    )

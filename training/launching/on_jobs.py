"""The way of a run to Hugging Face Jobs: reckoned, shown, agreed to, started."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from training.config import TrainingConfig
from training.hub import fetch_account, open_hub
from training.launching.code import read_code
from training.launching.elsewhere import MOUNT, config_for_job
from training.launching.errors import LaunchRefused
from training.launching.hf_jobs import check_readable, fetch_machine, start_job
from training.launching.job import Job, build_job
from training.launching.job_secrets import read_secrets
from training.launching.options import BUCKET, JobOptions
from training.launching.price import check_price, most_dollars, render_price

if TYPE_CHECKING:
    from huggingface_hub import JobInfo


def launch_on_jobs(config: TrainingConfig, options: JobOptions) -> None:
    """Print what it costs at most, and start it once that is agreed to.

    Raises:
        LaunchRefused: it costs too much, nobody agreed, or the job could not run.
        ConfigError: the configuration needs something of this machine.
        HubRefused: the Hub refuses.
    """
    flavor, timeout_s = _told(options)
    hub = open_hub()
    account = fetch_account(hub)
    machine = fetch_machine(hub, flavor)
    print(render_price(machine, timeout_s), flush=True)
    check_price(machine, timeout_s, options.most_dollars)
    config, secrets = config_for_job(config, machine), read_secrets(config)
    check_readable(hub, config)
    namespace = options.namespace or account
    bucket = options.bucket or f"{namespace}/{BUCKET}"
    job = build_job(config, read_code(options.code_url), machine, bucket, timeout_s, options.image)
    if options.dry_run:
        _show(job)
        return
    _agree(f"${most_dollars(machine, timeout_s):,.2f}", namespace, options.agreed)
    _say_started(start_job(hub, job, secrets, namespace), job, config)


def _told(options: JobOptions) -> tuple[str, int]:
    if options.flavor is None or options.timeout_s is None:
        raise LaunchRefused("--on hf-jobs needs --flavor and --timeout, such as --flavor h200 --timeout 6h.")
    return options.flavor, options.timeout_s


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


def _show(job: Job) -> None:
    print(f"image {job.image}, bucket {job.bucket} at {MOUNT}, code {job.environment['CODE_COMMIT']}")
    print(f"from {job.environment['CODE_URL']}\n\n{job.script}\n{job.environment['TRAINING_CONFIG']}")


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

"""Starts a job on Hugging Face Jobs, with a private bucket that outlives it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from generation.models import model_spec
from training.config import TrainingConfig
from training.hub import asking_hub
from training.launching.elsewhere import MOUNT
from training.launching.errors import LaunchRefused
from training.launching.job import Job
from training.launching.price import Machine, choose_machine

if TYPE_CHECKING:
    from huggingface_hub import HfApi, JobInfo


def fetch_machine(hub: HfApi, flavor: str) -> Machine:
    """The machine and its price as of now."""
    with asking_hub("the machines of Hugging Face Jobs"):
        return choose_machine(hub.list_jobs_hardware(), flavor)


def check_readable(hub: HfApi, config: TrainingConfig) -> None:
    """Make sure that the token may read model and faces: in the job it would be noticed when it is paid for.

    Raises:
        HubRefused: one of them is gated, private or not there.
    """
    model = model_spec(config.model.key)
    kind, _, place = config.data.faces.partition(":")
    needed = [("dataset", place.partition("@")[0])] if kind == "hub" else []
    if not (model.bundled or config.model.folder):
        needed.append(("model", model.repo))
    for repo_type, name in needed:
        with asking_hub(f"the {repo_type} {name}"):
            hub.auth_check(name, repo_type=repo_type)


def start_job(hub: HfApi, job: Job, secrets: Mapping[str, str], namespace: str) -> JobInfo:
    """Make the bucket if it is not there, and start the job in the name, and at the cost, of `namespace`.

    Raises:
        LaunchRefused: the run is under way already, or everybody can see the bucket.
        HubRefused: whatever the Hub says against it.
    """
    from huggingface_hub import Volume

    _check_not_running(hub, job, namespace)
    _make_bucket(hub, job.bucket)
    with asking_hub(f"a job of {namespace}"):
        return hub.run_job(
            image=job.image,
            command=job.command,
            env=dict(job.environment),
            secrets=dict(secrets),
            flavor=job.flavor,
            timeout=job.timeout_s,
            name=job.name,
            labels=dict(job.labels),
            volumes=[Volume(type="bucket", source=job.bucket, mount_path=str(MOUNT))],
            namespace=namespace,
        )


def _check_not_running(hub: HfApi, job: Job, namespace: str) -> None:
    with asking_hub(f"the jobs of {namespace}"):
        under_way = list(
            hub.list_jobs(labels=dict(job.labels), status=["SCHEDULING", "RUNNING"], namespace=namespace)
        )
    if under_way:
        raise LaunchRefused(
            f"This run is under way already, as {under_way[0].url}: wait for its end, or stop it with "
            f"`hf jobs cancel {namespace}/{under_way[0].id}`."
        )


def _make_bucket(hub: HfApi, bucket: str) -> None:
    with asking_hub(f"the bucket {bucket}"):
        hub.create_bucket(bucket, private=True, exist_ok=True)
        private = hub.bucket_info(bucket).private
    if not private:
        # The cache holds encoded faces, and CelebA's agreement forbids passing on any portion of it.
        raise LaunchRefused(
            f"Everybody can see the bucket {bucket}, and the cache in it would pass on CelebA: make it "
            "private, or name another with --bucket."
        )

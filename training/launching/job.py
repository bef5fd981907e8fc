"""A run as a job of Hugging Face Jobs: everything that is sent, made without asking anybody."""

from __future__ import annotations

import hashlib
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from training.config import TrainingConfig
from training.config_file import render_config
from training.launching.code import HUB_HELPER, Code
from training.launching.elsewhere import MOUNT
from training.launching.options import JobOptions
from training.launching.price import Machine
from training.launching.train_command import train_command

RUN_LABEL = "sd35-celeba-run"
CONFIG_PLACE = "/tmp/config.toml"

FETCH_CODE = f"""
set -e
git init --quiet /tmp/code
cd /tmp/code
git config {shlex.join(HUB_HELPER)}
git fetch --quiet --depth 1 "$CODE_URL" "$CODE_COMMIT"
git checkout --quiet FETCH_HEAD
"""
INSTALL = """
pip install --quiet --root-user-action ignore uv
uv pip install --quiet --system -r requirements-train.txt"""


@dataclass(frozen=True)
class Job:
    """What `run_job` is told, besides secrets: `bucket` is mounted at `MOUNT`."""

    image: str
    script: str
    environment: Mapping[str, str]
    flavor: str
    timeout_s: int
    bucket: str
    name: str
    labels: Mapping[str, str]

    @property
    def command(self) -> list[str]:
        return ["bash", "-c", self.script]


def build_job(
    config: TrainingConfig, code: Code, machine: Machine | None, bucket: str, options: JobOptions
) -> Job:
    """The job that begins the run of `config`, or goes on with it where the bucket holds it.

    The configuration travels in the environment, so that it need not be in the commit. `machine`: None where
    nobody could tell how many GPUs it has; it is taken to have one.
    """
    train = train_command("python", max(machine.gpus, 1) if machine else 1, ["--config", CONFIG_PLACE])
    kept = [part for folder in (config.run.output, config.data.cache) for part in ("--keep", folder)]
    keeping = ["python", "-m", "training.launching.in_job", "--bucket", str(MOUNT), *kept, "--"]
    # exec: the signal that ends a job then reaches the training, which saves.
    start = f"printf '%s' \"$TRAINING_CONFIG\" > {CONFIG_PLACE}\nexec {shlex.join([*keeping, *train])}\n"
    return Job(
        image=options.image,
        script=FETCH_CODE.lstrip() + INSTALL.lstrip() + _more_packages(config) + start,
        environment={
            "CODE_URL": code.url,
            "CODE_COMMIT": code.commit,
            "TRAINING_CONFIG": render_config(config),
            "PYTHONUNBUFFERED": "1",
        },
        flavor=options.flavor,
        timeout_s=options.timeout_s,
        bucket=bucket,
        name=re.sub(r"[^a-zA-Z0-9_-]", "-", config.run.output),
        # Whatever writes to the same place is the same run.
        labels={RUN_LABEL: hashlib.sha256(f"{bucket} {config.run.output}".encode()).hexdigest()[:16]},
    )


def _more_packages(config: TrainingConfig) -> str:
    # The one tracker that nobody else needs, and that is installed by those who use it.
    return " wandb\n" if config.tracking.tracker == "wandb" else "\n"

"""A finished run as it lies in its folder: read whole and checked before anything of it is published."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from generation.adapters.file import WEIGHT_NAME, adapter_revision, read_adapter_header
from training.config import TrainingConfig
from training.config_file import read_config
from training.errors import TrainingError
from training.metrics import METRICS_FILE, read_metrics
from training.run_folder import CONFIG_FILE, VALIDATION_FOLDER

# What a card tells of it.
RECORDED = {
    "base_model",
    "captions",
    "crop",
    "engine_version",
    "faces",
    "shift",
    "size_px",
    "step",
    "versions",
}


class NotPublishable(TrainingError):
    """A run folder that lacks what a published adapter needs."""


@dataclass(frozen=True)
class FinishedRun:
    """What a run left; `record` is the adapter's own, `metrics` and `sheet` go as far as that adapter.

    `sheet` is None where no pictures were made of this very adapter.
    """

    folder: Path
    record: Mapping[str, Any]
    adapter_sha256: str
    config: TrainingConfig
    metrics: tuple[Mapping[str, Any], ...]
    sheet: Path | None

    @property
    def adapter(self) -> Path:
        return self.folder / WEIGHT_NAME


def read_finished_run(folder: Path) -> FinishedRun:
    """Read and check a run folder.

    Raises:
        NotPublishable: a file is missing, or the adapter does not say how it was trained.
        AdapterRejected: the adapter is broken.
        ConfigError: the configuration cannot be read.
    """
    for name in (WEIGHT_NAME, CONFIG_FILE, METRICS_FILE):
        if not (folder / name).is_file():
            raise NotPublishable(f"{folder} holds no {name}: name the folder of a finished run (run.output).")
    adapter = folder / WEIGHT_NAME
    record = read_adapter_header(adapter).record
    if record is None or not record.keys() >= RECORDED:
        raise NotPublishable(
            f"{adapter} does not say how it was trained, so that no honest card can be written: "
            "publish an adapter that this version of `python -m training train` made."
        )
    step, config = record["step"], read_config(folder / CONFIG_FILE)
    metrics, sheet = tuple(_metrics(folder, step)), _sheet(folder, step)
    return FinishedRun(folder, record, adapter_revision(adapter), config, metrics, sheet)


def _metrics(folder: Path, step: int) -> list[Mapping[str, Any]]:
    """The rows up to the adapter's step: a run that was killed has reported further than it saved."""
    try:
        return [row for row in read_metrics(folder) if row["step"] <= step]
    except (ValueError, KeyError, TypeError) as error:
        raise NotPublishable(
            f"{folder / METRICS_FILE} has a line that is no row of a run ({error}): take that line out."
        ) from error


def _sheet(folder: Path, step: int) -> Path | None:
    """The pictures that this very adapter made, and none from before or after it."""
    sheet = folder / VALIDATION_FOLDER / f"step-{step:06}.png"
    return sheet if sheet.is_file() else None

"""How a run is to be started on Hugging Face Jobs."""

from __future__ import annotations

from dataclasses import dataclass

BUCKET = "sd35-celeba"
MOST_DOLLARS = 20.0
IMAGE = "python:3.12"  # has git and pip; PyTorch brings its own CUDA


@dataclass(frozen=True)
class JobOptions:
    """What the command line says; what is None is found out. `agreed`: nobody is asked."""

    flavor: str
    timeout_s: int
    most_dollars: float
    namespace: str | None = None
    bucket: str | None = None
    code_url: str | None = None
    image: str = IMAGE
    agreed: bool = False
    dry_run: bool = False

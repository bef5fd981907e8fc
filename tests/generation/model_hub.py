"""The official models on the Hub of the tests: small ones, under their names and in their layout."""

from __future__ import annotations

from pathlib import Path

from generation.models import MODELS
from tests.hub_api.repositories import Repository
from tests.hub_api.server import HubApi
from tests.small_models import build_small_sd35

# What the official repositories hold beside: the same weights again, which no pipeline reads.
BESIDE = {
    "sd3.5_medium.safetensors": b"\0" * 1000,
    "text_encoders/t5xxl_fp16.safetensors": b"\0" * 1000,
    "text_encoder/model.fp16.safetensors": b"\0" * 1000,
    "README.md": b"---\nlicense: other\n---\n",
}


def build_small_models(root: Path) -> dict[str, Path]:
    """Medium, Large and Turbo, each with a transformer of its own and all with the same other parts."""
    shapes = {"medium": True, "large": False, "turbo": False}
    folders = {key: build_small_sd35(root / key, 0, dual, blocks=2) for key, dual in shapes.items()}
    build_small_sd35(root / "other", 1, dual_attention=False, blocks=2)
    _replace(folders["turbo"] / "transformer", root / "other" / "transformer")
    for key in ("large", "turbo"):
        for part in ("vae", "text_encoder", "text_encoder_2", "text_encoder_3"):
            _replace(folders[key] / part, folders["medium"] / part)
    return folders


def serve_model(hub: HubApi, key: str, folder: Path) -> Repository:
    """Put a folder on the Hub as the official repository of a model."""
    name = MODELS[key].repo
    repository = hub.repositories[name] = Repository(name)
    paths = (path for path in folder.rglob("*") if path.is_file())
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
    repository.commit("main", "weights", {**files, **BESIDE})
    return repository


def _replace(part: Path, source: Path) -> None:
    for path in source.iterdir():
        (part / path.name).write_bytes(path.read_bytes())

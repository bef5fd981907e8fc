"""Latents and text embeddings, computed once and kept on disk; every row carries the key it belongs to."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import torch
from datasets import Array2D, Array3D, Dataset, Features, List, Value
from diffusers import StableDiffusion3Pipeline

from prompt_engine import ENGINE_VERSION
from prompt_engine.faces import FaceSource
from training.arrow_file import open_rows, write_rows
from training.dataset import fingerprint_faces, iterate_faces, pixels_of
from training.encoders import encode_captions, encode_pixels, fingerprint_modules, fingerprint_tokenizers

SCHEMA = 1
BATCH_SIZE = 64

Report = Callable[[str, int, int], None]
Item = TypeVar("Item")


@dataclass(frozen=True)
class Latents:
    """The latents of every face, in a file; row i belongs to `ids[i]`; `faces` is their fingerprint."""

    rows: Dataset
    ids: tuple[int, ...]
    labels: tuple[frozenset[str], ...]
    faces: str

    def take(self, positions: Sequence[int]) -> torch.Tensor:
        """The `latents` (b, 16, h, w) at these rows."""
        return torch.from_numpy(self.rows[list(positions)]["latents"])


@dataclass(frozen=True)
class TextEmbeddings:
    """The embeddings of every caption that occurs, each held once, in a file."""

    rows: Dataset
    positions: Mapping[str, int]

    def take(self, captions: Sequence[str]) -> tuple[torch.Tensor, torch.Tensor]:
        """The `prompt_embeds` (b, s, d) and `pooled_embeds` (b, p) of these captions."""
        found = self.rows[[self.positions[caption] for caption in captions]]
        return torch.from_numpy(found["prompt_embeds"]), torch.from_numpy(found["pooled_embeds"])


def cached_latents(
    pipeline: StableDiffusion3Pipeline,
    source: FaceSource,
    ids: Sequence[int],
    size_px: int,
    folder: Path,
    report: Report,
) -> Latents:
    """Open the latents of these faces, computing them first where no file holds them yet."""
    faces = fingerprint_faces(source, ids)
    key = _key(fingerprint_modules(pipeline.vae), ENGINE_VERSION, faces, size_px)
    path = folder / f"latents-{key}.arrow"
    if not path.is_file():
        write_rows(
            path, _latent_features(pipeline, size_px), _latent_batches(pipeline, source, ids, size_px, report)
        )
    rows = open_rows(path)
    labels = tuple(frozenset(map(str, each)) for each in rows["labels"][:])
    found = tuple(int(each) for each in rows["id"][:])
    return Latents(rows.select_columns(["latents"]), found, labels, faces)


def cached_text(
    pipeline: StableDiffusion3Pipeline,
    captions: Sequence[str],
    max_sequence_length: int,
    folder: Path,
    report: Report,
) -> TextEmbeddings:
    """Open the embeddings of these captions (each once, in any order), computing them where needed."""
    unique = sorted(set(captions))
    encoders = fingerprint_modules(pipeline.text_encoder, pipeline.text_encoder_2, pipeline.text_encoder_3)
    tokenizers = fingerprint_tokenizers(pipeline.tokenizer, pipeline.tokenizer_2, pipeline.tokenizer_3)
    path = folder / f"text-{_key(encoders, tokenizers, unique, max_sequence_length)}.arrow"
    if not path.is_file():
        features = _text_features(pipeline, max_sequence_length)
        write_rows(path, features, _text_batches(pipeline, unique, max_sequence_length, report))
    rows = open_rows(path).select_columns(["prompt_embeds", "pooled_embeds"])
    return TextEmbeddings(rows, {caption: row for row, caption in enumerate(unique)})


def _key(*parts: Any) -> str:
    return hashlib.sha256(repr((SCHEMA, *parts)).encode()).hexdigest()[:20]


def _latent_features(pipeline: StableDiffusion3Pipeline, size_px: int) -> Features:
    side = size_px // pipeline.vae_scale_factor
    shape = (pipeline.vae.config.latent_channels, side, side)
    return Features(id=Value("int64"), labels=List(Value("string")), latents=Array3D(shape, "float32"))


def _text_features(pipeline: StableDiffusion3Pipeline, max_sequence_length: int) -> Features:
    prompt_embeds, pooled_embeds = encode_captions(pipeline, [""], max_sequence_length)
    return Features(
        caption=Value("string"),
        prompt_embeds=Array2D(tuple(prompt_embeds.shape[1:]), "float32"),
        pooled_embeds=List(Value("float32"), length=pooled_embeds.shape[1]),
    )


def _latent_batches(
    pipeline: StableDiffusion3Pipeline, source: FaceSource, ids: Sequence[int], size_px: int, report: Report
) -> Iterator[dict[str, Any]]:
    for start, some in _batches(ids):
        faces = list(iterate_faces(source, some))
        latents = encode_pixels(pipeline.vae, torch.stack([pixels_of(face.image, size_px) for face in faces]))
        yield {"id": some, "labels": [sorted(face.labels) for face in faces], "latents": latents.numpy()}
        report("latents", start + len(some), len(ids))


def _text_batches(
    pipeline: StableDiffusion3Pipeline, captions: Sequence[str], max_sequence_length: int, report: Report
) -> Iterator[dict[str, Any]]:
    for start, some in _batches(captions):
        prompt_embeds, pooled_embeds = encode_captions(pipeline, some, max_sequence_length)
        yield {
            "caption": some,
            "prompt_embeds": prompt_embeds.numpy(),
            "pooled_embeds": pooled_embeds.numpy(),
        }
        report("captions", start + len(some), len(captions))


def _batches(items: Sequence[Item]) -> Iterator[tuple[int, list[Item]]]:
    return ((start, list(items[start : start + BATCH_SIZE])) for start in range(0, len(items), BATCH_SIZE))

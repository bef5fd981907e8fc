"""Computes the rows that are missing: latents of faces, embeddings of captions."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice

import torch
from diffusers import StableDiffusion3Pipeline

from prompt_engine.errors import FaceSourceError
from prompt_engine.faces import FaceSource
from prompt_engine.faces.hub_faults import HubFault
from training.dataset import pixels_of
from training.encoders import encode_captions, encode_pixels
from training.preparation.plan import caption_key
from training.preparation.store import NewRows
from training.preparation.survey import Survey
from training.preparation.unreadable import Unreadable

CAPTIONS_AT_ONCE = 64
PIXELS_AT_ONCE, MOST_FACES = 2**20, 64  # of a batch of faces: 4 of 512 px, 1 of 1024
THREADS = 8

Report = Callable[[int], None]


def face_batches(
    found: Survey, ids: Sequence[int], unreadable: Unreadable | None = None, report: Report | None = None
) -> Iterator[NewRows]:
    """The latents of some faces in batches, by an image encoder that is loaded for them now."""
    pipeline = found.base.load_image_encoder()
    noted = unreadable or Unreadable(len(found.plan.ids))
    return encode_faces(pipeline, found, ids, noted, report or _nobody)


def text_batches(found: Survey, places: Sequence[int], report: Report | None = None) -> Iterator[NewRows]:
    """The embeddings of the captions at some places, by text encoders that are loaded for them now."""
    pipeline = found.base.load_text_encoders()
    captions = [found.caption(place) for place in places]
    return encode_texts(pipeline, captions, found.base.spec.max_sequence_length, report or _nobody)


def _nobody(_count: int) -> None:
    pass


def encode_faces(
    pipeline: StableDiffusion3Pipeline,
    found: Survey,
    ids: Sequence[int],
    unreadable: Unreadable,
    report: Report,
) -> Iterator[NewRows]:
    """The latents of faces in batches; the next ones are read and decoded meanwhile."""
    size = max(1, min(MOST_FACES, PIXELS_AT_ONCE // found.size_px**2))
    reading = _read_ahead(found.source, ids, found.size_px, 2 * size)
    while some := list(islice(reading, size)):
        readable = []
        for face_id, seen in some:
            if isinstance(seen, FaceSourceError):
                unreadable.note(face_id, seen)
            else:
                unreadable.in_a_row = 0
                readable.append((face_id, *seen))
        if readable:
            numbers, names, pixels = zip(*readable, strict=True)
            latents = encode_pixels(pipeline.vae, torch.stack(pixels)).to(found.faces.form.dtype)
            yield NewRows(numbers, names, {"latents": latents})
        report(len(some))


Seen = tuple[str, torch.Tensor] | FaceSourceError


def _read_ahead(
    source: FaceSource, ids: Sequence[int], size_px: int, ahead: int
) -> Iterator[tuple[int, Seen]]:
    """Every face in order, read by several threads, no more than so many ahead."""

    def read(face_id: int) -> Seen:
        try:
            face = source.glance(face_id)
            return face.id, pixels_of(face.image, size_px)
        except HubFault:
            raise  # of the connection, not of the image
        except FaceSourceError as error:
            return error

    waiting: deque[tuple[int, Future[Seen]]] = deque()
    coming = iter(ids)
    with ThreadPoolExecutor(min(THREADS, os.cpu_count() or 1)) as pool:
        waiting.extend((each, pool.submit(read, each)) for each in islice(coming, ahead))
        while waiting:
            face_id, seen = waiting.popleft()
            yield face_id, seen.result()
            waiting.extend((each, pool.submit(read, each)) for each in islice(coming, 1))


def encode_texts(
    pipeline: StableDiffusion3Pipeline, captions: Sequence[str], max_sequence_length: int, report: Report
) -> Iterator[NewRows]:
    """The embeddings of captions in batches."""
    for start in range(0, len(captions), CAPTIONS_AT_ONCE):
        some = captions[start : start + CAPTIONS_AT_ONCE]
        prompt_embeds, pooled_embeds = encode_captions(pipeline, some, max_sequence_length)
        tensors = {"prompt_embeds": prompt_embeds, "pooled_embeds": pooled_embeds}
        yield NewRows([caption_key(each) for each in some], some, tensors)
        report(len(some))

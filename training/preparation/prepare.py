"""From a configuration to latents and text embeddings: what is missing is made, the rest is opened."""

from __future__ import annotations

import gc
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from accelerate import Accelerator

from prompt_engine.faces import FaceSource
from training.config import TrainingConfig
from training.dataset import CROP, Examples
from training.embeddings import Latents, TextEmbeddings
from training.errors import TrainingError
from training.metrics import render_duration
from training.preparation.filling import face_batches, text_batches
from training.preparation.forecast import announce, check_disk, measure_time_s, needed_bytes
from training.preparation.plan import FacePlan
from training.preparation.progress import Progress, render_bytes
from training.preparation.sources import faces_fingerprint
from training.preparation.store import Store, add_rows, create_store, open_store
from training.preparation.survey import Survey, survey
from training.preparation.unreadable import Unreadable, check_unreadable
from training.progress import Say


@dataclass(frozen=True)
class Material:
    """Faces with their captions, latents and embeddings; position i of the first two is one face."""

    examples: Examples
    latents: Latents
    text: TextEmbeddings


@dataclass(frozen=True)
class Prepared(Material):
    """What is learned from, and the same of the faces that are held out.

    `faces` identifies the faces that are learned from, `base_revision` the model; `text` holds the validation
    prompts and the empty caption too; `crop` says how faces were cut to size.
    """

    held_out: Material
    faces: str
    base_revision: str
    source: FaceSource
    crop: str = CROP


def prepare(config: TrainingConfig, accelerator: Accelerator, say: Say) -> Prepared:
    """Make what is missing, each process its share, and open all of it.

    Raises:
        TrainingError: the faces or the model are not there, or cannot be read, or the disk is too small.
    """
    found = survey(config, accelerator, say)
    announce(found, say)
    check_disk(found)
    accelerator.wait_for_everyone()  # nothing is made before every process knows what is missing
    try:
        _make_faces(found, accelerator, say)
        _make_texts(found, accelerator, say)
    except torch.OutOfMemoryError as error:
        raise TrainingError(
            f"The encoders of {found.base.spec.title} do not fit into what is free of the GPU's memory: "
            "free some, or prepare on a larger GPU and bring data.cache here"
        ) from error
    accelerator.wait_for_everyone()
    if written := found.faces.missing_bytes + found.texts.missing_bytes:
        say(f"Latents and text embeddings are done: {render_bytes(written)} written to {config.data.cache}")
    with accelerator.main_process_first():  # what the first has read, the others know
        revision = found.base.revision(Path(config.data.cache))
    return _open(found, revision, say)


def foresee(config: TrainingConfig, accelerator: Accelerator, say: Say) -> None:
    """Say what `prepare` would make, how much disk and about how much time that takes, and make none of it.

    Raises:
        TrainingError: as `prepare` would.
    """
    found = survey(config, accelerator, say)
    announce(found, say)
    check_disk(found)
    if needed_bytes(found):
        taken_s = measure_time_s(found) / accelerator.num_processes
        say(f"It takes about {render_duration(taken_s)}, estimated from one batch of each")


def _make_faces(found: Survey, accelerator: Accelerator, say: Say) -> None:
    rows = found.faces
    if len(share := _share(rows.missing, accelerator)):
        unreadable = Unreadable(len(found.plan.ids), say)
        progress = Progress("latents", "faces", len(share), say)
        batches = face_batches(found, share, unreadable, progress.add)
        create_store(rows.folder, rows.form, rows.made_from)
        add_rows(rows.folder, rows.form, batches)
        unreadable.keep(rows.folder)
        _free()


def _make_texts(found: Survey, accelerator: Accelerator, say: Say) -> None:
    rows = found.texts
    if len(share := _share(rows.missing, accelerator)):
        progress = Progress("text embeddings", "captions", len(share), say)
        batches = text_batches(found, share, progress.add)
        create_store(rows.folder, rows.form, rows.made_from)
        add_rows(rows.folder, rows.form, batches)
        _free()


def _share(missing: npt.NDArray[np.int64], accelerator: Accelerator) -> list[int]:
    # Neighbours stay together: on the Hub they lie in one part of a file.
    return np.array_split(missing, accelerator.num_processes)[accelerator.process_index].tolist()


def _free() -> None:
    """Let go of an encoder before the next one, or the transformer, is loaded."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def _open(found: Survey, revision: str, say: Say) -> Prepared:
    plan, learned = found.plan, found.plan.figures.learned
    latents, texts = (open_store(rows.folder, rows.form) for rows in (found.faces, found.texts))
    rows = latents.find(plan.ids)
    if unreadable := int(np.count_nonzero(rows < 0)):
        check_unreadable(unreadable, len(rows))
        say(f"{unreadable:,} of {len(rows):,} faces are left out: their images cannot be read")
    text = TextEmbeddings(texts)
    material = _material(plan, rows, slice(learned), latents, text)
    held_out = _material(plan, rows, slice(learned, None), latents, text)
    faces = faces_fingerprint(plan.figures.content, material.examples.ids)
    return Prepared(
        **vars(material), held_out=held_out, faces=faces, base_revision=revision, source=found.source
    )


def _material(
    plan: FacePlan, rows: npt.NDArray[np.int64], part: slice, latents: Store, text: TextEmbeddings
) -> Material:
    """A part of the plan's faces, without those whose latents could not be made."""
    there = rows[part] >= 0
    examples = Examples(plan.ids[part][there], plan.places[part][there], plan.captions)
    return Material(examples, Latents(latents, rows[part][there]), text)

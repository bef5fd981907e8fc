"""What there is to prepare: the faces and captions of a configuration, and which are missing on disk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from accelerate import Accelerator

from prompt_engine.faces import FaceSource
from training.base_model import chosen_model
from training.batches import NO_CAPTION
from training.config import TrainingConfig
from training.dataset import CROP, open_faces
from training.preparation.base import ENCODED_IN, Base, open_base
from training.preparation.caption_limit import limit_of
from training.preparation.plan import FacePlan, caption_key, open_plan
from training.preparation.sources import identify_pictures
from training.preparation.store import RowForm, open_store, store_folder
from training.preparation.unreadable import known_unreadable
from training.progress import Say


@dataclass(frozen=True)
class Rows:
    """One kind of rows: where they are kept, in which form, and which are to be made yet."""

    folder: Path
    form: RowForm
    made_from: dict[str, object]
    missing: npt.NDArray[np.int64]

    @property
    def missing_bytes(self) -> int:
        """What they will take on disk."""
        return len(self.missing) * self.form.row_bytes


@dataclass(frozen=True)
class Survey:
    """Faces, captions and encoders, and what is missing: of `faces` by id, of `texts` by place."""

    source: FaceSource
    base: Base
    plan: FacePlan
    size_px: int
    extra_captions: tuple[str, ...]  # beside the plan's
    faces: Rows
    texts: Rows

    def caption(self, place: int) -> str:
        """A caption by its place: the plan's first, then the others."""
        planned = len(self.plan.captions)
        return self.plan.captions[place].as_py() if place < planned else self.extra_captions[place - planned]


def survey(config: TrainingConfig, accelerator: Accelerator, say: Say) -> Survey:
    """Open faces, model and plan, and see what is missing; the main process goes first.

    Raises:
        TrainingError: the faces or the model are not there, or do not go together.
    """
    spec = chosen_model(config)
    with accelerator.main_process_first():
        base = open_base(spec, config, accelerator.device)
        size_px = config.data.size_px or spec.size_px
        source = open_faces(config.data.faces)
        pictures = identify_pictures(source)
        plan = open_plan(config, source, pictures, limit_of(base), say)
        extra = tuple(dict.fromkeys([NO_CAPTION, *config.validation.prompts]))
        faces = _face_rows(config, base, source, pictures, plan, size_px)
        texts = _text_rows(config, base, plan, extra)
    return Survey(source, base, plan, size_px, extra, faces, texts)


def _face_rows(
    config: TrainingConfig, base: Base, source: FaceSource, pictures: str, plan: FacePlan, size_px: int
) -> Rows:
    form = base.latent_form(size_px)
    made_from = {"faces": source.title, "pictures": pictures, "size_px": size_px, "crop": CROP}
    made_from |= {"vae": base.image_encoder, "encoded_in": str(ENCODED_IN)}
    folder = store_folder(config.data.cache, "latents", form, made_from)
    done = np.concatenate([open_store(folder, form).keys, known_unreadable(folder)])
    return Rows(folder, form, made_from, np.setdiff1d(plan.ids, done))


def _text_rows(config: TrainingConfig, base: Base, plan: FacePlan, extra: Sequence[str]) -> Rows:
    form = base.text_form()
    made_from = {
        "text_encoders": base.text_encoders,
        "max_sequence_length": base.spec.max_sequence_length,
    }
    folder = store_folder(config.data.cache, "text", form, made_from)
    keys = np.concatenate([plan.keys, np.array([caption_key(each) for each in extra], dtype=np.int64)])
    _, first = np.unique(keys, return_index=True)  # a prompt may be a caption too
    missing = np.flatnonzero(open_store(folder, form).find(keys) < 0)
    return Rows(folder, form, made_from, np.intersect1d(missing, first))

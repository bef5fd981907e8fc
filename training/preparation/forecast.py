"""What preparing will make, and take of disk and time, said before it begins."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from functools import partial

from training.errors import DataError
from training.preparation.caption_limit import limit_of
from training.preparation.filling import CAPTIONS_AT_ONCE, MOST_FACES, face_batches, text_batches
from training.preparation.progress import render_bytes
from training.preparation.store import NewRows
from training.preparation.survey import Rows, Survey
from training.progress import Say

SPARE = 1.05  # beside the rows themselves: their numbers, and what a disk loses on many files


def announce(found: Survey, say: Say) -> None:
    """Say which faces and captions there are, and what of them is to be made."""
    figures, captions = found.plan.figures, len(found.plan.captions)
    per_face = found.plan.places.shape[1]
    faces = f"{figures.learned:,} faces of {found.source.title}"
    say(f"{faces}, {per_face} captions each, {captions:,} different ones")
    if figures.held_out:
        say(f"{figures.held_out:,} more faces are held out, and not learned from")
    if figures.copies:
        say(f"{figures.copies:,} faces are left out: each shows the same picture as another")
    if figures.side_px is not None and figures.side_px < found.size_px:
        say(
            f"{found.source.title}'s images are {figures.side_px} px wide: at {found.size_px} px they are "
            f"enlarged {found.size_px / figures.side_px:.1f} times"
        )
    for line in _words_left_out(found):
        say(line)
    if not needed_bytes(found):
        say("All latents and text embeddings are there")
        return
    say(
        f"To be made: latents of {_of(found.faces, len(found.plan.ids))} faces, embeddings of "
        f"{_of(found.texts, captions + len(found.extra_captions))} captions: "
        f"{render_bytes(needed_bytes(found))} on disk"
    )


def _words_left_out(found: Survey) -> Iterator[str]:
    """What is told where the text encoders read less than all of what was asked for."""
    limit, title = limit_of(found.base), found.base.spec.title
    if limit is None:
        return
    if shortened := found.plan.figures.shortened:
        total = found.plan.places.size
        yield (
            f"{shortened:,} of {total:,} captions name fewer attributes than drawn: so {title}, which reads "
            f"{limit.tokens} tokens, reads all of their words"
        )
    prompts = [each for each in found.extra_captions if each]
    if cut := [each for each in prompts if not limit.fits(each)]:
        yield (
            f"{len(cut):,} of {len(prompts):,} validation prompts are longer than the {limit.tokens} tokens "
            f"that {title} reads; the end of one is lost, {limit.unread(cut[0])!r}: shorten them in "
            "validation.prompts"
        )


def _of(rows: Rows, total: int) -> str:
    return f"{len(rows.missing):,} of {total:,}"


def needed_bytes(found: Survey) -> int:
    """How much disk what is missing will take."""
    return round(SPARE * (found.faces.missing_bytes + found.texts.missing_bytes))


def check_disk(found: Survey) -> None:
    """Refuse to begin what the disk has no room for.

    Raises:
        DataError: says how much is needed and how much is free.
    """
    folder = next(each for each in found.faces.folder.absolute().parents if each.is_dir())
    needed, free = needed_bytes(found), shutil.disk_usage(folder).free
    if needed > free:
        raise DataError(
            f"Latents and text embeddings need {render_bytes(needed)}, and {render_bytes(free)} are free in "
            f"{folder}: set data.cache to a larger disk, or lower data.count or data.most_captions"
        )


def measure_time_s(found: Survey) -> float:
    """How long one process would take for what is missing, by one batch of each kind; nothing is kept."""
    return _time_s(found.faces, partial(face_batches, found), MOST_FACES) + _time_s(
        found.texts, partial(text_batches, found), CAPTIONS_AT_ONCE
    )


def _time_s(rows: Rows, open_batches: Callable[[list[int]], Iterator[NewRows]], at_once: int) -> float:
    if not len(rows.missing):
        return 0.0
    batches = open_batches(rows.missing[:at_once].tolist())  # loads the encoder
    began = time.monotonic()
    first = next(batches, None)
    if first is None:  # none of these faces can be read
        return 0.0
    return (time.monotonic() - began) / len(first.keys) * len(rows.missing)

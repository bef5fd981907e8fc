"""The classifier's file: half-precision weights, and what it learned from and how right it is as metadata."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file

from generation.file_digest import file_digest
from generation.locations import REPOSITORY
from prompt_engine.whole_file import replacing
from training.errors import DataError
from training.evaluation.classifier import AttributeClassifier
from training.evaluation.scores import Score

SCHEMA = 2  # 1 held nothing but accuracies
RECORD_KEY = "attribute_classifier"
DEFAULT_PATH = REPOSITORY / "assets" / "attribute-classifier.safetensors"
REMAKE = "make it with `python -m training classifier`, the shipped one with `python -m training demo-assets`"


@dataclass(frozen=True)
class LearnedFrom:
    """What a classifier learned from: a source by its title, how many of its faces, in words and as a range.

    `first`, `last`: the numbers of its images, None for drawings made for it alone. `split`: None for all.
    """

    title: str
    faces: int
    held_out: int
    seed: int
    steps: int
    first: int | None = None
    last: int | None = None
    split: str | None = None


@dataclass(frozen=True)
class TrainedClassifier:
    """A classifier with its score by output on held-out faces and the SHA-256 of its file."""

    model: AttributeClassifier
    learned_from: LearnedFrom
    scores: Mapping[str, Score]
    revision: str


def save_classifier(
    model: AttributeClassifier, learned_from: LearnedFrom, scores: Mapping[str, Score], path: Path
) -> None:
    """Write the file; only counts of faces go into it, nothing of any single one."""
    weights = {name: value.half().contiguous() for name, value in model.state_dict().items()}
    record = {
        "schema": SCHEMA,
        "outputs": list(model.outputs),
        "learned_from": asdict(learned_from),
        "scores": {label: asdict(score) for label, score in scores.items()},
    }
    with replacing(path) as beside:
        save_file(weights, beside, {RECORD_KEY: json.dumps(record)})


def load_classifier(path: Path = DEFAULT_PATH) -> TrainedClassifier:
    """The classifier in a file.

    Raises:
        DataError: there is none at `path`, or it is of another form.
    """
    if not path.is_file():
        raise DataError(f"There is no attribute classifier at {path}: {REMAKE}.")
    try:
        record = _read_record(path)
        model = AttributeClassifier(record["outputs"])
        model.load_state_dict({name: value.float() for name, value in load_file(path).items()})
        scores = {label: Score(**counts) for label, counts in record["scores"].items()}
        learned_from = LearnedFrom(**record["learned_from"])
        if set(scores) != set(model.outputs):
            raise ValueError("its scores are not of its outputs")
    except (SafetensorError, ValueError, TypeError, KeyError, AttributeError, RuntimeError) as error:
        raise DataError(f"{path} is no attribute classifier that can be used ({error}): {REMAKE}.") from None
    return TrainedClassifier(model.eval(), learned_from, scores, file_digest(path))


def _read_record(path: Path) -> dict[str, Any]:
    with safe_open(path, "pt") as file:
        text = (file.metadata() or {}).get(RECORD_KEY)
    if text is None:
        raise ValueError(f"its metadata hold no {RECORD_KEY}")
    record = json.loads(text)
    if record.get("schema") != SCHEMA:
        raise ValueError(f"its schema is {record.get('schema')!r}, not {SCHEMA}")
    return record

"""What an evaluation of an adapter found, as it is written and read: one schema for all who show it."""

from __future__ import annotations

import json
import math
import types
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any, Union, get_args, get_origin, get_type_hints

from generation.errors import GenerationError

SCHEMA = 1
REPORT_NAME = "report.json"
UNITS = ("share", "distance", "score")
BETTER = ("higher", "lower", "held_out")  # "held_out": the nearer to what held-out faces reach


class ReportUnreadable(GenerationError):
    """A report that is missing or not one of this schema: evaluate the adapter again."""


@dataclass(frozen=True)
class Figure:
    """A measured value and its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Measure:
    """One quantity of both arms, and what faces reach that were not trained on, where that is known.

    `difference` is fine-tuned minus vanilla, `ratio` fine-tuned over vanilla, None where vanilla's may be 0.
    """

    key: str
    title: str
    unit: str
    better: str
    vanilla: Figure
    fine_tuned: Figure
    difference: Figure
    ratio: Figure | None
    held_out: Figure | None
    note: str

    def __post_init__(self) -> None:
        for name, value, known in (("unit", self.unit, UNITS), ("better", self.better, BETTER)):
            if value not in known:
                raise ReportUnreadable(
                    f"The measure {self.key} has {name} {value!r}: use {' or '.join(known)}."
                )


@dataclass(frozen=True)
class AttributeResult:
    """One attribute: how often it is seen where it was asked for, of both arms and of held-out faces.

    `balanced_…`: the mean of that share and of the share not seen where it was not asked for; 0.5 for
    portraits that ignore the prompt. `classifier`, `classifier_here`: the classifier's balanced accuracy on
    faces it did not learn from, its own and this evaluation's. `reason`: why it is in no headline figure,
    empty where it is in them.
    """

    label: str
    title: str
    tier: str
    asked: int
    vanilla: Figure
    fine_tuned: Figure
    difference: Figure
    held_out: Figure
    balanced_vanilla: Figure | None
    balanced_fine_tuned: Figure | None
    classifier: float | None
    classifier_here: float | None
    reason: str

    @property
    def headline(self) -> bool:
        """Whether it counts in the headline figures."""
        return not self.reason


@dataclass(frozen=True)
class Nearness:
    """How near pictures come to the nearest training face, in one space; the smallest distances, ascending.

    `threshold`: the distance that 1 % of the held-out faces come nearer than.
    """

    space: str
    title: str
    threshold: float
    held_out_median: float
    vanilla_median: float
    fine_tuned_median: float
    held_out_nearest: tuple[float, ...]
    vanilla_nearest: tuple[float, ...]
    fine_tuned_nearest: tuple[float, ...]


@dataclass(frozen=True)
class Pair:
    """One pair of the sheet of pictures, in its order."""

    prompt: str
    seed: int


@dataclass(frozen=True)
class Conditions:
    """Everything the figures depend on; revisions are SHA-256 or Hub commits, sizes are in pixels."""

    adapter: str
    adapter_revision: str
    model: str
    model_revision: str
    classifier_revision: str
    classifier_faces: str
    features: str
    faces: str
    held_out: str
    held_out_faces: int
    training: str
    training_faces: int
    selections: int
    seed: int
    steps: int
    guidance: float
    size_px: int
    adapter_scale: float
    resamples: int
    libraries: Mapping[str, str]


@dataclass(frozen=True)
class EvaluationReport:
    """One evaluation; `left_out` holds a sentence for everything that was not measured."""

    conditions: Conditions
    measures: tuple[Measure, ...]
    attributes: tuple[AttributeResult, ...]
    nearness: tuple[Nearness, ...]
    pairs: tuple[Pair, ...]
    left_out: tuple[str, ...]

    def measure(self, key: str) -> Measure | None:
        """The measure of that key, where it was taken."""
        return next((each for each in self.measures if each.key == key), None)

    def to_json(self) -> str:
        """The report as text; what `read_report` reads."""
        values = {"schema": SCHEMA, **asdict(self)}
        return json.dumps(values, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def read_report(path: Path) -> EvaluationReport:
    """Read a report, from its file or from a folder that holds `evaluation/report.json` or `report.json`.

    Raises:
        ReportUnreadable: none is there, or not one of this schema.
    """
    path = _find(path)
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ReportUnreadable(f"The report {path} cannot be read ({error.strerror}).") from None
    except (ValueError, RecursionError):
        raise ReportUnreadable(f"The report {path} is not JSON that can be read: evaluate again.") from None
    _check_text(path, values)
    schema = values.pop("schema", None) if isinstance(values, dict) else None
    if schema != SCHEMA:
        raise ReportUnreadable(f"The report {path} has schema {schema!r}, not {SCHEMA}: evaluate again.")
    try:
        return _parse(EvaluationReport, values, "report")
    except (TypeError, OverflowError, ReportUnreadable) as error:
        raise ReportUnreadable(f"The report {path} cannot be used ({error}): evaluate again.") from None


def _check_text(path: Path, values: Any) -> None:
    try:
        json.dumps(values, ensure_ascii=False).encode()
    except UnicodeEncodeError:  # half of a surrogate pair, which could not be sent to a browser
        raise ReportUnreadable(f"The report {path} holds text that is no text: evaluate again.") from None


def _find(path: Path) -> Path:
    if not path.is_dir():
        return path
    inner = path / "evaluation" / REPORT_NAME
    return inner if inner.is_file() else path / REPORT_NAME


def _parse(kind: Any, value: Any, place: str) -> Any:
    """The value as the annotated type; a TypeError names the place where it is none."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return None if value is None else _parse(arguments[0], value, place)
    if is_dataclass(kind):
        return _parse_object(kind, value, place)
    if origin is tuple and isinstance(value, list):
        return tuple(_parse(arguments[0], each, f"{place}[{row}]") for row, each in enumerate(value))
    if origin is not None and issubclass(origin, Mapping) and isinstance(value, dict):
        return {name: _parse(arguments[1], each, f"{place}.{name}") for name, each in value.items()}
    return _parse_plain(kind, value, place)


def _parse_object(kind: Any, value: Any, place: str) -> Any:
    names = [field.name for field in fields(kind)]
    if not isinstance(value, dict) or set(value) != set(names):
        raise TypeError(f"{place} does not hold exactly {', '.join(names)}")
    hints = get_type_hints(kind)
    return kind(**{name: _parse(hints[name], value[name], f"{place}.{name}") for name in names})


def _parse_plain(kind: Any, value: Any, place: str) -> Any:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if kind is float and number and math.isfinite(value):
        return float(value)
    if kind in (int, str, bool) and type(value) is kind:
        return value
    raise TypeError(f"{place} is {value!r}")

"""The kept prompts and the buckets as a wildcard file for dynamicprompts.

Used as `__celeba/female/prompts__`, or `a portrait of a woman, __celeba/female/hair_color__`. Source of the
format: adieyal/dynamicprompts, "Wildcard files": YAML, nested names, `weight::text` options.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from prompt_engine.attributes import Role, attribute
from prompt_engine.buckets import GENDERS, buckets
from prompt_engine.distribution import rounded_percentages
from prompt_engine.export import Stamp
from prompt_engine.prompt_filter import Assessed
from prompt_engine.realiser import realise

ENDINGS = (".yaml", ".yml")


def wildcard_file(assessed: Sequence[Assessed], stamp: Stamp) -> str:
    """YAML: for each gender the prompts that are kept, and the phrases of each bucket by their weights."""
    stamped = ", ".join(f"{name} {value}" for name, value in stamp.columns.items() if value is not None)
    return "\n".join([f"# {stamped}", "celeba:", *_genders(assessed)]) + "\n"


def _genders(assessed: Sequence[Assessed]) -> Iterator[str]:
    for gender in GENDERS:
        yield f"  {gender}:"
        kept = [each.row.selection for each in assessed if each.kept and each.row.gender == gender]
        yield "    prompts:" if kept else "    prompts: []"
        for selection in kept:
            yield f"      - {_quoted(realise(selection))}"
        for bucket in buckets(gender):
            yield f"    {bucket.name}:"
            for label, weight in rounded_percentages(bucket.attributes).items():
                yield f"      - {_quoted(f'{weight:g}::{_phrase(label)}')}"


def _phrase(label: str) -> str:
    """As it follows a comma: `with black hair`, `wearing a hat`, `bald`."""
    known = attribute(label)
    openings = {Role.PERSON: "", Role.WORN: "wearing "}
    return f"{openings.get(known.role, 'with ')}{known.phrase}{' hair' if known.role is Role.HAIR else ''}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)  # JSON's strings are YAML's

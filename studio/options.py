"""What each dropdown offers, and how many images would match if it were chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from prompt_engine.attributes import attribute
from prompt_engine.buckets import Bucket, buckets, offered
from prompt_engine.conflicts import hard_conflict
from prompt_engine.facets import Facets, MatchCount
from prompt_engine.prompt_sampler import Counter
from prompt_engine.query import Query
from prompt_engine.selection import Selection

ANY = "any"
WITHOUT = "without"  # the dropdown of what the faces must not have; the others are called as their buckets

Choices = list[tuple[str, str]]  # of text and value, as a dropdown takes them


def list_options(gender: str) -> dict[str, Choices]:
    """Every option of every dropdown of a gender, with no word about images."""
    options = {bucket.name: _titled(bucket.options) for bucket in buckets(gender)}
    for bucket in buckets(gender):
        if not bucket.repeatable:
            options[bucket.name].insert(0, (ANY, ANY))
    return options | {WITHOUT: _titled(offered(gender))}


def count_options(
    selection: Selection, within: Query, counter: Counter, several: bool = False
) -> dict[str, Choices]:
    """Every option of every dropdown, with how many images would match; what is chosen has its title alone.

    With `several`, an exclusive bucket takes more answers instead of another one.
    """
    chosen = Query.of(selection, within)
    here = counter.facets(chosen)
    options = {}
    for bucket in buckets(selection.gender):
        taken = [label for label in selection.wanted if label in bucket.options]
        if several or bucket.repeatable:
            options[bucket.name] = _further(bucket, selection, here)
        else:
            facets = counter.facets(_lacking(chosen, taken)) if taken else here
            options[bucket.name] = _instead(bucket, taken, facets)
    return options | {WITHOUT: _lacked(selection, here)}


def _instead(bucket: Bucket, taken: Sequence[str], facets: Facets) -> Choices:
    """One answer instead of another; `facets` are of the choice without an answer to this bucket."""
    options = [(_text(label, facets.with_label(label), label in taken), label) for label in bucket.options]
    return [(_counted(ANY, facets.images) if taken else ANY, ANY), *options]


def _further(bucket: Bucket, selection: Selection, facets: Facets) -> Choices:
    """One answer more."""
    options = []
    for label in bucket.options:
        conflict = hard_conflict((*selection.wanted, label)) if label not in selection.wanted else None
        text = _text(label, facets.with_label(label), label in selection.wanted)
        options.append((_excluded(label, conflict) if conflict else text, label))
    return options


def _lacked(selection: Selection, facets: Facets) -> Choices:
    """One attribute more that the faces must not have."""
    return [
        (_text(label, facets.without_label(label), label in selection.unwanted), label)
        for label in offered(selection.gender)
    ]


def _lacking(query: Query, labels: Sequence[str]) -> Query:
    return replace(query, wanted=tuple(label for label in query.wanted if label not in labels))


def _titled(labels: Sequence[str]) -> Choices:
    return [(attribute(label).title, label) for label in labels]


def _text(label: str, count: MatchCount, chosen: bool) -> str:
    title = attribute(label).title
    return title if chosen else _counted(title, count)


def _counted(title: str, count: MatchCount) -> str:
    bound = "" if count.exact else "≤ "
    return f"{title} ({bound}{count.images:,})" if count.images else f"{title} (none)"


def _excluded(label: str, conflict: tuple[str, str]) -> str:
    other = attribute(next(each for each in conflict if each != label)).title
    return f"{attribute(label).title} (not with {other[0].lower()}{other[1:]})"

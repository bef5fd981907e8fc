"""What an export was asked for, in one line."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from prompt_engine.captions import CaptionRules
from prompt_engine.prompt_filter import PromptFilter
from prompt_engine.query import Query
from prompt_engine.reliability import Tier


def describe_asked(*asked: Query | PromptFilter | CaptionRules) -> str:
    """Such as `split=train blurry=out least_images=200`: what a query, a filter or caption rules say."""
    said = {field.name: getattr(each, field.name) for each in asked for field in fields(each)}
    return " ".join(
        f"{name}={_written(value)}"
        for name, value in said.items()
        if value is not None and value is not False and value != ()
    )


def _written(value: Any) -> str:
    if isinstance(value, Tier):
        return value.word
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return "yes" if value is True else str(value)

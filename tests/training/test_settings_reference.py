"""docs/settings.md names every setting with its default and all that can be chosen, and no other one."""

from __future__ import annotations

import json
import re
from dataclasses import Field, fields
from pathlib import Path
from typing import get_type_hints

from training.config import TrainingConfig

ROW = re.compile(r"^\| `(\w+)` \| (.*?) \| (.+) \|$", re.MULTILINE)


def default(setting: Field) -> str:
    return "left out" if setting.default is None else f"`{json.dumps(setting.default)}`"


def test_the_reference_is_complete_and_its_defaults_are_true(repository: Path) -> None:
    parts = re.split(r"^## \[(\w+)\]$", (repository / "docs/settings.md").read_text("utf-8"), flags=re.M)[1:]
    told = {name: ROW.findall(text) for name, text in zip(parts[::2], parts[1::2], strict=True)}
    sections = get_type_hints(TrainingConfig)
    assert list(told) == list(sections)
    for name, section in sections.items():
        assert [row[:2] for row in told[name]] == [(each.name, default(each)) for each in fields(section)]
        for setting, (_, _, meaning) in zip(fields(section), told[name], strict=True):
            for choice in setting.metadata.get("choices") or ():
                assert f"`{choice}`" in meaning, f"{name}.{setting.name}: {choice}"
            if setting.default is None:
                assert "eft out" in meaning or name == "model" or "In place of" in meaning

"""Reads a configuration from TOML with dotted overrides, and writes the resolved one back."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

from prompt_engine.nearest import name_advice
from training.config import TrainingConfig
from training.errors import ConfigError

Tables = dict[str, dict[str, Any]]


def read_config(path: Path, overrides: Iterable[str] = ()) -> TrainingConfig:
    """Read a TOML file, put `section.key=value` overrides over it, and check all of it.

    A file that begins with `extends = "other.toml"` is put over that one, which lies beside it.

    Raises:
        ConfigError: every unknown key, wrong type and value out of range, all at once.
    """
    return build_config(_read_tables(Path(path), ()), overrides)


def _read_tables(path: Path, extending: tuple[Path, ...]) -> Tables:
    """A file's tables over those of the file that it extends."""
    if path.resolve() in extending:
        raise ConfigError([f"{path} extends itself: leave its extends out"])
    tables = _read_toml(path)
    extended = tables.pop("extends", None)
    if extended is None:
        return tables
    if not isinstance(extended, str):
        raise ConfigError([f"{path}: extends = {extended!r}: must be the name of one TOML file"])
    return _put_over(_read_tables(path.parent / extended, (*extending, path.resolve())), tables)


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        advice = "name a TOML file, such as training/configs/demo.toml"
        raise ConfigError([f"Cannot read the configuration {path} ({error.strerror}): {advice}"]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError([f"{path} is not valid TOML: {error}"]) from error


def _put_over(below: Tables, above: Tables) -> Tables:
    """Tables merged key by key; what is no table takes the place of one, to be refused later."""
    merged = {**below, **above}
    for name in below.keys() & above.keys():
        if isinstance(below[name], dict) and isinstance(above[name], dict):
            merged[name] = {**below[name], **above[name]}
    return merged


def build_config(tables: Mapping[str, Any], overrides: Iterable[str] = ()) -> TrainingConfig:
    """Make a checked configuration from plain tables; see `read_config`."""
    problems: list[str] = []
    merged = {name: dict(table) if isinstance(table, Mapping) else table for name, table in tables.items()}
    for override in overrides:
        _apply(override, merged, problems)
    sections = {name: _build_section(name, merged.pop(name, {}), problems) for name in _sections()}
    problems += [_unknown("section", name, _sections()) for name in merged]
    if problems:
        raise ConfigError(problems)
    return TrainingConfig(**sections)


def write_config(config: TrainingConfig, path: Path) -> None:
    """Write the resolved configuration so that `read_config` gives an equal one."""
    path.write_text(render_config(config), encoding="utf-8")


def render_config(config: TrainingConfig) -> str:
    """The configuration as TOML; a value that is not set is left out."""
    lines = []
    for name, table in asdict(config).items():
        lines += [
            f"[{name}]",
            *(f"{key} = {_toml(value)}" for key, value in table.items() if value is not None),
            "",
        ]
    return "\n".join(lines)


def _toml(value: Any) -> str:
    # JSON's strings, numbers, booleans and lists are TOML's too.
    return json.dumps(value, ensure_ascii=False)


def _sections() -> dict[str, type]:
    return get_type_hints(TrainingConfig)


def _unknown(kind: str, name: str, known: Iterable[str], prefix: str = "") -> str:
    # Problems are joined into one sentence, so that none ends it.
    return f"unknown {kind} '{prefix}{name}': {name_advice(name, known, prefix).removesuffix('.')}"


def _apply(override: str, tables: Tables, problems: list[str]) -> None:
    key, equals, text = override.partition("=")
    section, dot, name = key.strip().partition(".")
    if not (equals and dot and name):
        problems.append(
            f"override {override!r}: write section.key=value, such as optimizer.learning_rate=1e-4"
        )
        return
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text.strip()
    table = tables.setdefault(section, {})
    if isinstance(table, dict):  # what is no table is refused with its section
        table[name] = value


def _build_section(name: str, table: Any, problems: list[str]) -> Any:
    """Make one section, or note what is wrong with it and return None."""
    section = _sections()[name]
    if not isinstance(table, Mapping):
        problems.append(f"{name} = {table!r}: must be a table, [{name}]")
        return None
    hints, values = get_type_hints(section), {}
    for key, value in table.items():
        if key not in hints:
            problems.append(_unknown("key", key, hints, prefix=f"{name}."))
            continue
        try:
            values[key] = _convert(value, hints[key])
        except TypeError as error:
            problems.append(f"{name}.{key} = {value!r}: must be {error}")
    try:
        return section(**values)
    except ConfigError as error:
        problems += [f"{name}.{problem}" for problem in error.problems]
        return None


def _convert(value: Any, hint: Any) -> Any:
    """Fit a TOML value to a field's type; the TypeError's text names the type in words."""
    if NoneType in get_args(hint):
        return _convert(value, get_args(hint)[0])
    if get_origin(hint) is tuple:
        if not isinstance(value, list | tuple):
            raise TypeError("a list")
        return tuple(_convert(item, get_args(hint)[0]) for item in value)
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, hint) or (isinstance(value, bool) and hint is not bool):
        raise TypeError({int: "a whole number", float: "a number", str: "text", bool: "true or false"}[hint])
    return value

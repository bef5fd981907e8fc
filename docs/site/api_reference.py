"""Writes what docs/api.md says of each endpoint, from the code: signature, arguments, answer.

Run by hand after a change: python docs/site/api_reference.py
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]
PAGE = REPOSITORY / "docs" / "api.md"
MARKED = re.compile(r"(?<=<!-- endpoint: )(?P<name>\w+) -->\n.*?(?=<!-- end -->)", re.DOTALL)


def main() -> None:
    """Put every endpoint's part of the page between its marks."""
    PAGE.write_text(rewritten(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


def rewritten(page: str) -> str:
    """The page with what the code says now."""
    endpoints = all_endpoints()
    return MARKED.sub(lambda found: f"{found['name']} -->\n{render(endpoints[found['name']])}", page)


def all_endpoints() -> Mapping[str, Callable[..., Any]]:
    """The functions behind the endpoints, by name."""
    from studio.api.endpoints import GROUPS

    members = [member for group in GROUPS for member in vars(group).items()]
    return {name: member for name, member in members if inspect.isfunction(member) and name[0] != "_"}


def render(endpoint: Callable[..., Any]) -> str:
    """One endpoint in Markdown."""
    summary, arguments, answer = parts(endpoint)
    rows = [f"| `{each.name}` | {arguments[each.name]} |" for each in parameters(endpoint)]
    table = "\n".join(["| argument | what it is |", "|---|---|", *rows])
    given = "\n".join(f"- {line}" for line in answer)
    return f"\n{summary}\n\n```py\n{signature(endpoint)}\n```\n\n{table}\n\nIt answers with\n\n{given}\n\n"


def parts(endpoint: Callable[..., Any]) -> tuple[str, dict[str, str], list[str]]:
    """The summary, what each argument is, and what comes back, one line each."""
    summary, _, rest = inspect.cleandoc(endpoint.__doc__ or "").partition("\n\nArgs:\n")
    told, _, returned = rest.partition("\n\nReturns:\n")
    pairs = (line.strip().partition(": ") for line in told.splitlines())
    return summary, {name: text for name, _, text in pairs}, [line.strip() for line in returned.splitlines()]


def parameters(endpoint: Callable[..., Any]) -> list[inspect.Parameter]:
    """Its arguments."""
    taken = inspect.signature(endpoint).parameters.values()
    return [parameter for parameter in taken if parameter.name != "self"]


def signature(endpoint: Callable[..., Any]) -> str:
    """Its signature, one argument a line."""
    lines = [f"    {told(parameter)},\n" for parameter in parameters(endpoint)]
    return (
        f"{endpoint.__name__}(\n{''.join(lines)}) -> {plain(inspect.signature(endpoint).return_annotation)}"
    )


def told(parameter: inspect.Parameter) -> str:
    """An argument as Python writes it."""
    ending = "" if parameter.default is parameter.empty else f" = {parameter.default!r}"
    return f"{parameter.name}: {plain(parameter.annotation)}{ending}"


def plain(annotation: Any) -> str:
    """A type without the names of modules."""
    text = re.sub(r"\b(?:\w+\.)+(?=\w)", "", inspect.formatannotation(annotation))
    return re.sub(r"Optional\[(.*)\]$", r"\1 | None", text)


if __name__ == "__main__":
    sys.path.insert(0, str(REPOSITORY))
    main()

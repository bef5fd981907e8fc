"""The command line: `python -m generation compare --prompt "a woman with black hair" --seed 7 --out DIR`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from importlib import import_module

from generation.errors import GenerationError
from generation.hub.access import take_token
from prompt_engine.command_line import OneSentenceParser, run_command, say_on_stderr
from prompt_engine.errors import PromptEngineError

# Imported only when asked for: each needs imports that the others do not.
LAZY_COMMANDS = {
    "compare": (
        "generation.commands.compare",
        "make one portrait without and one with the adapter, from the same prompt and noise",
    ),
    "models": ("generation.commands.models", "say what this machine can run, or fetch a model's weights"),
    "batch": ("generation.commands.batch", "make all that a file asks for; stopped, it goes on where it was"),
    "encode": ("generation.commands.encode", "encode prompts ahead, for a place without text encoders"),
    "grid": ("generation.commands.grid", "vary one recipe along two axes; stopped, it goes on where it was"),
    "adapter-check": ("generation.commands.adapter_check", "say whether an adapter fits a model"),
}


SCHEMA = 1  # of what is wrong, for programs


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; 2 means bad input, told on stderr, or with --json as an object on stdout."""
    given = list(sys.argv[1:] if argv is None else argv)
    take_token()
    say = _say_as_json if "--json" in given else say_on_stderr
    return run_command(lambda: _run(given), GenerationError, PromptEngineError, say=say)


class _JsonParser(OneSentenceParser):
    def say(self, sentence: str) -> None:
        _say_as_json(sentence)


def _say_as_json(sentence: str) -> None:
    print(json.dumps({"schema": SCHEMA, "problem": sentence}, ensure_ascii=False), flush=True)


def _run(given: Sequence[str]) -> int | None:
    arguments = _build_parser(given).parse_args(given)
    return arguments.run(arguments)


def _build_parser(given: Sequence[str]) -> argparse.ArgumentParser:
    kind = _JsonParser if "--json" in given else OneSentenceParser
    parser = kind(prog="python -m generation", description="Make portraits.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, (module, help_text) in LAZY_COMMANDS.items():
        command = commands.add_parser(name, help=help_text)
        if name in given[:1]:
            implementation = import_module(module)
            implementation.add_arguments(command)
            command.set_defaults(run=implementation.run)
    return parser


if __name__ == "__main__":
    sys.exit(main())

"""The command line: `python -m prompt_engine COMMAND …`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from prompt_engine.command_line import OneSentenceParser, run_command
from prompt_engine.commands import audit, captions, export, relations, sample, search, stats
from prompt_engine.errors import PromptEngineError

_COMMANDS = {
    "stats": stats,
    "sample": sample,
    "search": search,
    "relations": relations,
    "audit": audit,
    "captions": captions,
    "export": export,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when it worked, 2 with one sentence when the input was bad."""
    options = _parser().parse_args(arguments)
    return run_command(lambda: options.run(options), PromptEngineError)


def _parser() -> argparse.ArgumentParser:
    parser = OneSentenceParser(
        prog="python -m prompt_engine", description="Prompts from CelebA's attributes."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, command in _COMMANDS.items():
        subparser = commands.add_parser(
            name,
            help=command.HELP,
            description=f"{command.HELP[0].upper()}{command.HELP[1:]}.",
            epilog=f"example:\n  {command.EXAMPLE}",
            formatter_class=argparse.RawDescriptionHelpFormatter,  # a wrapped example cannot be copied
        )
        command.add_arguments(subparser)
        subparser.set_defaults(run=command.run)
    return parser


if __name__ == "__main__":
    sys.exit(main())

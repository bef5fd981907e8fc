"""`python -m studio`: commands about the page."""

from __future__ import annotations

import argparse
import sys

from prompt_engine.command_line import OneSentenceParser, run_command
from studio.deploy import command as deploy
from studio.deploy.errors import DeployRefused


def main(argv: list[str] | None = None) -> int:
    """Run a command; 2 if it cannot be done. Without one, say which there are."""
    parser = OneSentenceParser(
        prog="python -m studio", description="What is done with the page, beside serving it."
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    deploying = commands.add_parser(
        "deploy", help="put the app on a Hugging Face Space", description=deploy.__doc__
    )
    deploy.add_arguments(deploying)
    deploying.set_defaults(run=deploy.run)
    arguments = parser.parse_args(argv)
    if "run" not in arguments:
        parser.print_help()
        return 0
    return run_command(lambda: _run(arguments), DeployRefused)


def _run(arguments: argparse.Namespace) -> None:
    arguments.run(arguments)


if __name__ == "__main__":
    sys.exit(main())

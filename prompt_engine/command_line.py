"""What the command lines of all packages share: bad input is one sentence, and a stop is not an accident."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Callable
from typing import NoReturn

BAD_INPUT = 2
INTERRUPTED = 130  # as shells report Ctrl+C
NOBODY_READS = 141  # as shells report a closed pipe

_NO_NUMBER = re.compile(r"argument (\S+): invalid (int|float) value: (.*)", re.DOTALL)  # as argparse says it


def say_on_stderr(sentence: str) -> None:
    """Tell people what is wrong."""
    # Processes that work together refuse the same: the first of them says it.
    if os.environ.get("RANK", "0") == "0":
        print(sentence, file=sys.stderr)


class OneSentenceParser(argparse.ArgumentParser):
    """Says what is wrong in one sentence and leaves with `BAD_INPUT`; its subparsers do the same."""

    def say(self, sentence: str) -> None:
        """Where it is told."""
        say_on_stderr(sentence)

    def error(self, message: str) -> NoReturn:
        """Say the sentence, without argparse's lines of usage."""
        sentence = _NO_NUMBER.sub(_no_number, message)
        if sentence == message:
            sentence = f"{message[:1].upper()}{message[1:]}"
        self.say(f"{sentence} (`{self.prog} --help` shows what can be given).")
        self.exit(BAD_INPUT)


def run_command(
    command: Callable[[], int | None],
    *refusals: type[Exception],
    say: Callable[[str], None] = say_on_stderr,
) -> int:
    """Run a command and give its exit code; `refusals` are the errors whose text is meant for people."""
    try:
        code = command() or 0
        sys.stdout.flush()  # so that a closed pipe shows here, not while Python ends
        return code
    except refusals as error:
        say(str(error))
        return BAD_INPUT
    except BrokenPipeError:
        # `… | head` has read enough. Python flushes once more at its end: let that go nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return NOBODY_READS
    except OSError as error:
        say(_sentence(error))
        return BAD_INPUT
    except KeyboardInterrupt as stop:
        print(f"Stopped: {stop}" if str(stop) else "Stopped.", file=sys.stderr)
        return INTERRUPTED


def _no_number(said: re.Match[str]) -> str:
    option, kind, value = said.groups()
    return f"{option} is {value}: give a {'whole number' if kind == 'int' else 'number'}"


def _sentence(error: OSError) -> str:
    reason = error.strerror or str(error)
    if error.filename is None:
        return f"{reason}."
    return f"Cannot read or write {error.filename}: {reason}."

"""What runs in a job: brings folders from the bucket, runs a command, and keeps the bucket in step meanwhile.

python -m training.launching.in_job --bucket /data --keep outputs/run -- python -m training train ...
"""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from prompt_engine.command_line import OneSentenceParser, run_command
from training.launching.mirror import Mirror

EVERY_S = 60.0
NOT_KEPT = 1  # the exit code where the command went well, and its files are not in the bucket


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; give its exit code, or that of bad input where it could not be started."""
    return run_command(lambda: _run(_build_parser().parse_args(arguments)))


def _run(parsed: argparse.Namespace) -> int:
    mirrors = [Mirror(Path(folder), parsed.bucket / folder) for folder in parsed.keep]
    brought = sum(mirror.bring() for mirror in mirrors)
    print(f"From the bucket: {brought:,} files.", flush=True)
    process = subprocess.Popen(parsed.command)
    with _passing_on_signals(process):
        code = _watch(process, mirrors, parsed.every)
    return code if _keep(mirrors) else code or NOT_KEPT


def _build_parser() -> argparse.ArgumentParser:
    parser = OneSentenceParser(prog="python -m training.launching.in_job", description=__doc__)
    parser.add_argument("--bucket", type=Path, required=True, help="where it is mounted")
    parser.add_argument("--keep", action="append", default=[], help="a folder, relative to here and to there")
    parser.add_argument("--every", type=float, default=EVERY_S, help="seconds between two times of keeping")
    parser.add_argument("command", nargs="+")
    return parser


def _watch(process: subprocess.Popen[bytes], mirrors: Sequence[Mirror], every_s: float) -> int:
    while True:
        try:
            return process.wait(every_s)
        except subprocess.TimeoutExpired:
            _keep(mirrors)


def _keep(mirrors: Sequence[Mirror]) -> bool:
    """Keep all in step; whether that went well."""
    try:
        for mirror in mirrors:
            mirror.keep()
    except OSError as error:
        print(f"The bucket could not be kept in step ({error}).", file=sys.stderr, flush=True)
        return False
    return True


@contextmanager
def _passing_on_signals(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """What would stop this stops the command instead, which saves first."""

    def pass_on(number: int, _frame: FrameType | None) -> None:
        process.send_signal(number)

    before = {number: signal.signal(number, pass_on) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


if __name__ == "__main__":
    sys.exit(main())

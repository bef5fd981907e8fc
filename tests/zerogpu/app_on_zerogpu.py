"""The app as a Space on ZeroGPU runs it, on a machine without a GPU; the tests start it as a process.

`spaces` finds no torch, so that it emulates no CUDA: models stay on the CPU, in this process and in those
that it forks. All else is the real thing. After the page is served, each line on the standard input is a
recipe: its events are told on the standard output, as they come.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

sys.modules["torch"] = None  # type: ignore[assignment]
import spaces  # noqa: E402, F401

del sys.modules["torch"]

from generation.recipe import Recipe  # noqa: E402
from studio.messages import explain, kind_of  # noqa: E402
from studio.services import Services, open_services  # noqa: E402
from studio.settings import read_settings  # noqa: E402


def main() -> None:
    services = open_services(read_settings(os.environ))
    services.warm_up_model()
    from studio.app import serve

    page = serve(services, block=False)
    loaded = [(recipe.model, recipe.adapter) for recipe in services._maker._to_pack]  # type: ignore[attr-defined]
    say(event="served", url=page.local_url, pid=os.getpid(), queue=page._queue.max_size, loaded=loaded)
    # Not from sys.stdin, which whoever is forked closes: it would wait for the lock of who reads from it.
    for line in os.fdopen(os.dup(0)):
        request = json.loads(line)
        for event in events(services, Recipe(**request["recipe"]), request["leave_at"]):
            say(**event)
    os._exit(0)  # the tests are gone, or have closed the input: no thread of the server is waited for


def events(services: Services, recipe: Recipe, leave_at: str | None) -> Iterator[dict[str, Any]]:
    """What comes of a recipe; `leave_at` names the event at which its visitor leaves."""
    try:
        with closing(services.compare(recipe)) as steps:  # type: ignore[type-var]  # a generator
            for event in steps:
                name = type(event).__name__
                yield {"event": name}
                if name == leave_at:
                    break
            left_at = time.monotonic()
        if leave_at:
            yield {"event": "left", "seconds": time.monotonic() - left_at}
    except Exception as problem:
        yield {"event": "problem", "kind": kind_of(problem), "sentence": explain(problem)}


def say(**what: object) -> None:
    # In one piece, on a line of its own: other threads print too.
    sys.stdout.write(f"\nSAID {json.dumps(what)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()

"""Answers before Gradio's queue what is stored already: nobody waits behind other people's portraits for it.

Gradio asks functions that are wrapped in `gr.cache` before it queues their event, and queues it after a
`CacheMissError`. Handlers join in here, with the results store in place of Gradio's cache in memory. Those
who have to wait are counted here too: Gradio itself would refuse everyone when its queue is full.
Source: gradio 6.31, queueing.py, `Queue.push`, and caching.py.
"""

from __future__ import annotations

import functools
import inspect
import operator
from collections.abc import Callable, Iterator
from typing import Any, ParamSpec, TypeVar, cast

from gradio.caching import CacheMissError, _probe_mode_active
from gradio.context import LocalContext
from gradio.queueing import Event, Queue
from starlette.exceptions import HTTPException

from studio.messages import NOT_MADE
from studio.stored_only import NotStored, stored_only

P = ParamSpec("P")
R = TypeVar("R")


def queue_size(most_waiting: int) -> int:
    """Gradio's own limit, where `most_waiting` may wait for portraits: as many again for everything else."""
    return 2 * most_waiting


def answered_early(handler: Callable[P, R]) -> Callable[P, R]:
    """Have Gradio ask a handler, which makes portraits, before the queue, and refuse where too many wait.

    Of a generator all updates, by component, are told as one.
    """
    early = _generator(handler) if inspect.isgeneratorfunction(handler) else _function(handler)
    early.cache = True  # type: ignore[union-attr]  # what Gradio looks for
    return cast(Callable[P, R], early)


def _function(handler: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(handler)
    def early(*args: Any, **kwargs: Any) -> Any:
        if not _probe_mode_active.get():
            return handler(*args, **kwargs)
        return _stored_answer(lambda: handler(*args, **kwargs))

    return early


def _generator(handler: Callable[..., Iterator[Any]]) -> Callable[..., Iterator[Any]]:
    @functools.wraps(handler)
    def early(*args: Any, **kwargs: Any) -> Iterator[Any]:
        if not _probe_mode_active.get():
            yield from handler(*args, **kwargs)
        else:
            yield functools.reduce(operator.or_, _stored_answer(lambda: list(handler(*args, **kwargs))))

    return early


def _stored_answer(ask: Callable[[], R]) -> R:
    queue, event = _asking()
    try:
        with stored_only():
            answer = ask()
    except (NotStored, Exception):  # a problem is told in its turn: of this one Gradio would tell its own
        _check_room(queue, event)
        raise CacheMissError from None
    queue.event_ids_to_events.pop(event._id, None)  # Gradio does so only when an event leaves the queue
    return answer


def _asking() -> tuple[Queue, Event]:
    blocks, event_id = LocalContext.blocks.get(), LocalContext.event_id.get()
    assert blocks is not None and event_id is not None, "Gradio says for which event it asks"
    return blocks._queue, blocks._queue.event_ids_to_events[event_id]


def _check_room(queue: Queue, event: Event) -> None:
    """Refuse as Gradio does when too many wait for portraits."""
    waiting = len(queue.event_queue_per_concurrency_id[event.concurrency_id].queue)
    if queue.max_size is None or queue_size(waiting) < queue.max_size:
        return
    queue.event_ids_to_events.pop(event._id, None)
    queue.pending_event_ids_session[event.session_hash].discard(event._id)
    raise HTTPException(503, detail=NOT_MADE)

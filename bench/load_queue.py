"""Visitors who have portraits made, one comparison after the other: whether each is told place and wait."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

import httpx

from bench.load_page import ActionFailed, Page, Plan

PORTRAITS = "portraits"
LATEST_PLACE_S = 1.0  # so soon after the click everybody who waits has to be told


@dataclass
class Made:
    """Seconds from the click to the pictures, and of those who waited when they were told their place."""

    seconds: list[float] = field(default_factory=list)
    told_after_s: list[float] = field(default_factory=list)
    with_a_time: int = 0  # were told how long, too
    untold: int = 0
    problems: list[str] = field(default_factory=list)


@dataclass
class _Told:
    """What the stream has said of one comparison."""

    place_after_s: float | None = None
    a_time: bool = False
    portraits: bool = False


async def keep_asking(client: httpx.AsyncClient, plan: Plan, seed: int, end: float, made: Made) -> None:
    """One comparison after the other until then, each of a seed that is drawn: none is there already."""
    page, chance = Page(plan, client), Random(seed)
    gender = plan.id_of("gender")
    while time.monotonic() < end:
        page.write(gender, chance.choice(("female", "male")))
        began = time.perf_counter()
        try:
            told = await _generate(page, began)
        except (ActionFailed, httpx.HTTPError) as problem:
            made.problems.append(f"{type(problem).__name__}: {problem}")
            continue
        made.seconds.append(time.perf_counter() - began)
        if told.place_after_s is None:
            made.untold += 1
        else:
            made.told_after_s.append(told.place_after_s)
            made.with_a_time += told.a_time


async def _generate(page: Page, began: float) -> _Told:
    """What a click on *Generate* sends: that it waits, the question, and the stream of its answers."""
    wait = page.plan.listener("generate")
    await page.ask(wait)
    making = next(each for each in page.plan.after(wait) if each["queue"])
    joined = await page.client.post("/gradio_api/queue/join", json=page.body(making))
    if joined.status_code != httpx.codes.OK:
        raise ActionFailed(f"queue/join: {joined.status_code} {joined.text[:200]}")
    portraits = making["outputs"].index(page.plan.id_of(PORTRAITS))
    told, event = _Told(), joined.json()["event_id"]
    async for message in _stream(page):
        if message.get("event_id") != event:
            continue
        if message["msg"] == "estimation":
            told.place_after_s = told.place_after_s or time.perf_counter() - began
            told.a_time = told.a_time or message.get("rank_eta") is not None
        elif message["msg"] in ("process_generating", "process_completed"):
            told.portraits = told.portraits or "file=" in json.dumps(message["output"]["data"][portraits])
            if message["msg"] == "process_completed":
                break
    if not told.portraits:
        raise ActionFailed("a comparison ended without portraits")
    return told


async def _stream(page: Page) -> AsyncIterator[dict[str, Any]]:
    path, asked = "/gradio_api/queue/data", {"session_hash": page.session}
    async with page.client.stream("GET", path, params=asked) as answer:
        async for line in answer.aiter_lines():
            if line.startswith("data:"):
                yield json.loads(line.removeprefix("data:"))

"""Visitors who click through Explore: each does one action after the other, and thinks in between."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random

import httpx

from bench.load_page import PATIENCE_S, ActionFailed, Page, Plan
from prompt_engine.buckets import BUCKET_NAMES

THINKS_S = (5.0, 15.0)  # between two actions of a visitor, evenly
KEPT_OPEN_S = 3.0  # the server keeps an idle connection for five
LARGEST_SEED = 2**31 - 1
FACE = re.compile(r'data-face="([^"]+)" data-key="([^"]+)" data-version="([^"]*)"')
LINKS = (
    "?gender=female&with=Black_Hair,Smiling",
    "?gender=female&with=Eyeglasses,Young",
    "?gender=male&with=Bald,No_Beard",
    "?gender=male&with=Goatee,Wearing_Hat",
    "?gender=female&with=Wavy_Hair,Blond_Hair,Smiling&seed=17",
)
# An action, and how often of a hundred; what each asks is what the page asks (see `Visitor`).
ACTIONS = {
    "choose in a bucket": 40,
    "random prompt": 15,
    "other faces": 12,
    "open a face": 12,
    "change the gender": 8,
    "open a link": 8,
    "unfold the settings": 3,
    "open the page anew": 2,
}


@dataclass
class Times:
    """By action and what it waits for, in seconds; and what went wrong."""

    taken: dict[tuple[str, str], list[float]] = field(default_factory=dict)
    problems: list[tuple[str, str]] = field(default_factory=list)
    done: int = 0

    def note(self, action: str, what: str, began: float) -> None:
        """So long after it began, an action has shown `what`."""
        self.taken.setdefault((action, what), []).append(time.perf_counter() - began)

    def forget(self) -> None:
        """What was before does not count, but for what went wrong."""
        self.taken.clear()
        self.done = 0


class Visitor:
    """One browser on Explore: its page, and what it does there."""

    def __init__(self, plan: Plan, client: httpx.AsyncClient, times: Times, seed: int) -> None:
        self.page = Page(plan, client)
        self._heart: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._plan, self._client, self._times, self._chance = plan, client, times, Random(seed)

    async def click_until(self, end: float) -> None:
        """Open the page, then act and think until then, a time of `time.monotonic`."""
        await asyncio.sleep(self._chance.uniform(0, THINKS_S[1]))  # not all at once
        try:
            await self.act("open the page anew")
            while time.monotonic() < end:
                await asyncio.sleep(self._chance.uniform(*THINKS_S))
                await self.act(self._chance.choices(list(ACTIONS), list(ACTIONS.values()))[0])
        finally:
            self._heart.cancel()

    async def act(self, action: str) -> None:
        """Do one action, and note how long it took or what went wrong."""
        do = {
            "choose in a bucket": self._choose,
            "random prompt": lambda: self._set_seed("random", self._chance.randint(1, LARGEST_SEED)),
            "other faces": self._other_faces,
            "open a face": self._open_face,
            "change the gender": self._change_gender,
            "open a link": lambda: self._open(self._chance.choice(LINKS), 1),
            "unfold the settings": self._unfold,
            "open the page anew": self._open_page,
        }[action]
        try:
            began = time.perf_counter()
            await do()
            await self._followed(action, began)
        except ActionFailed as problem:
            self._times.problems.append((action, str(problem)))
        self._times.done += 1

    async def _followed(self, action: str, began: float) -> None:
        """What every change of the view is followed by: the prompt and the counts, then its faces."""
        if action in ("open a face", "unfold the settings"):
            self._times.note(action, "shown", began)
            return
        await self.page.ask(self._plan.listener("describe"))
        self._times.note(action, "prompt and counts", began)
        faces = self._plan.listener("show-faces")
        await self.page.ask(faces)
        self._times.note(action, "faces", began)
        await self.page.ask(self._plan.after(faces)[0])

    async def _choose(self) -> None:
        """Another option of a bucket that is shown; of one that takes several, one more or none."""
        shown = [each for each in BUCKET_NAMES if self.page.read(self._bucket(each), "visible") is not False]
        bucket = self._bucket(self._chance.choice(shown))
        options = [value for _, value in self.page.read(bucket, "choices")]
        held = self.page.read(bucket)
        if isinstance(held, list):
            more = self._chance.choice(options)
            self.page.write(bucket, [] if held else [more])
        else:
            self.page.write(bucket, self._chance.choice([each for each in options if each != held]))

    def _bucket(self, name: str) -> int:
        return self._plan.id_of(f"bucket-{name}")

    async def _change_gender(self) -> None:
        gender = self._plan.id_of("gender")
        self.page.write(gender, "male" if self.page.read(gender) == "female" else "female")

    async def _other_faces(self) -> None:
        await self._set_seed("other-faces", self.page.read(self._plan.seed_of("other-faces")) + 1)

    async def _set_seed(self, button: str, seed: int) -> None:
        self.page.write(self._plan.seed_of(button), seed)

    async def _open_face(self) -> None:
        shown = FACE.findall(self.page.read(self._plan.id_of("gallery")) or "")
        if shown:
            await self.page.ask(self._plan.listener("open-face"), self._chance.choice(shown))

    async def _unfold(self) -> None:
        await self.page.ask(self._plan.listener("settings", "expand"))

    async def _open_page(self) -> None:
        """The document, then its view; the scripts and the style beside it come from the browser's cache."""
        self._heart.cancel()
        self.page = Page(self._plan, self._client)
        self._heart = asyncio.create_task(self._beat(self.page.session))
        try:
            answer = await self._client.get("/")
        except httpx.HTTPError as problem:
            raise ActionFailed(f"/: {type(problem).__name__} {problem}") from None
        if answer.status_code != httpx.codes.OK:
            raise ActionFailed(f"/: {answer.status_code}")
        await self._open("", -1)

    async def _open(self, address: str, step: int) -> None:
        """A view: in the inputs, and with the portraits that are kept of it."""
        plan, page = self._plan, self.page
        opening = plan.id_of("opening")
        page.write(plan.id_of("address"), address)
        page.write(opening, page.read(opening) + step)
        view = plan.listener("show-view")
        await asyncio.gather(page.ask(plan.listener("opening", "change")), page.ask(view))
        await asyncio.gather(*map(page.ask, plan.after(view)))

    async def _beat(self, session: str) -> None:
        """The stream that every page keeps open, by which the app knows who is there."""
        with suppress(httpx.HTTPError):
            async with self._client.stream("GET", f"/gradio_api/heartbeat/{session}", timeout=None) as beats:
                async for _ in beats.aiter_bytes():
                    pass


def open_client(url: str, connections: int) -> httpx.AsyncClient:
    """A client of so many connections at once, kept as browsers keep theirs."""
    # As browsers do, no connection is taken up again that the server is about to close.
    limits = httpx.Limits(
        max_connections=None, max_keepalive_connections=connections, keepalive_expiry=KEPT_OPEN_S
    )
    return httpx.AsyncClient(base_url=url, limits=limits, timeout=PATIENCE_S, trust_env=False)


async def click_through(
    client: httpx.AsyncClient, plan: Plan, visitors: int, end: float, times: Times, look: Callable[[], None]
) -> None:
    """So many visitors until then; `look` is called every second."""
    crowd = [Visitor(plan, client, times, seed).click_until(end) for seed in range(visitors)]
    working = asyncio.gather(*crowd)
    while not working.done():
        await asyncio.wait([working], timeout=1)
        look()
    await working

"""A page as one browser holds it: sends what Gradio's page sends, and takes the answers in as it does."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

PATIENCE_S = 60
KEPT = ("value", "choices", "visible")  # of what an answer changes: what a visitor sees and chooses from

Listener = Mapping[str, Any]


class ActionFailed(RuntimeError):
    """A request of an action was not answered as a page needs it."""


@dataclass(frozen=True)
class Plan:
    """What the page is made of, as its browser is told: components and listeners, from `/config`."""

    components: Mapping[int, Mapping[str, Any]]
    listeners: tuple[Listener, ...]

    @classmethod
    async def fetch(cls, client: httpx.AsyncClient) -> Plan:
        """The plan of the page that is served there.

        Raises: httpx.HTTPError.
        """
        told = (await client.get("/config")).raise_for_status().json()
        components = {each["id"]: each["props"] for each in told["components"]}
        return cls(components, tuple(told["dependencies"]))

    def id_of(self, name: str) -> int:
        """The component of that `elem_id`."""
        return next(each for each, props in self.components.items() if props.get("elem_id") == name)

    def listener(self, name: str, event: str = "click", server: bool = True) -> Listener:
        """The first that listens to a component's event, answered by the server or in the browser."""
        target = [self.id_of(name), event]
        return next(
            each for each in self.listeners if target in each["targets"] and each["backend_fn"] == server
        )

    def after(self, listener: Listener) -> list[Listener]:
        """Those that follow it and ask the server."""
        return [
            each for each in self.listeners if each["trigger_after"] == listener["id"] and each["backend_fn"]
        ]

    def seed_of(self, button: str) -> int:
        """The hidden seed that a click sets in the browser, before anything is asked."""
        return self.listener(button, server=False)["outputs"][0]


@dataclass
class Page:
    """One visitor's page: a session of its own, and what its components hold."""

    plan: Plan
    client: httpx.AsyncClient
    session: str = field(default_factory=lambda: secrets.token_hex(5))
    held: dict[int, dict[str, Any]] = field(default_factory=dict)

    def read(self, component: int, what: str = "value") -> Any:
        """What a component holds: its value, its choices, whether it is shown."""
        changed = self.held.get(component, {})
        return changed[what] if what in changed else self.plan.components[component].get(what)

    def write(self, component: int, value: Any) -> None:
        """Give a component a value, as a visitor does or a script of the page."""
        self.held.setdefault(component, {})["value"] = value

    async def ask(self, listener: Listener, data: Iterable[Any] | None = None) -> list[Any]:
        """Send what a listener sends and take in what it is answered; gives the answer.

        Raises:
            ActionFailed: it is no answer, or there is none.
        """
        try:
            answer = await self.client.post("/gradio_api/run/predict", json=self.body(listener, data))
        except httpx.HTTPError as problem:
            raise ActionFailed(f"{listener['api_name']}: {type(problem).__name__} {problem}") from None
        if answer.status_code != httpx.codes.OK:
            raise ActionFailed(f"{listener['api_name']}: {answer.status_code} {answer.text[:200]}")
        told: list[Any] = answer.json()["data"]
        self.take(listener, told)
        return told

    def body(self, listener: Listener, data: Iterable[Any] | None = None) -> dict[str, Any]:
        """What a listener sends: what its inputs hold, unless a script gives `data`."""
        targets = listener["targets"]
        return {
            "data": [self._sent(each) for each in listener["inputs"]] if data is None else list(data),
            "event_data": None,
            "fn_index": listener["id"],
            "trigger_id": targets[0][0] if targets else None,
            "session_hash": self.session,
        }

    def take(self, listener: Listener, answer: Iterable[Any]) -> None:
        """Take in an answer: a value for every output, or an update of some of what it holds."""
        for component, told in zip(listener["outputs"], answer, strict=True):
            held = self.held.setdefault(component, {})
            if isinstance(told, dict) and told.get("__type__") == "update":
                held |= {name: told[name] for name in KEPT if name in told}
            else:
                held["value"] = told

    def _sent(self, component: int) -> Any:
        # A state stays on the server: of it a page holds no value.
        return self.read(component)

"""Stands before Gradio: refuses what makes no sense, bounds what is sent, and ends nothing in a traceback."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.utils import get_upload_folder
from starlette._utils import get_route_path  # the router's own: what it finds must have been looked at
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from studio.gate.calls import NAMED, check_call, check_message, is_call
from studio.gate.paths import TOOLS, UPLOAD, check_host, check_path, most_bytes
from studio.gate.refusal import MEANINGLESS, Refused, told
from studio.gate.uploads import make_room
from studio.messages import UNEXPECTED

log = logging.getLogger(__name__)

SLOWEST_S = 60  # within which a call must have arrived
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    # Scripts are left out: Gradio makes functions of text. So is who may frame the page: Spaces are framed.
    "Content-Security-Policy": "object-src 'none'; base-uri 'self'; form-action 'self'",
}
# A file may come from a stranger: opened for itself, it is no page of this app.
FILE_HEADERS = {
    **HEADERS,
    "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'",
}


class Gate:
    """ASGI middleware around the whole app."""

    def __init__(
        self, app: ASGIApp, page: Callable[[], gr.Blocks], public: bool, largest_upload: int
    ) -> None:
        self._app, self._page = app, page
        self._public, self._largest_upload = public, largest_upload

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        path = get_route_path(scope)
        answer = _Answer(path, send)
        try:
            await self._app(scope, await self._admitted(scope, receive), answer.send)
        except Refused as refusal:
            await answer.instead(refusal.answer(), scope, receive)
        except MultiPartException:  # Gradio itself tells it of an upload
            await answer.instead(told(413, "This is too large."), scope, receive)
        except (ClientDisconnect, HTTPException):  # who asked is gone; or waits for a call that nobody made
            await answer.end()
        except Exception as problem:
            await answer.instead(_failure(path, problem), scope, receive)
        return None

    async def _admitted(self, scope: Scope, receive: Receive) -> Receive:
        """What hands the body on, once it was looked at.

        Raises: Refused.
        """
        headers, path = Headers(scope=scope), get_route_path(scope)
        check_host(headers, self._public)
        check_path(path, QueryParams(scope["query_string"]), headers)
        if scope["method"] not in ("POST", "PUT", "PATCH"):
            return receive
        most = most_bytes(path, self._largest_upload)
        length = headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit()) or len(length) > 15 or int(length) > most:
            raise Refused(413, f"This is too large: at most {most:,} bytes are taken here.")
        if path.startswith(UPLOAD):
            await run_in_threadpool(make_room, Path(get_upload_folder()))
        counted = _counted(receive, most)
        if not is_call(path) and not path.startswith(TOOLS):
            return counted
        body = await _whole(counted)
        if is_call(path):
            check_call(self._page(), path, body)
        else:
            check_message(body)
        return _again(body, receive)


def _failure(path: str, problem: Exception) -> JSONResponse:
    if path.startswith(UPLOAD) and isinstance(problem, TypeError):  # of a file without a name
        return told(400, "This is no file: choose one.")
    log.error("A request failed", exc_info=problem)
    return told(500, UNEXPECTED)


class _Answer:
    """An answer on its way: with the page's headers, whole whatever happens, and never what was sent.

    FastAPI repeats what it cannot read, up to a megabyte of it.
    """

    def __init__(self, path: str, send: Send) -> None:
        self._send = send
        self._told_as_failure = (found := NAMED.fullmatch(path)) is not None and found["way"] in (
            "run",
            "api",
        )
        self._headers = FILE_HEADERS if path.startswith("/gradio_api/file") else HEADERS
        self._started = self._ended = False
        self._held: Message | None = None
        self._unreadable = False

    async def send(self, message: Message) -> None:
        """Pass it on; a refusal of our own, which Gradio gives as a failure of the server, as what it is."""
        if self._unreadable:
            return await self._say_unreadable(message)
        if message["type"] == "http.response.start":
            if message["status"] == 422:
                self._unreadable = True
                return None
            self._started = True
            MutableHeaders(scope=message).update(self._headers)
            if self._told_as_failure and message["status"] == 500:
                self._held = message
                return None
        elif self._held:
            held, self._held = self._held, None
            await self._send({**held, "status": 400 if _tells(message) else 500})
        self._ended = message["type"] == "http.response.body" and not message.get("more_body", False)
        return await self._send(message)

    async def _say_unreadable(self, message: Message) -> None:
        if not message.get("more_body", False):
            self._unreadable = False
            await told(422, MEANINGLESS)({"type": "http"}, _nothing, self._send)
            self._started = self._ended = True

    async def instead(self, answer: ASGIApp, scope: Scope, receive: Receive) -> None:
        """Answer in place of the app, where it has not begun to."""
        if self._started:
            return await self.end()
        return await answer(scope, receive, self.send)

    async def end(self) -> None:
        """Bring what was begun to its end."""
        if self._started and not self._ended:
            await self.send({"type": "http.response.body", "body": b""})


async def _nothing() -> Message:
    return {"type": "http.disconnect"}


def _tells(message: Message) -> bool:
    try:
        told: Any = json.loads(message.get("body", b""))
    except ValueError:
        return False
    return isinstance(told, dict) and isinstance(told.get("error"), str)


def _counted(receive: Receive, most: int) -> Receive:
    taken = 0

    async def counted() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > most:
            raise MultiPartException(f"Upload exceeded maximum allowed size of {most} bytes.")
        return message

    return counted


async def _whole(receive: Receive) -> bytes:
    parts: list[bytes] = []
    try:
        async with asyncio.timeout(SLOWEST_S):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise ClientDisconnect
                parts.append(message.get("body", b""))
                if not message.get("more_body", False):
                    return b"".join(parts)
    except TimeoutError:
        raise Refused(408, "This took too long to arrive: try again.") from None


def _again(body: bytes, receive: Receive) -> Receive:
    left: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return left.pop() if left else await receive()

    return again

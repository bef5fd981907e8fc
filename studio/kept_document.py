"""Keeps the page's document: Gradio copies and writes half a megabyte anew for each visitor who opens it."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from gradio.route_utils import get_root_url
from starlette._utils import get_route_path
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

KEPT = 8  # addresses under which the same app is asked for, each with a document of its own
OTHERS = {"page", "deep_link"}  # of the query, what asks Gradio for another document


@dataclass(frozen=True)
class _Document:
    """The answer as Gradio gave it."""

    headers: Headers
    body: bytes

    def answer(self) -> Response:
        """Once more the same, not packed: whoever puts it into a language packs it."""
        answer = Response(self.body)
        answer.raw_headers = list(self.headers.raw)
        return answer


class KeptDocument:
    """ASGI middleware: what Gradio has answered once to `GET /` is answered again.

    The document depends on the address by which the app is reached, and on nothing else of the request.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._kept: OrderedDict[str, _Document] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET" or get_route_path(scope) != "/":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        if OTHERS & request.query_params.keys():
            await self._app(scope, receive, send)
            return
        address = get_root_url(request, "/", scope.get("root_path"))
        document = self._kept.get(address) or await self._fetch(address, scope, receive, send)
        if document is not None:
            await document.answer()(scope, receive, send)

    async def _fetch(self, address: str, scope: Scope, receive: Receive, send: Send) -> _Document | None:
        """What Gradio answers, kept; where that is no document, it is passed on and None given."""
        messages: list[Message] = []

        async def take(message: Message) -> None:
            messages.append(message)

        await self._app(scope, receive, take)
        if not messages or messages[0].get("status") != 200:
            for message in messages:
                await send(message)
            return None
        body = b"".join(each.get("body", b"") for each in messages[1:])
        headers = Headers(raw=messages[0]["headers"])
        document = self._kept[address] = _Document(headers, body)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return document

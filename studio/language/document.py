"""The page's document in a visitor's language: made once of the English one, and kept."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from starlette._utils import get_route_path
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from studio.language.answers import say_properties
from studio.language.catalogue import Catalogue, read_catalogue
from studio.language.choice import ENGLISH, asked_language
from studio.link_preview import with_preview
from studio.wiring import read_script

_CONFIG = "window.gradio_config = "
_SAID = re.compile(r'\bsaid\(\s*"((?:[^"\\]|\\.)*)"')
_KEPT = 16  # documents: some addresses of the app, each in some languages
_IN_SCRIPT = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "'": "\\u0027"}


class InLanguage:
    """ASGI middleware around whatever answers `GET /` in English."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or get_route_path(scope) != "/":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        language = asked_language(request.query_params, request.headers, request.cookies)
        if scope["method"] != "GET":
            await self._app(scope, receive, _varying(send))
            return
        english = await self._english(scope, receive)
        # A tenth of a second the first time, in which others are not held up.
        answer = await run_in_threadpool(_answer, language, request, *english)
        await answer(scope, receive, _varying(send))

    async def _english(self, scope: Scope, receive: Receive) -> tuple[int, Headers, bytes]:
        """What is answered."""
        messages: list[Message] = []

        async def take(message: Message) -> None:
            messages.append(message)

        await self._app(scope, receive, take)
        body = b"".join(each.get("body", b"") for each in messages[1:])
        return messages[0]["status"], Headers(raw=messages[0]["headers"]), body


def _answer(language: str, request: Request, status: int, headers: Headers, body: bytes) -> Response:
    """What is answered in a language; what is no document stays as it is."""
    kept = {name: value for name, value in headers.items() if name not in ("content-length", "vary")}
    if status != 200 or not headers.get("content-type", "").startswith("text/html"):
        return Response(body, status, kept)
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(packed_in(language, body), status, kept | {"content-encoding": "gzip"})
    return Response(document_in(language, body), status, kept)


def _varying(send: Send) -> Send:
    """A cache must not give one visitor's language to another, nor an address that only one of them named."""

    async def told(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=message["headers"])
            for name in ("Accept-Encoding", "Accept-Language", "Cookie"):
                headers.add_vary_header(name)
            headers["Cache-Control"] = "private, no-cache"
        await send(message)

    return told


@lru_cache(_KEPT)
def packed_in(language: str, document: bytes) -> bytes:
    """As `document_in`, packed."""
    return gzip.compress(document_in(language, document), 6)


@lru_cache(_KEPT)
def document_in(language: str, document: bytes) -> bytes:
    """An English document in a language, and said.js in it before any script of Gradio's."""
    text = document.decode("utf-8").replace('lang="en"', f'lang="{language}"', 1)
    head, found, rest = text.partition(_CONFIG)
    if not found:
        return document
    if language == ENGLISH:
        return f"{with_preview(head, str)}{read_script('said')}{_CONFIG}{rest}".encode()
    catalogue = read_catalogue(language)
    head = with_preview(head, catalogue.say) + read_script("said")
    config, end = json.JSONDecoder().raw_decode(rest)
    words = {key: catalogue.sentence(key) for script in scripts(config) for key in sentences_of(script)}
    said = _in_script(_say_config(config, language, catalogue))
    return f"{head}window.sentences = {_in_script(words)};{_CONFIG}{said}{rest[end:]}".encode()


def scripts(config: dict[str, Any]) -> Iterator[str]:
    """Every script of a page, by its description: of its head, of its listeners, of its pieces of HTML."""
    yield from (str(config.get(name) or "") for name in ("head", "js"))
    yield from (str(each.get("js") or "") for each in config["dependencies"])
    yield from (str(each["props"].get("js_on_load") or "") for each in config["components"])


def sentences_of(script: str) -> list[str]:
    """What a script has said."""
    return [json.loads(f'"{each}"') for each in _SAID.findall(script)]


def _say_config(config: dict[str, Any], language: str, catalogue: Catalogue) -> dict[str, Any]:
    components = [
        {**each, "props": say_properties(each["type"], each["props"], catalogue)}
        for each in config["components"]
    ]
    gradio = {"errors": {"use_via_api_or_mcp": catalogue.say("Use via API or MCP")}}  # which it lacks itself
    said = {"title": catalogue.say(config["title"]), "i18n_translations": {language: gradio}}
    return {**config, **said, "components": components}


def _in_script(value: Any) -> str:
    """JSON that can stand in a script, as Gradio writes its own."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return "".join(_IN_SCRIPT.get(letter, letter) for letter in text)

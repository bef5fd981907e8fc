"""Serves the texts that go with the app as they are: the notices, the code's licence, the README."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from studio.settings import REPOSITORY

TEXTS = ("NOTICE", "LICENSE", "README.md")


def build_texts_route() -> Route:
    """`/texts/NOTICE` and its like; nothing else of the disk."""

    def text(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in TEXTS:
            return PlainTextResponse("There is no such text.", 404)
        return PlainTextResponse((REPOSITORY / name).read_text(encoding="utf-8"))

    return Route("/texts/{name}", text)

"""Serves `/health`."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from studio.health.report import Queue, build_report
from studio.services import Services

PATH = "/health"


def build_health_route(services: Services, queue: Callable[[], Queue]) -> Route:
    """A route that answers 200, or 503 while nothing can be kept because the disk is full."""

    def health(_request: Request) -> JSONResponse:
        report = build_report(services, queue())
        status = 503 if report["status"] == "disk full" else 200
        return JSONResponse(report, status, {"Cache-Control": "no-store"})

    return Route(PATH, health)

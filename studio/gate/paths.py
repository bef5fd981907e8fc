"""Which addresses are closed, and how much may be sent to the others."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping

from starlette.datastructures import Headers, QueryParams

from studio.gate.refusal import Refused

LARGEST_CALL = 1_000_000  # bytes; a history of a hundred entries takes 60,000
LARGEST_MESSAGE = 24_000_000  # of the tools: a picture stands in it as text
OVERHEAD = 100_000  # of an upload: what says its name and its end

# What Gradio serves and this page has no use for: some write to the disk, some fetch, some never end.
CLOSED = (
    *("/login", "/logout", "/monitoring", "/openapi.json", "/pwa_icon"),
    *("/gradio_api/component_server", "/gradio_api/custom_component", "/gradio_api/deep_link"),
    *("/gradio_api/dev/", "/gradio_api/process_recording", "/gradio_api/profiling", "/gradio_api/proxy="),
    *("/gradio_api/run-history", "/gradio_api/runs", "/gradio_api/stream/", "/gradio_api/undo-vibe-edit"),
    *("/gradio_api/vibe-", "/gradio_api/mcp/sse", "/gradio_api/mcp/messages"),
    *("/gradio_api/file=http:", "/gradio_api/file=https:"),
)
UPLOAD, TOOLS = "/gradio_api/upload", "/gradio_api/mcp"
_HEARTBEAT = "/gradio_api/heartbeat/"
_SESSION = re.compile(r"[\w.-]{1,100}", re.ASCII)
_RANGE = re.compile(r"bytes=[0-9]{0,15}-[0-9]{0,15}")
_HOST = re.compile(r"(?P<name>\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(:[0-9]{1,5})?")


def check_path(path: str, query: QueryParams, headers: Headers) -> None:
    """Refuse an address that is closed, or that names no session of a browser.

    Raises: Refused.
    """
    if path.lower().startswith(CLOSED):
        raise Refused(404, "There is nothing at this address.")
    if any(query.getlist("page")):  # Gradio would look for it among its others
        raise Refused(404, "This app has one page only.")
    named = [path.removeprefix(_HEARTBEAT)] if path.startswith(_HEARTBEAT) else []
    for session in [*named, *query.getlist("session_hash"), *query.getlist("upload_id")]:
        check_session(session)
    if not _RANGE.fullmatch(headers.get("range", "bytes=0-")):
        raise Refused(416, "Of a file one part can be asked for, such as bytes=0-999.")


def check_session(session: object) -> None:
    """Refuse what no browser would call its session.

    Raises: Refused.
    """
    if not (isinstance(session, str) and _SESSION.fullmatch(session)):
        raise Refused(400, "This names no session: reload the page.")


def check_host(headers: Headers, public: bool) -> None:
    """Refuse a host that is none; where only this machine is served, one that is not called so.

    A page elsewhere could let its own name lead here, and would then be let in by the browser.

    Raises: Refused.
    """
    for header in ("host", "x-forwarded-host"):
        found = [_HOST.fullmatch(host.strip()) for host in headers.get(header, "localhost").split(",")]
        if not all(found):
            raise Refused(400, "This request names no host.")
    name = _name_of(headers)
    if not public and not _is_here(name):
        raise Refused(
            421, f"This page is served to this machine alone, not as {name}: see HOST in the README."
        )


def most_bytes(path: str, largest_upload: int) -> int:
    """How much may be sent to an address, in bytes."""
    if path.startswith(UPLOAD):
        return largest_upload + OVERHEAD
    return LARGEST_MESSAGE if path.startswith(TOOLS) else LARGEST_CALL


def _name_of(headers: Mapping[str, str]) -> str:
    host = _HOST.fullmatch(headers.get("host", "localhost"))
    return host["name"] if host else ""


def _is_here(name: str) -> bool:
    try:
        return ipaddress.ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return name.lower().rstrip(".").removesuffix(".localhost") == "localhost"

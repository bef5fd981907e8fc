"""Pictures that a tool names by their URL: fetched from public places alone, within bounds.

Gradio's own way checks where a URL leads, but takes 100.64.0.0/10 for public (where some clouds keep their
secrets), takes any port, and reads whatever comes into memory.
Source: gradio 6.31, processing_utils.py, `async_ssrf_protected_download`.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import gradio as gr
import httpx
from gradio import processing_utils
from gradio_client.utils import strip_invalid_filename_characters
from safehttpx import AsyncSecureTransport, matches_domain_whitelist

PORTS = (80, 443)
MOST_REDIRECTS = 3
WITHIN_S = 10


def fetch_within_bounds(largest: int) -> None:
    """Have Gradio fetch files so, of at most so many bytes."""

    async def fetch(url: str, cache_dir: str) -> str:
        folder = Path(cache_dir) / processing_utils.hash_url(url)
        name = strip_invalid_filename_characters(Path(urlsplit(url).path).name) or "file"
        try:
            async with asyncio.timeout(WITHIN_S):
                content = await fetch_public(url, largest)
        except (TimeoutError, httpx.HTTPError, httpx.InvalidURL) as problem:
            raise _refused(url, f"{type(problem).__name__}") from None
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
        return str((folder / name).absolute())

    processing_utils.async_ssrf_protected_download = fetch


async def fetch_public(url: str, largest: int) -> bytes:
    """What lies at a URL, over at most three redirects, each looked at anew.

    Raises:
        gr.Error: it is not public, too large, or not there.
    """
    for _ in range(MOST_REDIRECTS + 1):
        host, address = await _public_address(url)
        transport = AsyncSecureTransport(address) if address else None
        async with (
            httpx.AsyncClient(transport=transport, timeout=WITHIN_S, trust_env=False) as client,
            client.stream("GET", url, headers={"Accept-Encoding": "identity"}) as answer,
        ):
            if answer.has_redirect_location:
                url = urljoin(url, answer.headers["location"])
                continue
            if answer.status_code != 200:
                raise _refused(host, f"it answers {answer.status_code}")
            return await _body(answer, host, largest)
    raise _refused(url, "it leads from one place to another without end")


async def _body(answer: httpx.Response, host: str, largest: int) -> bytes:
    content = bytearray()
    async for piece in answer.aiter_raw():
        content += piece
        if len(content) > largest:
            raise _refused(host, f"it is larger than {largest:,} bytes")
    return bytes(content)


async def _public_address(url: str) -> tuple[str, str | None]:
    """The host of a URL and one address of it; none for the Hub, which is reached otherwise from Spaces."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or {"http": 80, "https": 443}.get(parts.scheme)
        host.encode("idna")
    except (ValueError, UnicodeError):
        raise _refused(url, "it is no URL") from None
    if parts.scheme not in ("http", "https") or port not in PORTS or parts.username is not None or not host:
        raise _refused(host or url, "only http and https, at their usual ports, can be fetched")
    if parts.scheme == "https" and matches_domain_whitelist(host, processing_utils.PUBLIC_HOSTNAME_WHITELIST):
        return host, None
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise _refused(host, "nobody knows where it is") from None
    addresses = [str(each[4][0]) for each in found]
    if not addresses or not all(map(is_public, addresses)):
        raise _refused(host, "it is no public place")
    return host, addresses[0]


def is_public(address: str) -> bool:
    """Whether everybody can reach an address; one that wraps another is judged by that one."""
    try:
        place = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(place, ipaddress.IPv6Address):
        wrapped = place.ipv4_mapped or place.sixtofour or (place.teredo or (None, None))[1]
        if wrapped is not None:
            return is_public(str(wrapped))
        if place in _NAT64:
            return is_public(str(ipaddress.IPv4Address(int(place) & 0xFFFFFFFF)))
    return place.is_global and not place.is_multicast and not place.is_reserved


_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def _refused(place: str, why: str) -> gr.Error:
    sentence = f"{place[:200]} failed validation: {why}. Give the URL of a picture that everybody can fetch."
    return gr.Error(sentence, print_exception=False)

"""Addresses, files, uploads, tools: what is closed stays closed, and no private place is asked."""

from __future__ import annotations

import asyncio
import base64
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import gradio as gr
import httpx
import pytest
from gradio import processing_utils
from gradio.routes import App
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from generation.locations import REPOSITORY
from studio.gate.fetching import fetch_within_bounds, is_public
from studio.gate.paths import CLOSED, check_host
from studio.gate.uploads import make_room
from tests.hostile.asking import Asking
from tests.hostile.values import SCRIPT, TEXTS, THINGS, TRAVERSALS, examples

FILES = ("app.py", ".env", "README.md", "studio/app.py", "assets/demo-model/model_index.json", ".git/config")
PRIVATE = (
    *("127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f.1", "0177.0.0.1", "127.1", "0.0.0.0", "[::]"),
    *("169.254.169.254", "100.100.100.200", "10.0.0.1", "192.168.0.1", "172.16.0.1", "[fd00:ec2::254]"),
    *("[::ffff:127.0.0.1]", "[::ffff:a9fe:a9fe]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "localhost."),
)
# What Gradio 6.31 serves beside what is closed: one that a later Gradio adds is looked at first.
OPEN = {
    *("", "/config", "/favicon.ico", "/manifest.json", "/robots.txt", "/theme.css"),
    *("/assets/{path}", "/static/{path}", "/svelte/{path}"),
    *(f"/gradio_api/{way}/{{api_name}}" for way in ("api", "run", "call", "call/v2")),
    *(f"/gradio_api/{way}/{{api_name}}/{{event_id}}" for way in ("call", "call/v2")),
    *(f"/gradio_api/queue/{name}" for name in ("data", "join", "status")),
    *("/gradio_api/file/{path}", "/gradio_api/file={path_or_url}", "/gradio_api/heartbeat/{session_hash}"),
    *("/gradio_api/upload", "/gradio_api/upload_progress", "/gradio_api/cancel", "/gradio_api/reset"),
    *("/gradio_api/info", "/gradio_api/openapi.json", "/gradio_api/app_id", "/gradio_api/startup-events"),
    *("/gradio_api/login_check", "/gradio_api/token", "/gradio_api/user", "/gradio_api/theme.css"),
}
TOOL_HEADERS = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}


@pytest.mark.parametrize("path", CLOSED)
def test_what_the_page_has_no_use_for_is_closed(asking: Asking, path: str) -> None:
    for way in ("GET", "POST", "HEAD"):
        assert asking.send(way, f"{path}x").status_code in (404, 405)


def test_whatever_gradio_serves_is_closed_or_known() -> None:
    with gr.Blocks() as page:
        gr.Textbox()
    served = {path.rstrip("/") for path in App.create_app(page).openapi()["paths"]}
    assert {path for path in served if not path.startswith(CLOSED)} == OPEN


def test_gradio_fetches_within_our_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    its_own = processing_utils.async_ssrf_protected_download
    monkeypatch.setattr(processing_utils, "async_ssrf_protected_download", its_own)  # set back afterwards
    fetch_within_bounds(1)
    asked = gr.Image().async_move_resource_to_block_cache("http://100.64.0.1/face.png")
    # In a thread: a browser that other tests have open keeps a loop in this one.
    with ThreadPoolExecutor(1) as beside, pytest.raises(gr.Error, match="it is no public place"):
        beside.submit(asyncio.run, asked).result()  # Gradio itself would ask there


def test_a_host_may_be_called_as_containers_are() -> None:
    check_host(
        Headers({"Host": "my_app:7860", "X-Forwarded-Host": "ada-faces.hf.space, my_proxy"}), public=True
    )


def test_no_file_but_those_of_the_page_is_given(asking: Asking) -> None:
    wanted = [*TRAVERSALS, *FILES, *(str(REPOSITORY / name) for name in FILES), "/proc/self/environ", "/"]
    for name in wanted:
        for path in (
            name,
            quote(name, safe=""),
            quote(quote(name, safe=""), safe=""),
            f"./{name}",
            f"{name}%00",
        ):
            for way in ("gradio_api/file=", "gradio_api/file/", "static/", "assets/", "svelte/", ""):
                if way or not name.startswith(("/", "\\")):
                    answer = asking.send("GET", f"/{way}{path}")
                    assert answer.status_code in (400, 403, 404) or answer.url.path == "/", answer.url


@examples(60)
@given(st.text(max_size=40), st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"]))
def test_any_address_is_answered(asking: Asking, path: str, way: str) -> None:
    asking.send(way, f"/{quote(path, errors='replace')}")
    asking.send(way, f"/gradio_api/{quote(path, errors='replace')}")
    asking.send("GET", f"/gradio_api/file={quote(path, errors='replace')}")


@examples(40)
@given(st.sampled_from(TEXTS) | st.text(max_size=20))
def test_any_query_opens_the_page(asking: Asking, text: str) -> None:
    value = quote(text[:3_000], errors="replace")
    for name in (
        "v",
        "a",
        "q",
        "l",
        "tab",
        "seed",
        "with",
        "__theme",
        "view",
        "deep_link",
        "page",
        value[:50],
    ):
        assert asking.send("GET", f"/?{name}={value}").status_code in (200, 400, 404)


@pytest.mark.parametrize("way", ["POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE"])
def test_health_has_nothing_to_change(asking: Asking, way: str) -> None:
    assert asking.send(way, "/health").status_code in (200, 405)


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example:80"},
        {"Host": "a b"},
        {"X-Forwarded-Host": "[::1"},
        {"X-Forwarded-Host": "a/../b"},
        {"Range": "bytes=1-2-3"},
        {"Range": "bytes=99999999999999999999999-"},
        {"Cookie": "a=" + "b" * 4_000},
        {"Accept-Encoding": "\x80, br;q=x"},
    ],
)
def test_strange_headers_are_answered(asking: Asking, headers: dict[str, str]) -> None:
    raw = {name: value.encode("latin-1") for name, value in headers.items()}
    for path in ("/", "/config", "/health", "/gradio_api/mcp/schema", "/static/img/logo.svg"):
        answer = asking.send("GET", path, headers=raw)
        if "Host" in headers:
            assert answer.status_code in (400, 421)


def test_answers_carry_what_keeps_a_browser_safe(asking: Asking) -> None:
    page = asking.send("GET", "/")
    assert page.headers["x-content-type-options"] == "nosniff"
    assert "object-src 'none'" in page.headers["content-security-policy"]
    stranger = asking.send("GET", "/config", headers={"Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in stranger.headers


NAMES = (
    *TRAVERSALS,
    "CON",
    "nul.png",
    "a\x00b.png",
    "é" * 200,
    "x" * 500 + ".png",
    "-rf",
    ".",
    "..",
    "",
    " .png",
)


@pytest.mark.parametrize("name", NAMES)
def test_an_upload_lies_where_uploads_lie(asking: Asking, name: str, tmp_path: Path) -> None:
    content = SCRIPT.encode()
    answer = asking.client.post("/gradio_api/upload", files={"files": (name, content, "text/html")})
    assert answer.status_code in (200, 400)
    for place in answer.json() if answer.status_code == 200 else []:
        assert Path(place).parent.parent.name == "gradio" and Path(place).resolve() == Path(place)
        given_back = asking.client.get(f"/gradio_api/file={quote(place)}")
        assert "sandbox" in given_back.headers["content-security-policy"]
        assert "text/html" not in given_back.headers["content-type"]


def test_uploads_have_an_end(asking: Asking) -> None:
    for files in ([("files", ("a.png", bytes(17_000_000)))], [("files", ("a", bytes(1_000_000)))] * 18):
        assert asking.client.post("/gradio_api/upload", files=files).status_code == 413
    assert asking.client.post("/gradio_api/upload", data={"files": "x" * 18_000_000}).status_code == 413
    endless = (bytes(1_000_000) for _ in range(40))
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    try:
        answer = asking.client.post("/gradio_api/upload", content=endless, headers=headers)
        assert answer.status_code in (400, 413)
    except httpx.TransportError:
        pass  # it hung up, which is an answer too
    for content in (b"", b"--x", b"--x\r\nContent-Disposition: form-data\r\n\r\na\r\n--x--"):
        assert asking.send("POST", "/gradio_api/upload", content, headers=headers).status_code in (
            200,
            400,
            413,
        )


def test_what_was_uploaded_long_ago_makes_room(tmp_path: Path) -> None:
    import os

    for number in range(5):
        (tmp_path / f"{number}").mkdir()
        (tmp_path / f"{number}" / "a.png").write_bytes(bytes(100))
        os.utime(tmp_path / f"{number}", (number, number))
    (tmp_path / "broken-off").write_bytes(bytes(1_000))
    os.utime(tmp_path / "broken-off", (9, 9))
    make_room(tmp_path, 1_250)
    assert {each.name for each in tmp_path.iterdir()} == {"broken-off", "4", "3"}
    make_room(tmp_path / "nowhere", 1)


@pytest.mark.parametrize("host", PRIVATE)
def test_nothing_is_fetched_from_a_private_place(asking: Asking, host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)
        port = listener.getsockname()[1]
        for url in (
            f"http://{host}:{port}/a.png",
            f"http://{host}/a.png",
            f"https://user@{host}:{port}/a.png",
        ):
            for file in ({"path": url}, {"path": "a.png", "url": url}):
                data = {"data": [{**file, "meta": {"_type": "gradio.FileData"}}, "demo"]}
                asking.send("POST", "/gradio_api/run/recipe_from_png", data)
            assert '"isError":true' in tool(asking, url).text.replace(" ", "")
            assert asking.send("GET", f"/gradio_api/file={url}").status_code == 404
        with pytest.raises(TimeoutError):
            listener.accept()


def tool(asking: Asking, png: str) -> httpx.Response:
    called = {"name": "recipe_from_png", "arguments": {"png": png}}
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": called}
    return asking.send("POST", "/gradio_api/mcp/", message, headers=TOOL_HEADERS)


def test_which_places_are_public() -> None:
    assert all(map(is_public, ("8.8.8.8", "2606:4700:4700::1111", "64:ff9b::808:808")))
    closed = (
        "100.64.0.1",
        "192.0.2.1",
        "198.18.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "fe80::1",
        "x",
        "",
    )
    assert not any(map(is_public, closed))


@pytest.mark.parametrize("message", [*THINGS[:10], b"", b"{", b"[" * 50_000, {"jsonrpc": "2.0"}, "x" * 1_000])
def test_a_message_to_the_tools_that_is_none_is_answered(asking: Asking, message: object) -> None:
    asking.send("POST", "/gradio_api/mcp/", message, headers=TOOL_HEADERS)
    for method in ("tools/call", "initialize", "resources/read", "prompts/get", "nothing", "tools/list"):
        params = {"name": "build_prompt", "arguments": message} if not isinstance(message, bytes) else {}
        asked = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        asking.send("POST", "/gradio_api/mcp/", asked, headers=TOOL_HEADERS)


@pytest.mark.parametrize(
    "png", ["data:image/png;base64,AAAA", "data:,", "data:image/png;base64,!!!", "file:///etc/passwd"]
)
def test_a_picture_for_the_tools_that_is_none_is_told(asking: Asking, png: str) -> None:
    assert '"isError":true' in tool(asking, png).text.replace(" ", "")


def test_a_picture_for_the_tools_has_an_end(asking: Asking) -> None:
    png = f"data:image/png;base64,{base64.b64encode(bytes(20_000_000)).decode()}"
    assert tool(asking, png).status_code == 413

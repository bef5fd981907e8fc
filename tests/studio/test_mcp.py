"""The endpoints as tools, called over HTTP by a real client of the Model Context Protocol."""

from __future__ import annotations

import asyncio
import base64
import json
import re
import tempfile
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from gradio_client import Client
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolResult, Tool

from generation.example import EXAMPLE_FOLDER
from generation.links import write_link
from generation.png.metadata import read_recipe
from studio.api.own_pictures import own_picture
from tests.studio.test_api import ENDPOINTS

CHOICE = {"gender": "female", "attributes": ["Smiling"]}
EXAMPLE = EXAMPLE_FOLDER / "vanilla.png"
PNG = f"data:image/png;base64,{base64.b64encode(EXAMPLE.read_bytes()).decode()}"
# What each tool is asked, and something that its answer holds.
CALLS: dict[str, tuple[dict[str, Any], Callable[[Any], bool]]] = {
    "build_prompt": (CHOICE, lambda answer: answer["prompt"] == "a woman with a smile"),
    "random_prompt": ({"count": 2, "seed": 7}, lambda answer: len(answer) == 2 and answer[0]["gender"]),
    "count_matches": (CHOICE, lambda answer: answer["images"] > 0 and answer["exact"] is True),
    "matching_faces": ({**CHOICE, "count": 3, "seed": 7}, lambda answer: len(answer["faces"]) == 3),
    "compare": ({**CHOICE, "seed": 3, "steps": 4}, lambda answer: answer[2]["seed"] == 3),
    "compare_models": (
        {**CHOICE, "seed": 3, "models": ["demo", "large"]},
        lambda answer: [each["problem"] is None for each in answer] == [True, False],
    ),
    "adapters": ({}, lambda answer: answer[0]["ranks"] == [32] and answer[0]["page"] is None),
    "recipe_from_link": (
        {"link": write_link(read_recipe(EXAMPLE), "https://a.example/")},
        lambda answer: answer["schema"] == 2,
    ),
    "recipe_from_png": ({"png": PNG}, lambda answer: answer["left_alone"] == []),
}


def connected(client: Client, work: Callable[[ClientSession], Coroutine[Any, Any, Any]]) -> Any:
    """What is done in one session."""

    async def run() -> Any:
        address = f"{client.src}gradio_api/mcp/"
        async with (
            streamable_http_client(address) as (read, write, _),
            ClientSession(read, write) as session,
        ):
            await session.initialize()
            return await work(session)

    with ThreadPoolExecutor(1) as elsewhere:  # the browser of other tests has this thread's event loop
        return elsewhere.submit(asyncio.run, run()).result()


def call(client: Client, name: str, **arguments: Any) -> CallToolResult:
    return connected(client, lambda session: session.call_tool(name, arguments))


def answer_of(result: CallToolResult) -> Any:
    """The only text of an answer, as a program reads it."""
    (text,) = [part.text for part in result.content if part.type == "text"]
    assert not result.isError, text
    return json.loads(text)


def test_the_tools_are_the_endpoints_with_every_argument_described(client: Client) -> None:
    tools: list[Tool] = connected(client, lambda session: session.list_tools()).tools
    assert {tool.name for tool in tools} == ENDPOINTS == CALLS.keys()
    for tool in tools:
        assert tool.description and "Returns:" in tool.description
        assert all(each["description"] for each in tool.inputSchema["properties"].values()), tool.name


@pytest.mark.parametrize("name", CALLS)
def test_each_tool_answers_in_json(client: Client, name: str) -> None:
    arguments, holds = CALLS[name]
    answer = answer_of(call(client, name, **arguments))
    assert holds(answer), answer
    assert tempfile.gettempdir() not in re.sub(r"http\S+", "", json.dumps(answer))  # nor where files lie


@pytest.mark.parametrize("progress", [False, True])
@pytest.mark.parametrize(
    ("name", "more"), [("compare", {"steps": 4}), ("compare_models", {"models": ["demo"]})]
)
def test_portraits_come_as_the_pictures_that_carry_their_recipe(
    client: Client, name: str, more: dict[str, Any], progress: bool, tmp_path: Path
) -> None:
    async def told(*_: Any) -> None:
        """Whoever asks for progress is answered on another way."""

    asked = {**CHOICE, "seed": 3, **more}
    way = {"progress_callback": told} if progress else {}
    result = connected(client, lambda session: session.call_tool(name, asked, **way))
    portraits = [part for part in result.content if part.type == "image"]
    assert [part.mimeType for part in portraits] == ["image/png"] * 2
    answer = answer_of(result)
    addresses = answer[:2] if name == "compare" else [answer[0]["vanilla"], answer[0]["fine_tuned"]]
    for number, (part, address) in enumerate(zip(portraits, addresses, strict=True)):
        picture = tmp_path / f"{number}.png"
        picture.write_bytes(base64.b64decode(part.data))
        assert read_recipe(picture).seed == 3
        assert httpx.get(address).content == picture.read_bytes()


def test_the_address_of_a_portrait_of_ours_is_taken_and_no_other_of_this_machine(client: Client) -> None:
    vanilla, _, settings = answer_of(call(client, "compare", **CHOICE, seed=3, steps=4))
    assert answer_of(call(client, "recipe_from_png", png=vanilla))["fields"]["seed"] == settings["seed"] == 3
    place = vanilla.partition("/gradio_api/")[0]
    served = vanilla.partition("file=")[2].rpartition("/")[0]
    for other in (
        f"{place}/gradio_api/file=/etc/passwd",
        f"{place}/gradio_api/file={served}/result.json",
        f"{place}/gradio_api/file={served}/../../../../../../etc/passwd",
        f"{place}/gradio_api/file={served}/%2e%2e/nothing.png",
        f"{place}/gradio_api/info",
        vanilla.replace(place, "http://127.0.0.1:1"),
        vanilla.replace("://", "://user@"),
    ):
        refused = call(client, "recipe_from_png", png=other)
        assert refused.isError and "failed validation" in refused.content[0].text, other


def test_a_link_among_what_is_served_leads_nowhere_else(tmp_path: Path) -> None:
    served, secret, prefix = tmp_path / "served", tmp_path / "secret.png", "http://a/gradio_api/file="
    served.mkdir()
    for path in (secret, served / "mine.png"):
        path.write_bytes(b"x")
    (served / "link.png").symlink_to(secret)
    assert own_picture(f"{prefix}{served}/mine.png?x", prefix, [served]) == (served / "mine.png").resolve()
    for name in ("link.png", "../secret.png", "%2e%2e/secret.png", "none.png", "a\0.png", "x" * 9_000):
        assert own_picture(f"{prefix}{served}/{name}", prefix, [served]) is None, name


def test_what_is_wrong_is_told_in_the_same_words(client: Client) -> None:
    answer = call(client, "build_prompt", gender="female", attributes=["Smilling"])
    assert answer.isError and "did you mean 'Smiling'" in answer.content[0].text
    refused = call(client, "recipe_from_png", png="http://127.0.0.1:1/secret.png")
    assert refused.isError and "127.0.0.1 failed validation" in refused.content[0].text

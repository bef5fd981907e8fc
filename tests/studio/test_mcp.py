"""The endpoints as tools, called over HTTP by a real client of the Model Context Protocol."""

from __future__ import annotations

import ast
import asyncio
import base64
import io
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from gradio_client import Client
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolResult, Tool
from PIL import Image

from generation.example import EXAMPLE_FOLDER
from generation.links import write_link
from generation.png.metadata import read_recipe
from tests.studio.test_api import ENDPOINTS

CHOICE = {"gender": "female", "attributes": ["Smiling"]}
EXAMPLE = EXAMPLE_FOLDER / "vanilla.png"
CALLS: dict[str, tuple[dict[str, Any], str]] = {
    "build_prompt": (CHOICE, "'prompt': 'a woman with a smile'"),
    "random_prompt": ({"count": 2, "seed": 7}, "'gender'"),
    "count_matches": (CHOICE, "'exact': True"),
    "matching_faces": ({**CHOICE, "count": 3, "seed": 7}, "'drawn-"),
    "compare": ({**CHOICE, "seed": 3, "steps": 4}, "a woman with a smile"),
    "compare_models": ({**CHOICE, "seed": 3, "models": ["demo"]}, "'problem': None"),
    "adapters": ({}, "'ranks': [32]"),
    "recipe_from_link": ({"link": write_link(read_recipe(EXAMPLE), "https://a.example/")}, "'schema': 2"),
    "recipe_from_png": (
        {"png": f"data:image/png;base64,{base64.b64encode(EXAMPLE.read_bytes()).decode()}"},
        "'left_alone': []",
    ),
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
    async def told(*_: Any) -> None:
        """Whoever asks for progress is given pictures as pictures."""

    return connected(client, lambda session: session.call_tool(name, arguments, progress_callback=told))


def test_the_tools_are_the_endpoints_with_every_argument_described(client: Client) -> None:
    tools: list[Tool] = connected(client, lambda session: session.list_tools()).tools
    assert {tool.name for tool in tools} == ENDPOINTS == CALLS.keys()
    for tool in tools:
        assert tool.description and "Returns:" in tool.description
        assert all(each["description"] for each in tool.inputSchema["properties"].values()), tool.name


@pytest.mark.parametrize("name", CALLS)
def test_each_tool_answers(client: Client, name: str) -> None:
    arguments, said = CALLS[name]
    answer = call(client, name, **arguments)
    text = " ".join(part.text for part in answer.content if part.type == "text")
    assert not answer.isError and said in text


def test_portraits_come_as_pictures(client: Client) -> None:
    pictures = [
        Image.open(io.BytesIO(base64.b64decode(part.data)))
        for part in call(client, "compare", **CHOICE, seed=3, steps=4).content
        if part.type == "image"
    ]
    assert [picture.size for picture in pictures] == [(96, 96), (96, 96)]


def test_an_answer_can_be_read_by_a_program(client: Client) -> None:
    (part,) = call(client, "count_matches", **CHOICE).content
    assert ast.literal_eval(part.text)["images"] > 0


def test_what_is_wrong_is_told_in_the_same_words(client: Client) -> None:
    answer = call(client, "build_prompt", gender="female", attributes=["Smilling"])
    assert answer.isError and "did you mean 'Smiling'" in answer.content[0].text
    refused = call(client, "recipe_from_png", png="http://127.0.0.1:1/secret.png")
    assert refused.isError and "127.0.0.1 failed validation" in refused.content[0].text

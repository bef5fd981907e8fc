"""Every function that the server runs, called with what is no value: it says so, calmly and at once."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.hostile.asking import Asking
from tests.hostile.values import THINGS, examples, hostile

ENDPOINTS = (
    *("build_prompt", "random_prompt", "count_matches", "matching_faces", "compare", "compare_models"),
    *("adapters", "recipe_from_link", "recipe_from_png"),
)
sessions = (f"hostile-{number}" for number in count())


@examples(150)
@given(data=st.data())
def test_whatever_an_input_holds_the_page_answers(asking: Asking, data: st.DataObject) -> None:
    handler = data.draw(st.sampled_from(asking.handlers))
    values = [asking.values.get(each) for each in handler["inputs"]]
    for place in data.draw(st.lists(st.integers(0, max(len(values) - 1, 0)), min_size=1, max_size=3)):
        values[place : place + 1] = [data.draw(hostile)]
    asking.call(handler, values, next(sessions))


@pytest.mark.parametrize("name", ENDPOINTS)
@examples(12)
@given(data=st.data())
def test_whatever_an_endpoint_is_given_it_answers(asking: Asking, name: str, data: st.DataObject) -> None:
    parameters = asking.client.get("/gradio_api/info").json()["named_endpoints"][f"/{name}"]["parameters"]
    known = [each["parameter_name"] for each in parameters]
    given_names = st.one_of(st.sampled_from(known), st.text(max_size=8))
    arguments = data.draw(st.dictionaries(given_names, hostile, max_size=4))
    asked = asking.send("POST", f"/gradio_api/call/v2/{name}", arguments)
    listed = asking.send("POST", f"/gradio_api/call/{name}", {"data": list(arguments.values())})
    for each in (asked, listed):
        if each.status_code == 200:
            asking.send("GET", f"/gradio_api/call/{name}/{each.json()['event_id']}")


@pytest.mark.parametrize(
    "path", ["run/predict", "run/compare", "call/compare", "call/v2/compare", "queue/join"]
)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"\xff\xfe",
        b"[" * 200_000,
        b'{"data":' + b"[" * 5_000 + b"]" * 5_000 + b"}",
        b'{"data":[1e999]}',
        b'{"data":null}',
        b'{"data":[],"fn_index":99999,"session_hash":"a"}',
        b'{"data":[],"fn_index":-1,"session_hash":"a"}',
        b'{"data":[],"fn_index":true,"session_hash":"a"}',
        b'{"data":[],"fn_index":{},"session_hash":"a"}',
        b'{"data":[],"fn_index":0,"session_hash":"../../x"}',
        b'{"data":[],"fn_index":0,"session_hash":["a"]}',
        b'{"data":[],"fn_index":0,"session_hash":"\\ud800"}',
        b'{"data":[],"fn_index":0,"session_hash":"' + b"a" * 200_000 + b'"}',
        b'{"data":[' + b"0," * 100_000 + b'0],"fn_index":0,"session_hash":"a"}',
        b'{"data":"' + b"a" * 1_100_000 + b'"}',
    ],
    ids=lambda body: body[:40].decode(errors="replace") if isinstance(body, bytes) else body,
)
def test_a_body_that_is_no_call_is_refused(asking: Asking, path: str, body: bytes) -> None:
    assert asking.send("POST", f"/gradio_api/{path}", body).status_code in (400, 413, 422)


def test_a_trigger_that_is_nobodys_is_no_harm(asking: Asking) -> None:
    handler = next(each for each in asking.handlers if each["queue"] is False and not each["inputs"])
    for trigger in THINGS:
        body = {"data": [], "fn_index": handler["id"], "session_hash": "a", "trigger_id": trigger}
        asking.send("POST", "/gradio_api/run/predict", body)
        asking.send("POST", "/gradio_api/run/predict", {**body, "trigger_id": None, "event_data": trigger})
        asking.send("POST", "/gradio_api/run/predict", {**body, "trigger_id": None, "batched": trigger})


def test_what_another_browser_waits_for_cannot_be_guessed_or_stopped(asking: Asking) -> None:
    body = {"data": ["female", ["Smiling"], 3, 4], "session_hash": "theirs"}
    handler = next(each for each in asking.handlers if each["api_name"] == "compare")
    data: list[Any] = [*body["data"], None, 1.0, [], None, None, None, None, None][: len(handler["inputs"])]
    joined = asking.send(
        "POST", "/gradio_api/queue/join", {**body, "data": data, "fn_index": handler["id"]}
    ).json()["event_id"]
    for guess in ("mine", "theirs2", joined[:-1]):
        told = asking.client.get("/gradio_api/queue/data", params={"session_hash": guess}).text
        assert "vanilla.png" not in told and joined not in told
    stop = {"session_hash": "mine", "fn_index": handler["id"], "event_id": "0" * 32}
    asking.send("POST", "/gradio_api/cancel", stop)
    told = asking.client.get("/gradio_api/queue/data", params={"session_hash": "theirs"}).text
    last = [json.loads(line[5:]) for line in told.splitlines() if "process_completed" in line][-1]
    assert last["success"], told[-500:]

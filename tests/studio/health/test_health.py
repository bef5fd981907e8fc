"""What `/health` tells, asked over HTTP of the app that the other tests use."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import httpx
from gradio_client import Client

PROMPT = "a woman with red hair and a hat"


def ask(client: Client) -> dict:
    answer = httpx.get(f"{client.src}health")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    return answer.json()


def test_it_tells_versions_models_adapters_queue_and_disk(client: Client, repository: Path) -> None:
    client.predict(prompt=PROMPT, seed=5, steps=4, api_name="/compare")
    told = ask(client)
    assert told["status"] == "ok"
    project = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert told["versions"]["app"] == project["version"]
    assert {"gradio", "torch", "diffusers", "peft", "prompt_engine"} <= set(told["versions"])
    [demo] = told["adapters"]["demo"]
    assert demo["name"] == "demo" and len(demo["revision"]) == 64
    assert told["queue"]["places"] > 1 and told["queue"]["waiting"] >= 0
    assert told["disk"]["free_mb"] > 0
    assert 0 <= told["since_last_made_s"] <= told["up_s"]


def test_what_is_made_is_counted_apart_from_what_was_there(client: Client) -> None:
    ask_for = {"prompt": PROMPT, "seed": 6, "steps": 4, "api_name": "/compare"}
    before = ask(client)["comparisons"]
    client.predict(**ask_for)
    once = ask(client)["comparisons"]
    client.predict(**ask_for)
    twice = ask(client)["comparisons"]
    assert once["made"] == before.get("made", 0) + 1 == twice["made"]


def test_nothing_of_a_visitor_is_told(client: Client) -> None:
    client.predict(prompt=PROMPT, seed=7, steps=4, api_name="/compare")
    assert "red hair" not in json.dumps(ask(client))


def test_a_token_does_not_get_into_the_log() -> None:
    code = (
        "import logging; from studio.health.logs import start_logging; start_logging('json')\n"
        "try: raise ValueError('hf_abcdefghijklmnopqrst is wrong')\n"
        "except ValueError: logging.getLogger('studio').exception('of hf_abcdefghijklmnopqrst')"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stderr
    line = json.loads(told)
    assert line["event"] == "of hf_***" and "hf_*** is wrong" in line["trace"]
    assert "abcdefgh" not in told

"""The calls that docs/api.md and README.md show, made as they stand there to an app that runs."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from gradio_client import Client

SHOWN = "http://127.0.0.1:7860"


@pytest.fixture(scope="module")
def page(repository: Path, client: Client) -> str:
    """The page, with the address of the app."""
    return (repository / "docs" / "api.md").read_text(encoding="utf-8").replace(SHOWN, client.src.rstrip("/"))


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page, re.MULTILINE | re.DOTALL)


def test_the_calls_in_python_work(page: str, capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, Any] = {}
    for block in blocks(page, "python"):
        exec(block, names)
    assert "a woman with a smile" in capsys.readouterr().out


def test_the_calls_of_a_shell_work(page: str) -> None:
    (script,) = blocks(page, "sh")
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], capture_output=True, text=True, check=True
    )
    event, answer = done.stdout.strip().splitlines()
    assert event == "event: complete"
    assert json.loads(answer.removeprefix("data: "))[0]["prompt"] == "a woman with a smile"


def test_the_program_of_the_readme_works(
    repository: Path, client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (repository / "README.md").read_text(encoding="utf-8")
    (program,) = blocks(text.replace(SHOWN, client.src.rstrip("/")), "python")
    exec(program, {})
    assert re.search(r"vanilla\.png and .*fine-tuned\.png were made with \{", capsys.readouterr().out)


def test_the_tools_are_where_their_clients_are_told(repository: Path, page: str, client: Client) -> None:
    (settings,) = map(json.loads, blocks(page, "json"))
    (server,) = settings["mcpServers"].values()
    assert server["url"] == f"{client.src}gradio_api/mcp/"
    assert f"`{SHOWN}/gradio_api/mcp/`" in (repository / "README.md").read_text(encoding="utf-8")

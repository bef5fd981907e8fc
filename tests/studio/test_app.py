"""How the page is served: on this machine alone, unless it is set up otherwise."""

import re
from pathlib import Path

import gradio as gr
import httpx
import pytest

from bench.app_process import free_port
from prompt_engine.faces.drawn import DrawnFaces
from studio.app import serve
from studio.services import Services
from studio.settings import Settings
from studio.wiring import STATIC


def test_no_public_tunnel_is_opened_whatever_gradios_environment_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tunnels: list[object] = []
    monkeypatch.setenv("GRADIO_SHARE", "True")
    monkeypatch.setattr(gr.networking, "setup_tunnel", lambda *args, **named: tunnels.append(args))
    services = Services(Settings(port=free_port(), results_dir=tmp_path), DrawnFaces(), Path("nowhere"))
    page = serve(services, block=False)
    page.close()
    assert (tunnels, page.share, services.settings.public) == ([], False, False)


def test_behind_a_folder_of_a_proxy_the_same_is_closed_and_the_page_speaks(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GRADIO_ROOT_PATH", "/faces")  # some proxies cut it off, others hand it on
    services = Services(Settings(port=free_port(), results_dir=tmp_path), DrawnFaces(), Path("nowhere"))
    page = serve(services, block=False)
    with httpx.Client(base_url=f"http://127.0.0.1:{services.settings.port}", timeout=60) as client:
        for folder in ("", "/faces"):
            assert client.get(f"{folder}/openapi.json").status_code == 404
            assert client.post(f"{folder}/gradio_api/run/prompt", content="{").status_code == 400
            document = client.get(f"{folder}/", headers={"Accept-Language": "de"})
            assert '<html lang="de"' in " ".join(document.text.split()) and "window.said = " in document.text
    page.close()


@pytest.mark.parametrize("sheet", sorted(STATIC.glob("*.css")), ids=lambda path: path.name)
def test_no_style_is_cut_apart_at_a_comma(sheet: Path) -> None:
    # Gradio takes every comma of a selector for its end: `#a:not(:has(p, b))` becomes two that mean nothing.
    rules = re.sub(r"/\*.*?\*/|\{[^{}]*\}", ";", sheet.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert [rule.strip() for rule in rules.split(";") if re.search(r"\([^()]*,", rule)] == []

"""How the page is served: on this machine alone, unless it is set up otherwise."""

from pathlib import Path

import gradio as gr
import pytest

from bench.app_process import free_port
from prompt_engine.faces.drawn import DrawnFaces
from studio.app import serve
from studio.services import Services
from studio.settings import Settings


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

"""Gradio's sessions, kept light, and its document, kept: what a browser is told stays the same."""

from __future__ import annotations

import gzip
from pathlib import Path
from urllib.request import Request, urlopen

import gradio as gr
import pytest
from gradio.state_holder import SessionState

from prompt_engine.faces.drawn import DrawnFaces
from studio.app import build_page
from studio.kept_document import KEPT
from studio.light_sessions import LightSession
from studio.services import Services
from studio.settings import Settings


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> gr.Blocks:
    """The page, not served."""
    folder = tmp_path_factory.mktemp("results")
    return build_page(Services(Settings(results_dir=folder), DrawnFaces(), Path("nowhere")))


def test_a_session_has_all_that_gradios_own_has(page: gr.Blocks) -> None:
    own, light = SessionState(page), LightSession(page)
    assert vars(light).keys() == vars(own).keys()
    assert light.STATE_TTL_WHEN_CLOSED == own.STATE_TTL_WHEN_CLOSED
    assert [each["id"] for each in light.components] == [each["id"] for each in own.components]


def test_what_a_visitor_changed_is_told_where_it_is_asked_for_and_to_nobody_else(page: gr.Blocks) -> None:
    own, light, other = SessionState(page), LightSession(page), LightSession(page)
    gender = next(each for each in page.blocks.values() if getattr(each, "elem_id", None) == "gender")
    shown = gr.Radio(["a", "b"], value="a", elem_id="gender", render=False)
    for session in (own, light):
        session[gender._id] = shown
        session._update_config(gender._id)
        session._update_value_in_config(gender._id, "b")
    told = [{each["id"]: each["props"] for each in session.components} for session in (own, light, other)]
    assert told[1][gender._id]["value"] == told[0][gender._id]["value"] == "b"
    assert told[1][gender._id]["choices"] == told[0][gender._id]["choices"]
    assert told[2][gender._id]["value"] == "female"


def test_the_document_is_gradios_packed_and_names_the_address_it_was_asked_at(app_url: str) -> None:
    plain, packed = _document(app_url, {}), _document(app_url, {"Accept-Encoding": "gzip, br"})
    assert gzip.decompress(packed) == plain and len(packed) < len(plain) / 4
    assert _document(f"{app_url}/?gender=male", {}) == plain
    for number in range(KEPT + 2):
        behind = _document(app_url, {"X-Forwarded-Host": f"host-{number}.example"})
        assert f"host-{number}.example".encode() in behind
    assert _document(app_url, {}) == plain and b"host-" not in plain


def _document(url: str, headers: dict[str, str]) -> bytes:
    with urlopen(Request(url, headers=headers), timeout=60) as answer:
        return answer.read()

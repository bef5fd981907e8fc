"""A face opens large for whoever was shown it, as it was shown, and for nobody else."""

import re
from pathlib import Path

import gradio as gr
import pytest

from prompt_engine.faces.drawn import DrawnFaces
from prompt_engine.query import Query
from studio.face_keys import FaceKeys
from studio.face_strip import SmallFace, render_small_face
from studio.large_face import LargeFace
from studio.services import Services
from studio.settings import Settings


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Services:
    return Services(Settings(results_dir=tmp_path_factory.mktemp("results")), DrawnFaces(), Path("nowhere"))


def on_button(html: str) -> list[str]:
    """What a click on a small face asks for: name, key and version."""
    return [re.findall(rf'data-{each}="([^"]*)"', html)[0] for each in ("face", "key", "version")]


def test_a_face_that_was_shown_opens(services: Services) -> None:
    face = services.faces.sample(Query("female", ("Smiling",)), 1, seed=0)[0]
    asked = on_button(render_small_face(SmallFace.of(face), services.face_keys))
    assert f"<h2>{face.id}</h2>" in LargeFace(services).open(*asked)


def test_a_face_that_was_not_shown_does_not(services: Services) -> None:
    one, other = (face.id for face in services.faces.sample(Query("female"), 2, seed=0))
    elsewhere = FaceKeys().key(one)  # of another run
    for key in ("", "é", "\ud800", services.face_keys.key(other), elsewhere):
        with pytest.raises(gr.Error, match="open the page anew"):
            LargeFace(services).open(one, key, "")


def test_a_face_opens_in_the_version_that_is_shown() -> None:
    face = SmallFace.of(DrawnFaces(size_px=32).sample(Query("female"), 1, seed=0)[0])
    assert on_button(render_small_face(face, FaceKeys(), "in_the_wild"))[2] == "in_the_wild"
    assert on_button(render_small_face(face, FaceKeys()))[2] == ""

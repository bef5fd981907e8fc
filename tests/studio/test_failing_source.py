"""Where faces cannot be fetched, the page says so in their place and keeps the rest; no other faces stay."""

from collections.abc import Iterator
from pathlib import Path

import gradio as gr
import pytest

from prompt_engine.errors import FaceSourceError
from prompt_engine.faces import Face
from prompt_engine.faces.drawn import DrawnFaces
from prompt_engine.faces.folder import FolderFaces
from prompt_engine.near_duplicates import NearDuplicate
from studio.dataset.audit_table import render_audit
from studio.dataset.duplicate_pairs import render_duplicates
from studio.face_keys import FaceKeys
from studio.matches import Matches, build_faces, more_faces
from studio.navigation import Navigation, build_navigation
from studio.services import Services
from studio.settings import Settings
from studio.tabs.dataset_filters import Filters, build_filters
from studio.tabs.dataset_labels import Labels, build_labels
from studio.tabs.dataset_relations import build_relations
from studio.view import View
from tests.browser.celeba_folder import make_celeba_folder

GONE = "The dataset cannot be reached: try again later."


class GoneFaces(DrawnFaces):
    """Faces that can be counted and not fetched."""

    drawn = False

    def sample(self, *args: object, **named: object) -> list:
        raise FaceSourceError(GONE)


class MissingFace(DrawnFaces):
    """Every face but one."""

    def face(self, row: int, *args: object) -> Face:
        if row == 1:
            raise FaceSourceError(GONE)
        return super().face(row)


@pytest.fixture
def services(tmp_path: Path) -> Services:
    return Services(Settings(results_dir=tmp_path), GoneFaces(), Path("nowhere"))


@pytest.fixture
def blocks() -> Iterator[gr.Blocks]:
    with gr.Blocks() as opened:
        yield opened


@pytest.fixture
def navigation(blocks: gr.Blocks) -> Navigation:
    return build_navigation(blocks)


def held(filters: Filters, *inputs: gr.components.Component) -> dict:
    """What the components hold from the start."""
    return {each: each.value for each in (*filters.all, *inputs)}


def test_no_face_of_an_earlier_choice_stays(blocks: gr.Blocks, services: Services) -> None:
    described = [gr.HTML() for _ in range(3)]
    matches = Matches(*described, *build_faces())
    updates = matches.show_faces(View(wanted=("Smiling",)), services)
    assert updates[matches.faces] == gr.update(value="", visible=False)
    assert GONE in updates[matches.no_faces]
    assert more_faces(View(wanted=("Smiling",)), services) == ""


def test_a_section_is_shown_without_its_faces(navigation: Navigation, services: Services) -> None:
    filters = build_filters(services.faces)
    labels = build_labels(services, services.dataset, filters, navigation)
    relations = build_relations(services, services.dataset, filters, navigation)
    values = held(filters, *labels.inputs, *relations.inputs)
    values |= {labels.asked: "hair_colours", relations.asked: "Goatee,Young"}
    found = labels.show(values)
    assert GONE in found[labels.faces] and "Two hair colours" in found[labels.table]
    pair = relations.show(values)[relations.pair]
    assert GONE in pair and "Goatee and young" in pair


def test_a_pair_is_shown_without_the_face_that_is_missing() -> None:
    pairs = [NearDuplicate((0, 1), 1, 2, ("Smiling",)), *[NearDuplicate((2, 3), 3, 4, ("Bald",))] * 12]
    html = render_duplicates(pairs, 1_000, MissingFace(), FaceKeys())
    assert html.count(GONE) == 1 and html.count("<img") == 2 * 12 - 1
    assert "1 more pair." in html


def test_the_share_of_a_finding_is_of_the_images_it_is_counted_in(
    navigation: Navigation, tmp_path: Path
) -> None:
    source = FolderFaces(make_celeba_folder(tmp_path / "celeba"), tmp_path / "cache")
    services = Services(Settings(results_dir=tmp_path), source, Path("nowhere"))
    filters = build_filters(source)
    labels: Labels = build_labels(services, services.dataset, filters, navigation)
    values = held(filters, *labels.inputs)
    shown = [labels.show(values | {filters.blurry: blurry})[labels.table] for blurry in (False, True)]
    assert shown[0] == shown[1] == render_audit(labels._counts(filters.within(values)), 12)


def test_what_is_told_of_a_missing_image_names_no_folder_of_the_machine(tmp_path: Path) -> None:
    folder = make_celeba_folder(tmp_path / "celeba")
    source = FolderFaces(folder, tmp_path / "cache")
    source._images["aligned"].kinds[1] = 0
    (folder / "Img" / "img_align_celeba" / "000003.jpg").write_bytes(b"no image")
    for row, name in ((1, "000002"), (2, "000003.jpg")):
        with pytest.raises(FaceSourceError, match=name) as told:
            source.face(row)
        assert str(tmp_path) not in str(told.value)

"""What the export folds write is what the page shows, or nothing."""

import json
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from prompt_engine.errors import InvalidSelection
from prompt_engine.faces.drawn import DrawnFaces
from prompt_engine.faces.folder import FolderFaces
from prompt_engine.prompt_filter import PromptFilter
from prompt_engine.query import Query
from prompt_engine.realiser import parse
from prompt_engine.reliability import Tier
from prompt_engine.selection import Selection
from studio.app import build_page
from studio.services import Services
from studio.settings import Settings
from tests.browser.celeba_folder import make_celeba_folder


@pytest.fixture
def services(tmp_path: Path) -> Services:
    return Services(Settings(results_dir=tmp_path), DrawnFaces(), Path("nowhere"))


@pytest.fixture
def page(services: Services) -> gr.Blocks:
    return build_page(services)


def make(page: gr.Blocks, fold: str, **shown: Any) -> Path:
    """Click a fold's button while the components named by their ids (- written _) hold other values."""
    button = next(each for each in page.blocks.values() if getattr(each, "elem_id", "") == f"{fold}-make")
    listener = next(each for each in page.fns.values() if (button._id, "click") in each.targets)
    held = {each: shown.pop(str(each.elem_id).replace("-", "_"), each.value) for each in listener.inputs}
    assert not shown
    written = listener.fn(held)
    return Path(next(written[each]["value"] for each in written if isinstance(each, gr.DownloadButton)))


def records(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_explore_gives_the_view_that_its_inputs_show(page: gr.Blocks, services: Services) -> None:
    path = make(page, "export", export_format=".jsonl", gender="male", bucket_without=["Eyeglasses"])
    record = records(path)[0]
    assert (record["gender"], record["unwanted"]) == ("male", ["Eyeglasses"])
    asked = Query("male", tuple(record["wanted"]), ("Eyeglasses",))
    assert record["images"] == services.match_count(asked).images


def test_a_refused_choice_is_refused_in_its_own_words(page: gr.Blocks) -> None:
    with pytest.raises(InvalidSelection) as refused:
        Selection("female", ("Smiling",), ("Smiling",))
    with pytest.raises(gr.Error, match=str(refused.value)):
        make(page, "export", bucket_without=["Smiling"])  # which the page wants from the start


def test_the_catalogue_is_the_one_that_the_tab_shows(page: gr.Blocks, services: Services) -> None:
    tier = Tier.UNFLAGGED
    path = make(
        page,
        "catalogue-export",
        catalogue_export_format=".jsonl",
        dataset_threshold=500,
        dataset_lift=0.5,
        dataset_tier=int(tier),
    )
    shown = services.exporter.dataset.judged(Query(), PromptFilter(500, 0.5, tier))
    written = [(each["attributes"], each["reasons"]) for each in records(path)]
    assert written == [(list(each.row.labels), list(each.reasons)) for each in shown]


def test_captions_are_written_as_their_inputs_say(tmp_path: Path) -> None:
    source = FolderFaces(make_celeba_folder(tmp_path / "celeba"), tmp_path / "cache")
    page = build_page(Services(Settings(results_dir=tmp_path / "results"), source, Path("nowhere")))
    shown = {"gender": "female", "bucket_without": [], "export_what": "captions", "export_format": ".jsonl"}
    shown |= {each.elem_id.replace("-", "_"): "any" for each in page.blocks.values() if is_bucket(each)}
    captions = [
        records(make(page, "export", **shown, export_style=style, export_seed=seed, export_reliable=True))
        for style, seed in (("plain", 3), ("plain", 4), ("varied", 3))
    ]
    assert [each[0]["seed"] for each in captions] == [3, 4, 3]
    plain, other, varied = ([record["text"] for record in each] for each in captions)
    assert len(plain) == 12 and plain != other and plain != varied
    assert all(parse(text).gender == "female" for text in plain)


def is_bucket(block: Any) -> bool:
    """Whether it is a dropdown that takes one answer."""
    return str(getattr(block, "elem_id", "")).startswith("bucket-") and not block.multiselect


def test_each_tab_offers_what_it_shows(page: gr.Blocks) -> None:
    choices = {
        each.elem_id: [name for _, name in each.choices]
        for each in page.blocks.values()
        if isinstance(each, gr.Dropdown) and str(each.elem_id).endswith("export-what")
    }
    assert choices == {"export-what": ["view"], "catalogue-export-what": ["catalogue", "wildcards"]}

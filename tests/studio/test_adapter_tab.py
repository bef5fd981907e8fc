"""The tab Adapter: what is read of an adapter, what is shown, and what never gets through to the page."""

from __future__ import annotations

import io
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import redirect_stdout
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from generation.adapters.file import WEIGHT_NAME
from generation.adapters.hub_cache import MARK
from generation.adapters.names import HubName
from generation.adapters.repository import CARD, CURVE, REPORT, AdapterRepository, read_local_repository
from generation.errors import GenerationError
from generation.events import Arm, Finished
from generation.locations import REPOSITORY
from generation.models import MODELS, model_spec
from generation.recipe import Recipe
from generation.workshop.opening import open_workshop
from prompt_engine.faces.drawn import DrawnFaces
from studio.adapter_choice import meant_adapter
from studio.adapter_tab import names
from studio.adapter_tab.card import LONGEST, render_card
from studio.adapter_tab.curve import Curve, read_curve, render_curve
from studio.adapter_tab.facts import adapter_facts
from studio.adapter_tab.names import local_files, offered_names, read_named
from studio.adapter_tab.page import NO_CARD, NO_CURVE, NO_RECORD, render_adapter
from studio.adapter_tab.usage import PROMPT, usage_code
from studio.api.recipes import RecipeEndpoints
from studio.services import Services
from studio.settings import Settings
from studio.tabs.adapter import IN_USE, AdapterTab
from tests.hub_api.client import use_hub
from tests.hub_api.repositories import Repository
from tests.hub_api.server import HubApi
from tests.studio.reports import put_report

CURVE_LINES = "\n".join(
    json.dumps(row)
    for row in (
        {"schema": 2},
        {"step": 10, "loss": 0.9},
        {"step": 20, "loss": None},
        {"step": 20, "held_out": {"sigmas": [0.1, 0.9], "vanilla": [0.8, 1.0], "fine_tuned": [0.5, 0.7]}},
        {"step": 30, "loss": 0.7},
        {"step": -5, "loss": 0.1},
        {"step": 40, "loss": "<b>"},
    )
)
HOSTILE = """---
license: <script>alert(0)</script>
---
# <script>alert(1)</script>Title
<p onclick="alert(2)">Between <b>tags</b></p>
<style>body { display: none }</style>

<iframe src="https://evil.example"></iframe>

![a picture](https://evil.example/track.png) [click](javascript:alert(3)) [file](file:///etc/passwd)
[data](data:text/html,<script>alert(4)</script>) <img src=x onerror=alert(5)> <https://example.org/a?b=1&c="2">

[next](gallery/01.png) [up](../../secret) [top](#top) [out](https://example.org "title' onmouseover='x")

```html"onmouseover="alert(6)
<script>alert(7)</script>
```

| a | b |
|---|---|
| <svg onload=alert(8)> | ok |
"""


def tags_of(html: str) -> list[tuple[str, list[tuple[str, str | None]]]]:
    """Every tag with its attributes, as a browser reads them."""
    found: list[tuple[str, list[tuple[str, str | None]]]] = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attrs: found.append((tag, attrs))  # type: ignore[method-assign]
    parser.feed(html)
    return found


def services(folder: Path, **adapters: tuple[str, ...]) -> Services:
    offered = {"demo": ("demo",), **adapters}
    return Services(Settings(results_dir=folder / "results", adapters=offered), DrawnFaces(), Path("nowhere"))


@pytest.fixture(scope="module")
def demo() -> AdapterRepository:
    return read_local_repository("demo")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An adapter with all that can lie beside it."""
    place = tmp_path / "trained"
    place.mkdir()
    put_report(place)
    (place / CARD).write_text(HOSTILE)
    (place / CURVE).write_text(CURVE_LINES)
    return place


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[HubApi]:
    with HubApi() as server:
        use_hub(server, monkeypatch, tmp_path)
        yield server


def test_the_figures_are_the_files(demo: AdapterRepository) -> None:
    facts = adapter_facts(demo)
    assert (facts.kind, facts.ranks, facts.alphas, facts.layers) == ("LoRA", (32,), (32,), 68)
    assert facts.spec == model_spec("demo") and facts.size_bytes == demo.header.path.stat().st_size
    assert facts.faces == "3,000 of Drawn portraits (photographic)"


def test_the_built_in_one_comes_with_its_training_curve(demo: AdapterRepository) -> None:
    curve = read_curve(demo.beside[CURVE]).training
    assert demo.header.record is not None and curve[-1][0] == demo.header.record["step"]
    assert curve[-1][1] < curve[0][1]
    assert NO_CURVE not in render_adapter(demo)


def test_every_part_that_is_absent_is_a_sentence(demo: AdapterRepository) -> None:
    bare = replace(demo, beside={}, header=replace(demo.header, record=None))
    html = unescape(render_adapter(bare))
    for sentence in (NO_RECORD, NO_CURVE, NO_CARD, "without an evaluation", "no code can be given"):
        assert sentence in html
    told = replace(bare, left_out={CARD: "The card is too large.", REPORT: "The report is too large."})
    assert "The card is too large." in render_adapter(told)
    assert "The report is too large." in render_adapter(told)


def test_every_part_that_is_there_is_shown(folder: Path) -> None:
    html = render_adapter(read_local_repository(str(folder)))
    assert "96.9–98.4" in html and "<polyline" in html and "Between tags" in html
    assert str(folder.parent) not in html


@pytest.mark.parametrize(
    "record", [{"faces": [], "captions": 3, "base_model": "x"}, {"faces": {"title": "<b>"}}]
)
def test_a_record_of_anything_is_shown_as_text(demo: AdapterRepository, record: dict) -> None:
    html = render_adapter(replace(demo, header=replace(demo.header, record=record)))
    assert "<b>" not in html


def test_no_script_no_style_and_no_picture_of_a_card_gets_through() -> None:
    html = render_card(HOSTILE, "https://huggingface.co/a/b/blob/c/")
    for bad in (
        "<script",
        "<style",
        "<iframe",
        "<img",
        "<svg",
        'href="javascript',
        'href="data',
        'href="file',
        "license",
    ):
        assert bad not in html, bad
    attributes = {name for _, attrs in tags_of(html) for name, _ in attrs}
    assert attributes <= {"href", "rel", "target", "class"}
    assert "<h3>" in html and "<h1" not in html
    assert 'href="https://huggingface.co/a/b/blob/c/gallery/01.png"' in html
    assert "secret" not in html and 'href="#top"' not in html
    assert "picture: a picture" in html and "Between tags" in html
    assert html.count("<a href=") == html.count('rel="noopener noreferrer nofollow"') == 3


def test_links_within_a_folder_of_this_machine_lead_nowhere() -> None:
    assert "href" not in render_card("[next](gallery/01.png)", None)


def test_a_card_of_any_length_is_shown_in_part() -> None:
    html = render_card("word " * LONGEST)
    assert len(html) < 2 * LONGEST and "The card goes on" in html


def test_a_card_that_is_deep_or_strange_is_no_crash() -> None:
    for text in (">" * 50_000, "[" * 20_000, "*a " * 20_000, "<" * 20_000, "- " * 20_000, "\0\ud7ff", ""):
        assert isinstance(render_card(text), str)


def test_the_curve_is_read_line_by_line(folder: Path) -> None:
    curve = read_curve(folder / CURVE)
    assert curve == Curve(((10, 0.9), (30, 0.7)), ((20, 0.9),), ((20, pytest.approx(0.6)),))
    html = render_curve(curve)
    assert html.count("<polyline") == 3 and "<strong>0.6000</strong>" in html and "step 30" in html


def test_a_long_curve_is_drawn_in_few_points() -> None:
    training = tuple((step, 1 / (1 + step)) for step in range(10_000))
    html = render_curve(Curve(training, (), ()))
    assert len(html) < 12_000 and html.count("<tr>") <= 43


def test_a_curve_of_one_value_has_a_scale() -> None:
    for value in (0.0, 1.0, 5e8):
        assert "<polyline" in render_curve(Curve(((0, value),), (), ()))


def test_the_code_names_the_commit_and_quotes_what_strangers_wrote(demo: AdapterRepository) -> None:
    odd = replace(
        demo,
        name="ada/portraits",
        revision="c" * 40,
        hub=HubName("ada/portraits", "c" * 40),
        header=replace(demo.header, path=Path('a"; import os; "ü.safetensors')),
    )
    for spec in MODELS.values():
        code = usage_code(odd, spec)
        compile(code, "code", "exec")
        assert f'revision="{"c" * 40}"' in code and spec.repo in code and code.count("\n") <= 6


@pytest.fixture(scope="module")
def pages_portraits() -> Mapping[Arm, Image.Image]:
    """What the page makes of the prompt in the code."""
    *_, finished = open_workshop().compare(Recipe(PROMPT, seed=7))
    assert isinstance(finished, Finished)
    return finished.comparison.images


@pytest.mark.parametrize("built_in", [True, False])
def test_the_code_runs_as_it_is_written_and_makes_the_pages_portrait(
    built_in: bool, folder: Path, pages_portraits: Mapping[Arm, Image.Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    repository = read_local_repository("demo" if built_in else str(folder))
    place = folder if not built_in else folder.parent / "program"
    place.mkdir(exist_ok=True)
    (place / "assets").symlink_to(REPOSITORY / "assets")
    monkeypatch.chdir(place)
    code = usage_code(repository, model_spec("demo"))
    torch.manual_seed(7)
    with redirect_stdout(io.StringIO()):
        exec(compile(code, "code", "exec"), {})
    made = Image.open("portrait.png")
    apart = {
        arm: max(ImageStat.Stat(ImageChops.difference(made, image)).mean)
        for arm, image in pages_portraits.items()
    }
    assert apart["fine_tuned"] < 1 < apart["vanilla"]
    assert WEIGHT_NAME in code


def test_an_offered_folder_is_called_by_its_last_part_alone(folder: Path, tmp_path: Path) -> None:
    offering = services(tmp_path, large=(str(folder), "ada/portraits@v1"))
    assert offered_names(offering) == ("demo", "trained", "ada/portraits@v1")
    assert offered_names(offering, "demo") == ("demo",)
    assert read_named("trained", offering).name == "trained"
    assert local_files(offering)[1:] == (folder / WEIGHT_NAME,)


def test_a_visitor_names_no_file_of_this_machine(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offering = services(tmp_path)
    monkeypatch.chdir(tmp_path.parent)
    within = f"{tmp_path.name}/{folder.name}"  # also a name on the Hub
    for name in (str(folder), within, "../etc", "~", "a b/c"):
        with pytest.raises(GenerationError, match="is no adapter"):
            read_named(name, offering)
        with pytest.raises(GenerationError, match="is no adapter"):
            meant_adapter(name, ())
    with pytest.raises(GenerationError, match=f"^'{'x' * 100}' is no adapter"):  # and no longer
        meant_adapter("x" * 5_000, ())
    with pytest.raises(GenerationError, match="No adapter is named"):
        read_named("none", offering)
    assert 'role="alert"' in AdapterTab(offering).show(within)[0]


def test_one_that_is_gone_is_told_in_all_the_same_fields(tmp_path: Path, folder: Path) -> None:
    offering = services(tmp_path, demo=("demo", str(folder)))
    shutil.rmtree(folder)
    demo, gone = RecipeEndpoints(offering).adapters()
    assert gone.keys() == demo.keys() and gone["models"] == ["demo"] and gone["ranks"] is None
    assert gone["problem"].startswith("There is no adapter at trained: ")


def test_one_of_the_hub_is_read_without_its_weights_and_asked_for_once(
    hub: HubApi, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }
    hub.repositories["ada/portraits"] = Repository("ada/portraits")
    hub.repositories["ada/portraits"].commit("main", "all", files)
    offering = services(tmp_path)
    page, file, status = AdapterTab(offering).show(" ada/portraits ")
    assert "On the Hugging Face Hub" in page and "96.9–98.4" in page and status == ""
    assert file["visible"] is False
    asked = len(hub.asked)
    assert read_named("ada/portraits", offering).hub is not None and len(hub.asked) == asked
    assert "There is no adapter ada/none" in AdapterTab(offering).show("ada/none")[0]
    (mark,) = tmp_path.rglob(MARK)
    os.utime(mark, (0, 0))
    full = replace(offering.settings, adapter_cache_gb=0)
    read_named("ada/portraits", Services(full, DrawnFaces(), Path("nowhere")))  # and dropped from the disk
    assert not mark.exists()
    assert "96.9–98.4" in AdapterTab(offering).show("ada/portraits")[0]
    asked = len(hub.asked)
    monkeypatch.setattr("generation.adapters.hub_commits.KEPT_S", 0)  # some minutes later
    assert read_named("ada/portraits", offering).hub is not None and len(hub.asked) > asked


def test_many_who_ask_the_hub_at_once_leave_threads_for_others(
    hub: HubApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(names, "PATIENCE_S", 0.01)
    offering = services(tmp_path)
    for _ in range(names.MOST_LOOK_UPS):
        names._LOOK_UPS.acquire()
    try:
        assert "try again in some seconds" in AdapterTab(offering).show("ada/busy")[0]
        assert "<h2>demo</h2>" in AdapterTab(offering).show("demo")[0]
    finally:
        names._LOOK_UPS.release(names.MOST_LOOK_UPS)
    assert "There is no adapter" in AdapterTab(offering).show("ada/busy")[0] and hub.asked


def test_the_one_in_use_is_shown_unasked_and_given_away(tmp_path: Path) -> None:
    page, file, _ = AdapterTab(services(tmp_path)).show(IN_USE)
    assert "<h2>demo</h2>" in page
    assert file["visible"] and Path(file["value"]).name == WEIGHT_NAME


@pytest.mark.parametrize(
    ("model", "adapter", "shown"),
    [
        ("", "", "<h2>demo</h2>"),
        ("", "demo@1a2ea08", "<h2>demo</h2>"),
        ("large", "", "<h2>trained</h2>"),
        ("nothing", "trained", "<h2>trained</h2>"),
        ("medium", "", "without an adapter"),
        ("", "none", "without an adapter"),
        ("", "../etc", "is no adapter"),
    ],
)
def test_the_one_in_use_is_the_one_of_explore(
    model: str, adapter: str, shown: str, folder: Path, tmp_path: Path
) -> None:
    offering = services(tmp_path, large=(str(folder),))
    assert shown in AdapterTab(offering).show(IN_USE, model, adapter)[0]

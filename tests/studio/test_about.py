"""What the page says of itself is so: privacy, licences, names, labels, and whom to tell of a picture."""

from __future__ import annotations

import ast
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import gradio as gr
import httpx
import pytest
from gradio.route_utils import delete_files_created_by_app
from PIL import Image

from bench.app_process import free_port
from generation.events import Comparison
from generation.links import recipe_from_link
from generation.models import MODELS
from generation.recipe import Recipe
from generation.results import ResultStore
from prompt_engine.attributes import ATTRIBUTES
from prompt_engine.buckets import GENDERS
from prompt_engine.faces.drawn import DrawnFaces
from prompt_engine.selection import Selection
from studio.app import serve
from studio.options import list_options
from studio.own_labels import is_renamed, render_own_labels, render_renamed_labels
from studio.render import ABOUT_LINKS, POWERED, STABILITY_NOTICE, render_caption
from studio.reporting import HERE, Reporting
from studio.services import Services
from studio.settings import Settings, SettingsError, read_settings
from studio.tabs.about import NOBODY, PUBLIC, SECTION, TERMS, about_text

SPACE = {"SPACE_ID": "ada/portraits"}
MAIL = "ada@example.org"
DEMO = Recipe(prompt="a woman with a smile", selection=Selection("female", ("Smiling",)), seed=7)
OWN = Recipe(prompt="somebody by the sea, " * 12, seed=7)  # longer than a link may be
JUDGING = re.compile(r"chubby|big|double chin|pale|narrow eyes|^attractive|^young$|^male$", re.IGNORECASE)
# What the five sentences say, and where else it is tried: by their order.
TRIED = {
    1: "browser/test_models.py::test_the_history_outlives_the_server",
    2: "studio/health/test_observing.py::test_one_line_says_how_it_ended",
    4: "browser/test_explore.py::test_nothing_was_asked_of_another_machine",
}


def about(reporting: Reporting | None = None) -> str:
    return about_text(reporting or Reporting.of({}, MAIL), "Drawn.")


def section(name: str) -> str:
    """The words of one section, each parted by one space."""
    found = re.search(rf'id="about-{name}">.*?</h3>(.*?)(?=<h3|\Z)', about(), re.DOTALL)
    assert found
    return " ".join(found[1].split())


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[gr.Blocks]:
    """The page, served without a model."""
    settings = Settings(port=free_port(), results_dir=tmp_path_factory.mktemp("results"))
    served = serve(Services(settings, DrawnFaces(), Path("nowhere")), block=False)
    yield served
    served.close()


def test_privacy_is_told_in_five_sentences_the_same_on_the_page_and_in_the_documentation(
    repository: Path,
) -> None:
    privacy = section("privacy")
    document = (repository / "docs" / "responsible-use.md").read_text("utf-8")
    assert len(re.findall(r"\.(?= [A-Z]|$)", privacy)) == 5
    assert privacy in " ".join(document.split())


@pytest.mark.parametrize("place", TRIED.values())
def test_what_is_tried_elsewhere_is_tried(place: str, repository: Path) -> None:
    file, _, name = place.partition("::")
    tree = ast.parse((repository / "tests" / file).read_text("utf-8"))
    assert any(isinstance(each, ast.FunctionDef) and each.name.startswith(name) for each in tree.body)


def test_what_is_kept_is_pictures_and_settings_until_newer_ones_need_the_room(tmp_path: Path) -> None:
    store, picture = ResultStore(tmp_path, kept=1), Image.new("RGB", (96, 96))
    first, second = (
        store.put(Comparison(recipe, {"vanilla": picture, "fine_tuned": picture}, 1.0, "cpu"))
        for recipe in (OWN, DEMO)
    )
    kept = [path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file()]
    assert not first.exists() and {path.suffix for path in kept} == {".png", ".json"} and len(kept) == 3
    manifest = json.loads((second / "result.json").read_text("utf-8"))
    assert manifest.keys() == {"schema", "recipe", "rendering", "arms", "seconds"}
    assert Recipe.from_json(manifest["recipe"]) == DEMO


def test_an_uploaded_picture_is_among_what_is_deleted_after_a_day(page: gr.Blocks) -> None:
    content = io.BytesIO()
    Image.new("RGB", (8, 8)).save(content, "PNG")
    answer = httpx.post(
        f"{page.local_url}gradio_api/upload", files={"files": ("mine.png", content.getvalue())}
    )
    uploaded = Path(answer.json()[0])
    assert uploaded.is_file() and page.delete_cache == (3_600, 86_400)
    delete_files_created_by_app(page, age=3_600)
    assert uploaded.is_file()
    delete_files_created_by_app(page, age=-1)  # as if its day were over
    assert not uploaded.exists()


def test_the_texts_are_served_and_nothing_else_of_the_disk(page: gr.Blocks, repository: Path) -> None:
    for name in ("NOTICE", "LICENSE", "README.md"):
        assert f"texts/{name}" in about()
        served = httpx.get(f"{page.local_url}texts/{name}")
        assert served.text == (repository / name).read_text("utf-8")
        assert served.headers["content-type"].startswith("text/plain")
    for name in ("app.py", "..%2fapp.py", "%2e%2e/app.py", "NOTICE/../../app.py"):
        assert "import" not in httpx.get(f"{page.local_url}texts/{name}").text


def test_every_link_of_about_and_of_the_footer_leads_to_a_section() -> None:
    named = [name for name, _ in SECTION.findall(about())]
    linked = re.findall(r'href="#([\w-]+)"', about())
    assert linked == [*named, TERMS] and {f"about-{name}" for name in ABOUT_LINKS} < set(named)
    assert "{" not in about()


def test_the_notices_stand_where_the_models_are_used(repository: Path) -> None:
    words = " ".join((repository / "NOTICE").read_text("utf-8").split())
    for text in (words, section("licences").replace("> ", "")):
        for said in ("Powered by Stability AI", "non-commercial research", "use-policy", "LICENSE.md"):
            assert said in text
        assert STABILITY_NOTICE in text.replace("(c)", "©")
    for key, spec in MODELS.items():
        assert (POWERED in render_caption(Recipe(prompt="a man", seed=1, model=key))) == (not spec.bundled)


def test_no_option_judges_and_every_renamed_label_is_a_click_away() -> None:
    texts = [text for gender in GENDERS for options in list_options(gender).values() for text, _ in options]
    assert [text for text in texts if JUDGING.search(text)] == []
    fold = render_renamed_labels()
    assert {each.label for each in ATTRIBUTES if is_renamed(each.label)} == set(
        re.findall(r"<code>(\w+)</code>", fold)
    )
    assert fold in about()


def test_beside_a_prompt_stand_celebas_own_labels() -> None:
    fold = render_own_labels(Selection("female", ("Attractive", "Smiling"), ("Chubby",)))
    assert fold.startswith("<details") and " open" not in fold
    for words in (
        "Woman: <code>not Male</code>",
        "Rated attractive: <code>Attractive</code>",
        "Smiling: <code>Smiling</code>",
        "Without full face: <code>not Chubby</code>",
    ):
        assert words in fold


def test_the_documentation_names_the_labels_that_judge_as_the_page_does(repository: Path) -> None:
    document = (repository / "docs" / "responsible-use.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| ([^|]+?) \|", document, re.MULTILINE))
    assert len(rows) == 9
    titles = {each.label: each.title for each in ATTRIBUTES}
    assert {label: titles[label] for label in rows} == rows


@pytest.mark.parametrize(
    ("reporting", "begins", "field"),
    [
        (Reporting.of({}, MAIL), f"mailto:{MAIL}?", "body"),
        (
            Reporting.of(SPACE, None),
            "https://huggingface.co/spaces/ada/portraits/discussions/new?",
            "description",
        ),
        (Reporting.of(SPACE, MAIL), f"mailto:{MAIL}?", "body"),
    ],
)
def test_a_report_brings_the_picture_back(reporting: Reporting, begins: str, field: str) -> None:
    address = reporting.address(DEMO)
    assert address and address.startswith(begins)
    text = parse_qs(urlsplit(address).query)[field][0]
    link = re.findall(r"^https://\S+$", text, re.MULTILINE)[0]
    assert recipe_from_link(link) == DEMO
    assert link.startswith((HERE, "https://huggingface.co/spaces/ada/portraits?"))
    told = parse_qs(urlsplit(reporting.address(OWN) or "").query)[field][0]
    assert Recipe.from_json(re.findall(r"^\{.*\}$", told, re.MULTILINE)[0]) == OWN


def test_about_says_whom_to_tell() -> None:
    page = Reporting.of({}, "https://example.org/contact")
    assert page.address(DEMO) == "https://example.org/contact" and page.render("Tell") in page.render(
        "Tell", DEMO
    )
    assert "example.org/contact" in about(page) and PUBLIC not in about(page)
    assert PUBLIC in about(Reporting.of(SPACE, None)) and PUBLIC not in about(Reporting.of(SPACE, MAIL))
    nobody = Reporting.of({}, None)
    assert NOBODY in about(nobody) and nobody.render("Report") == ""
    assert Reporting.of({"SPACE_ID": "ada/x?y=<script>"}, None).address() is None


@pytest.mark.parametrize("text", [MAIL, "https://example.org", "https://example.org:8443/a/contact-me"])
def test_a_contact_is_an_address(text: str) -> None:
    assert read_settings({"CONTACT": text}).contact == text


@pytest.mark.parametrize(
    "text",
    ["ada", "ada@example.org?bcc=b@c.de", 'https://x.org/"><script>', "javascript:alert(1)", "http://x.org"],
)
def test_whatever_else_is_refused_in_words(text: str) -> None:
    with pytest.raises(SettingsError, match="CONTACT is .* Set it to an email address"):
        read_settings({"CONTACT": text})
    assert read_settings({"CONTACT": ""}).contact is None

"""The documentation: it builds strictly without a network, and says what the code says."""

import ast
import importlib.util
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType
from typing import get_args

import pytest

from generation.models import MODELS
from studio.first_visit.glossary import GLOSSARY
from studio.keys import KEYS
from studio.messages import KNOWN, Kind

PACKAGES = ("prompt_engine", "generation", "training", "studio")
ROOTS = {"PromptEngineError", "GenerationError", "TrainingError", "SettingsError", "DeployRefused"}
CLASS = re.compile(r"^class (\w+)\(([^)]*)\):$", re.MULTILINE)
ANSWERED = re.compile(r"^<!-- answers: (.+) -->$", re.MULTILINE)


@pytest.fixture(scope="module")
def docs(repository: Path) -> Path:
    return repository / "docs"


@pytest.fixture(scope="module")
def site(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site; a warning would have failed it."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    done = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


class Resources(HTMLParser):
    """What a browser fetches by itself to show a page."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "link" and "canonical" not in (values.get("rel") or ""):
            self.fetched.append(values.get("href") or "")
        if tag in ("script", "img", "iframe", "source"):
            self.fetched.append(values.get("src") or "")


def test_the_site_has_every_page_and_fetches_nothing_from_elsewhere(site: Path, docs: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert {page.stem for page in docs.glob("*.md")} <= {page.stem for page in pages}
    assert (site / "repository" / "NOTICE.html").is_file()
    for page in pages:
        resources = Resources()
        resources.feed(page.read_text(encoding="utf-8"))
        assert resources.fetched
        assert [each for each in resources.fetched if re.match(r"(https?:)?//", each)] == [], page


def test_the_terms_are_told_in_the_pages_own_words(docs: Path) -> None:
    page = " ".join((docs / "glossary.md").read_text(encoding="utf-8").split())
    assert [term.title for term in GLOSSARY.values() if f"**{term.title}**: {term.meaning}" not in page] == []
    assert page.count("**: ") == len(GLOSSARY)


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_endpoints_are_told_as_the_code_has_them(docs: Path) -> None:
    reference = load(docs / "site" / "api_reference.py")
    page = (docs / "api.md").read_text(encoding="utf-8")
    assert reference.rewritten(page) == page, "run: python docs/site/api_reference.py"
    names = list(reference.all_endpoints())
    assert re.findall(r"^<!-- endpoint: (\w+) -->$", page, re.MULTILINE) == names
    assert re.findall(r"^\| \[`/(\w+)`\]\(#\1\)", page, re.MULTILINE) == names
    assert json.loads(re.findall(r"^```json\n(.*?)^```", page, re.MULTILINE | re.DOTALL)[0])


def test_what_can_be_asked_of_each_model_is_told(docs: Path) -> None:
    rows = [
        f"| `{each.key}` | {each.steps_range[0]} to {each.steps_range[1]}, {each.steps} "
        f"| {each.guidance_range[0]:g} to {each.guidance_range[1]:g}, {each.guidance:g} "
        f"| {', '.join(map(str, each.sizes_px))} |"
        for each in MODELS.values()
    ]
    assert "\n".join(rows) in (docs / "api.md").read_text(encoding="utf-8")


def answered(docs: Path) -> set[str]:
    found = ANSWERED.findall((docs / "faq.md").read_text(encoding="utf-8"))
    return {kind for line in found for kind in line.split(", ")}


def error_classes(repository: Path) -> set[str]:
    """The names of all errors that carry a sentence for the user."""
    files = [file for name in PACKAGES for file in (repository / name).rglob("*.py")]
    classes = [found for file in files for found in CLASS.findall(file.read_text(encoding="utf-8"))]
    bases = {name: set(re.findall(r"\w+", parents)) for name, parents in classes}
    found = set(ROOTS)
    while more := {name for name, parents in bases.items() if parents & found} - found:
        found |= more
    return found & bases.keys()


def test_every_kind_of_message_is_answered(docs: Path, repository: Path) -> None:
    assert answered(docs) == {*get_args(Kind), *error_classes(repository)}


def test_the_messages_of_the_page_are_told_in_their_words(docs: Path) -> None:
    text = (docs / "faq.md").read_text(encoding="utf-8")
    told = {kind: re.sub(r"\{figures\}\.", " …", message.happened) for kind, message in KNOWN.items()}
    assert [kind for kind, words in told.items() if re.sub(r"\{\w+\}", "…", words) not in text] == []


def hub_sentences(repository: Path) -> Iterator[str]:
    """What each sentence about the Hub begins with, up to its longest part that is always the same."""
    folders = [repository / name for name in ("prompt_engine", "generation", "training")]
    files = {file for folder in folders for file in folder.rglob("*.py") if "hub" in file.as_posix()}
    for file in sorted(files - {repository / "training" / "launching" / "code.py"}):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                fixed = [part.value if isinstance(part, ast.Constant) else "\0" for part in node.values]
                begin, colon, _ = "".join(map(str, fixed)).partition(": ")
                longest = max(re.split(r"\0|[(),]", begin), key=len).strip()
                if colon and len(longest) > 12 and "".join(map(str, fixed)).endswith("."):
                    yield longest


def test_what_the_hub_refuses_is_told_in_its_words(docs: Path, repository: Path) -> None:
    text = (docs / "faq.md").read_text(encoding="utf-8")
    sentences = list(hub_sentences(repository))
    assert len(sentences) > 30
    assert [words for words in sentences if words not in text] == []


def test_the_keys_are_those_of_the_page(docs: Path) -> None:
    rows = [f"| `{key.shown}` | {key.words} |" for key in KEYS]
    assert "\n".join(rows) in (docs / "accessibility.md").read_text(encoding="utf-8")


def test_the_figures_are_those_that_were_measured(docs: Path, repository: Path) -> None:
    measured = [
        (file).read_text("utf-8") for file in (docs / "celeba-demo.md", repository / "assets/README.md")
    ]
    rows = re.findall(r"^\| .* \(.*–.*\).*$", (docs / "evaluation.md").read_text("utf-8"), re.MULTILINE)
    assert len(rows) >= 8
    assert [row for row in rows if not any(row in text for text in measured)] == []


@pytest.mark.parametrize(
    ("document", "written", "shown"),
    [
        ("README.md", "[How](docs/how-it-works.md#sentences)", "[How](../how-it-works.md#sentences)"),
        ("README.md", "![A page](docs/page.png)", "![A page](../page.png)"),
        ("README.md", '<img src="assets/page.gif" alt="">', '<img src="assets/page.gif" alt="">'),
        ("README.md", "[buckets](prompt_engine/buckets.py)", "buckets"),
        ("README.md", "[Hub](https://huggingface.co)", "[Hub](https://huggingface.co)"),
        ("assets/README.md", "[README](../README.md)", "[README](../README.md)"),
        ("docs/LOG.md", "[README](../README.md#measured)", "[README](repository/README.md#measured)"),
        ("docs/LOG.md", "[the estimate](../training/estimate/pace.py)", "the estimate"),
        ("docs/api.md", "[here](#compare) and [there](faq.md)", "[here](#compare) and [there](faq.md)"),
    ],
)
def test_links_lead_in_the_site_to_where_they_led(
    docs: Path, document: str, written: str, shown: str
) -> None:
    assert load(docs / "site" / "pages_outside.py").rewritten(written, document) == shown

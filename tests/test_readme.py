"""What the documents say is so: files, commands, variables, endpoints, links; and none is left out."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PRODUCT = ("app.py", "prompt_engine", "generation", "training", "studio", "bench", "tests")
FILES, VARIABLES = "CONTRIBUTING.md", "docs/running.md"
DOCUMENTS = (
    *("README.md", "CONTRIBUTING.md", "docs/how-it-works.md", "docs/running.md", "docs/training.md"),
    *("docs/LOG.md", "assets/README.md"),
)
QUALITY_MARKS = ("<!-- quality: begin -->", "<!-- quality: end -->")
ENTRY = re.compile(r"^(?P<indent> *)(?P<name>[\w.\-/]+)  +\S")
VARIABLE = re.compile(r"`([A-Z][A-Z0-9_]+)`")


def section(text: str, title: str) -> str:
    """The part of a document under a second-level heading."""
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"there is no section {title}"
    return found.group(1)


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def tree_paths(tree: str) -> Iterator[str]:
    """The paths a file tree names, folders by their indentation."""
    parents: list[str] = []
    for line in tree.splitlines():
        entry = ENTRY.match(line)
        assert entry, f"not an entry of the file tree: {line!r}"
        depth = len(entry["indent"]) // 2
        parents = [*parents[:depth], entry["name"].rstrip("/")]
        yield "/".join(parents)


def variables_read(source: str) -> Iterator[str]:
    """The environment variables a file reads by name."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(
                func=ast.Attribute(attr="get", value=environ), args=[ast.Constant(value=str(name)), *_]
            ):
                if ast.unparse(environ) in ("environ", "os.environ"):
                    yield name
            case ast.Call(func=ast.Attribute(attr="getenv"), args=[ast.Constant(value=str(name)), *_]):
                yield name
            case ast.Subscript(value=environ, slice=ast.Constant(value=str(name)), ctx=ast.Load()):
                if ast.unparse(environ) in ("environ", "os.environ"):
                    yield name


def python_files(repository: Path, names: tuple[str, ...]) -> Iterator[Path]:
    for name in names:
        place = repository / name
        yield from [place] if place.suffix else sorted(place.rglob("*.py"))


@pytest.fixture(scope="module")
def readme(repository: Path) -> str:
    return (repository / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def named(repository: Path) -> list[str]:
    """What the file tree names."""
    text = (repository / FILES).read_text(encoding="utf-8")
    return list(tree_paths(blocks(section(text, "Files"), "text")[0]))


def test_the_file_tree_names_what_is_there(named: list[str], repository: Path) -> None:
    assert [path for path in named if not (repository / path).exists()] == []


def test_the_file_tree_leaves_nothing_out(
    named: list[str], repository: Path, repository_files: tuple[Path, ...]
) -> None:
    top = {file.relative_to(repository).parts[0] for file in repository_files}
    assert top - set(named) == set()


def test_the_environment_table_is_complete(repository: Path) -> None:
    table = section((repository / VARIABLES).read_text(encoding="utf-8"), "Environment")
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    told = {name for cell in rows for name in VARIABLE.findall(cell)}
    read = {
        name for file in python_files(repository, PRODUCT) for name in variables_read(file.read_text("utf-8"))
    }
    assert told == read


def test_the_endpoints_are_complete(readme: str, repository: Path) -> None:
    told = set(re.findall(r"^\| `/(\w+)`", section(readme, "From a program"), re.MULTILINE))
    sources = "".join(file.read_text("utf-8") for file in python_files(repository, ("studio",)))
    assert told == set(re.findall(r'api_name="(\w+)"', sources))


def test_every_asset_is_described(repository: Path, repository_files: tuple[Path, ...]) -> None:
    assets = repository / "assets"
    text = (assets / "README.md").read_text(encoding="utf-8")
    described = {name.rstrip("/") for name in re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE)}
    there = {file.relative_to(assets).parts[0] for file in repository_files if file.is_relative_to(assets)}
    assert there - described == {"README.md"}


def test_the_quality_table_has_its_place(repository: Path) -> None:
    text = (repository / "assets" / "README.md").read_text(encoding="utf-8")
    begin, end = QUALITY_MARKS
    assert (text.count(begin), text.count(end)) == (1, 1)
    assert text.index(begin) < text.index(end)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_inside_the_repository_lead_somewhere(document: str, repository: Path) -> None:
    text = (repository / document).read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)#\s]+)", text) if "://" not in link]
    assert [link for link in links if not (repository / document).parent.joinpath(link).exists()] == []


def test_a_variable_is_found_however_it_is_read() -> None:
    source = (
        'environ.get("A")\nos.environ["B"]\nos.getenv("C", "x")\nos.environ["SET"] = "1"\nvalues.get("D")'
    )
    assert set(variables_read(source)) == {"A", "B", "C"}

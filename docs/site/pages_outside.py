"""Brings the documents that lie outside docs/ into the site, and keeps every link between them whole.

MkDocs calls these functions by their names. A page keeps its path in the repository, below `repository/`.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

OUTSIDE = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "assets/README.md")
NOTICE = "NOTICE"
PICTURES = (".png", ".gif", ".webp", ".svg")
_FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
_LINK = re.compile(r"(?P<before>!?\[(?P<text>[^\]]*)\]\()(?P<target>[^)\s#:]+)(?P<anchor>#[^)\s]*)?\)")
_PICTURE = re.compile(
    r"(?P<before><(?:img|source)\b[^>]*?\bsrc(?:set)?=\")(?P<target>[^\"\s:]+)(?P<after>\")"
)


def on_files(files: Files, config: MkDocsConfig, **_: Any) -> Files:
    """Add the documents, and the pictures in them that lie outside docs/."""
    repository = Path(config.config_file_path).parent
    for name in OUTSIDE:
        text = _FRONT_MATTER.sub("", (repository / name).read_text(encoding="utf-8"))
        files.append(File.generated(config, site_path(name), content=rewritten(text, name)))
        for picture in sorted(pictures(text, name)):
            files.append(File.generated(config, site_path(picture), abs_src_path=str(repository / picture)))
    notice = (repository / NOTICE).read_text(encoding="utf-8")
    page = f"# Notices\n\n```text\n{notice}```\n"
    files.append(File.generated(config, site_path(NOTICE), content=page))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Lead the links of a page of docs/ to where things are in the site."""
    if page.file.generated_by:
        return markdown
    return rewritten(markdown, f"docs/{page.file.src_uri}")


def rewritten(markdown: str, document: str) -> str:
    """The text of a document of the repository with its links as they are in the site."""

    def link(found: re.Match[str]) -> str:
        target = in_site(found["target"], document)
        return found["text"] if target is None else f"{found['before']}{target}{found['anchor'] or ''})"

    def picture(found: re.Match[str]) -> str:
        return f"{found['before']}{in_site(found['target'], document)}{found['after']}"

    return _PICTURE.sub(picture, _LINK.sub(link, markdown))


def in_site(target: str, document: str) -> str | None:
    """A link's target from the document's page; None where the site has none, as of a file of code."""
    path = _in_repository(target, document)
    known = path.startswith("docs/") or path in (*OUTSIDE, NOTICE) or path.endswith(PICTURES)
    return (
        posixpath.relpath(site_path(path), posixpath.dirname(site_path(document)) or ".") if known else None
    )


def site_path(path: str) -> str:
    """Where a file of the repository is in the site's sources."""
    if path.startswith("docs/"):
        return path.removeprefix("docs/")
    return f"repository/{path}" + (".md" if path == NOTICE else "")


def pictures(markdown: str, document: str) -> set[str]:
    """The pictures that a document shows and that lie outside docs/."""
    targets = [found["target"] for found in (*_LINK.finditer(markdown), *_PICTURE.finditer(markdown))]
    paths = {_in_repository(target, document) for target in targets}
    return {path for path in paths if path.endswith(PICTURES) and not path.startswith("docs/")}


def _in_repository(target: str, document: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(document), target))

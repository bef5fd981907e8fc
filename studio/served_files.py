"""Where the browser finds a file of this machine: only in folders that the page is launched to serve."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote


def file_address(path: Path) -> str:
    """The address of a file, relative to the page's, which need not be the root of its host."""
    return f"gradio_api/file={quote(path.absolute().as_posix())}"

"""Pictures of this app that a tool names by the URL it was given: read from where they lie, not fetched.

A server asks neither itself nor any private address. What is read so is what the URL gives to everybody.
"""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import gradio as gr
from gradio import route_utils
from gradio.utils import get_upload_folder

_FILE = "/gradio_api/file="
SUFFIX = ".png"


def take_own_pictures(page: gr.Blocks) -> None:
    """Have the tools of a page that is served take the URLs that they answer with."""
    server: Any = page.mcp_server_obj
    convert = server.convert_strings_to_filedata

    def converted(value: Any, positions: list[list[str | int]]) -> Any:
        request = server.mcp_server.request_context.request
        route = server.get_route_path(request)
        root_url = route_utils.get_root_url(request=request, route_path=route, root_path=server.root_path)
        folders = [Path(each) for each in (get_upload_folder(), *page.allowed_paths)]
        for position in positions:
            value = _replaced(value, position, f"{root_url}{_FILE}", folders)
        return convert(value, positions)

    setattr(server, "convert_strings_to_filedata", converted)  # noqa: B010 - Gradio has no setting for it


def _replaced(value: Any, position: list[str | int], prefix: str, folders: list[Path]) -> Any:
    """The arguments with the picture there as a data: URL, where it is one of ours."""
    if not position:
        path = own_picture(value, prefix, folders) if isinstance(value, str) else None
        return f"data:image/png;base64,{base64.b64encode(path.read_bytes()).decode()}" if path else value
    first, *rest = position
    if isinstance(value, dict) and first in value:
        return value | {first: _replaced(value[first], rest, prefix, folders)}
    return value


def own_picture(url: str, prefix: str, folders: list[Path]) -> Path | None:
    """The PNG that a URL of ours leads to, within the folders that are served; None for any other."""
    if not url.startswith(prefix):
        return None
    try:
        path = Path(unquote(url.removeprefix(prefix).partition("?")[0].partition("#")[0])).resolve()
        served = any(path.is_relative_to(folder.resolve()) for folder in folders if folder.is_dir())
        return path if served and path.suffix == SUFFIX and path.is_file() else None
    except (OSError, ValueError):  # no path at all
        return None

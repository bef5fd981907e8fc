"""What the tools of the Model Context Protocol answer: JSON, and portraits as the pictures that they are."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.processing_utils import add_root_url
from gradio_client.utils import is_file_obj_with_meta, traverse
from mcp.types import ImageContent, TextContent


def answer_in_json(page: gr.Blocks) -> None:
    """Have the tools of a page that is served answer in JSON.

    Left to itself, Gradio writes Python, and makes pictures anew without their recipe; who does not ask for
    progress gets none, and reads where they lie on this machine. It has no setting for any of this.
    """
    setattr(page.mcp_server_obj, "postprocess_output_data", tool_content)  # noqa: B010


def tool_content(outputs: Any, root_url: str) -> list[ImageContent | TextContent]:
    """The pictures of an endpoint's outputs, and then all of these as JSON, with the pictures' addresses.

    What an endpoint gives alone stands there alone; of several, a list.
    """
    (answer,) = outputs if len(outputs) == 1 else (outputs,)
    told = add_root_url(answer, root_url, None)
    pictures = [
        ImageContent(type="image", data=_encoded(file["path"]), mimeType=file["mime_type"])
        for file in _files(told)
    ]
    plain = traverse(told, lambda file: file["url"], is_file_obj_with_meta)
    return [*pictures, TextContent(type="text", text=json.dumps(plain, ensure_ascii=False))]


def _files(answer: Any) -> Iterator[dict[str, Any]]:
    """Every file in an answer, in its order."""
    if is_file_obj_with_meta(answer):
        yield answer
    elif isinstance(answer, dict | list):
        for part in answer.values() if isinstance(answer, dict) else answer:
            yield from _files(part)


def _encoded(path: str) -> str:
    """The very file: it carries its recipe, and that it is AI-generated."""
    return base64.b64encode(Path(path).read_bytes()).decode("ascii")

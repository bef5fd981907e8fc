"""Whether a call of a handler makes sense: which one, by whom, and with values that its inputs can hold.

Gradio finds out too, but answers with 500 and writes a traceback with what was sent into the log.
Source: gradio 6.31, routes.py, `predict` and `queue_join`; blocks.py, `preprocess_data`.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

import gradio as gr
from gradio.blocks import BlockFunction
from gradio.components import FormComponent
from gradio.components.api_component import Api
from gradio.data_classes import FileData
from gradio.utils import get_upload_folder
from gradio_client.utils import construct_args

from studio.gate.paths import check_session
from studio.gate.refusal import MEANINGLESS, Refused

NAMED = re.compile(r"/gradio_api/(?P<way>run|api|call/v2|call)/(?P<name>[^/]+)/?")
QUEUED = "/gradio_api/queue/join"
DEEPEST, MOST_VALUES = 20, 20_000
LARGEST_NUMBER = 2**63
_TEXTS = (gr.Textbox, gr.HTML, gr.Button)


def is_call(path: str) -> bool:
    """Whether a handler is called there."""
    return path.startswith(QUEUED) or NAMED.fullmatch(path) is not None


def check_call(page: gr.Blocks, path: str, body: bytes) -> None:
    """Refuse a call that no browser and no program of good will would make.

    Raises: Refused.
    """
    asked = _read(body)
    named = NAMED.fullmatch(path)
    if named and named["way"] == "call/v2":
        return _check_arguments(page, f"/{named['name']}", asked)
    session = asked.get("session_hash")
    if session is not None:
        check_session(session)
    function = _function(page, asked.get("fn_index"), named["name"] if named else None)
    data = asked.get("data")
    inputs: list[Any] = list(function.inputs)
    asked_for = [block for block in inputs if not block.skip_api]
    if not isinstance(data, list) or len(data) not in (len(inputs), len(asked_for)):
        _refuse(f"It brings {len(data) if isinstance(data, list) else 'no'} values for {len(inputs)} inputs.")
    for block, value in zip(inputs if len(data) == len(inputs) else asked_for, data, strict=True):
        _check_value(_as_shown(page, session, block), value)
    return None


def check_message(body: bytes) -> None:
    """Refuse a message to the tools that nobody can hold; what is no message, these tell by themselves.

    Raises: Refused.
    """
    with suppress(json.JSONDecodeError, UnicodeDecodeError):
        _check_plain(_load(body))


def _refuse(why: str) -> NoReturn:
    raise Refused(400, f"{MEANINGLESS} {why}")


def _read(body: bytes) -> dict[str, Any]:
    try:
        asked = _load(body)
    except ValueError:
        _refuse("It is no JSON.")
    if not isinstance(asked, dict):
        _refuse("It is no JSON object.")
    _check_plain(asked)
    return asked


def _load(body: bytes) -> Any:
    try:
        return json.loads(body, parse_constant=lambda name: _refuse(f"{name} is no number."))
    except RecursionError:
        _refuse(f"It is nested more than {DEEPEST} deep.")


def _check_plain(asked: Any) -> None:
    """Refuse what is nested too deeply, too many, or no number that a program can hold."""
    level, count = [asked], 0
    for _ in range(DEEPEST):
        count += len(level)
        if count > MOST_VALUES:
            _refuse(f"It holds more than {MOST_VALUES:,} values.")
        for value in level:
            if isinstance(value, int | float) and not abs(value) < LARGEST_NUMBER:
                _refuse("It holds a number that is too large.")
        level = [each for value in level for each in _within(value)]
        if not level:
            return _check_whole(asked)
    _refuse(f"It is nested more than {DEEPEST} deep.")


def _check_whole(asked: Any) -> None:
    try:
        json.dumps(asked, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        _refuse("It holds half a character.")


def _within(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _function(page: gr.Blocks, number: Any, name: str | None) -> BlockFunction:
    if number is None:
        found = next((each for each in page.fns.values() if each.api_name == name), None)
    else:
        found = page.fns.get(number) if type(number) is int else None
    if found is None or found.fn is None:
        _refuse("It calls nothing that is there.")
    return found


def _check_arguments(page: gr.Blocks, name: str, arguments: dict[str, Any]) -> None:
    endpoint = page.get_api_info()["named_endpoints"].get(name)
    if endpoint is None:
        _refuse("It calls nothing that is there.")
    try:
        construct_args(endpoint["parameters"], (), arguments)
    except TypeError as problem:
        _refuse(str(problem))
    _check_files(arguments)


def _as_shown(page: gr.Blocks, session: str | None, block: Any) -> Any:
    """The input as that browser shows it: which choices there are can differ."""
    sessions = page.app.state_holder
    if session is None or session not in sessions or block.stateful:
        return block
    return sessions[session].blocks_config.blocks.get(block._id, block)


def _check_value(block: Any, value: Any) -> None:
    """Refuse what an input cannot hold; arguments of the endpoints are told about by these."""
    if isinstance(block, Api):
        _check_files(value)
    elif block.stateful:
        return
    elif isinstance(block, gr.UploadButton):
        _check_upload(value)
    elif isinstance(block, _TEXTS):
        if not isinstance(value, str | None):
            _refuse(f"{type(value).__name__} is no text.")
    elif value is None and _always_holds(block):
        _refuse(f"{block.get_block_name()} holds something always.")
    elif isinstance(block, FormComponent):
        try:
            block.preprocess(value)
        except gr.Error as problem:
            _refuse(str(problem.message))
        except (ArithmeticError, LookupError, TypeError, ValueError):
            _refuse(f"{str(value)[:80]!r} is none of what {block.get_block_name()} can hold.")


def _always_holds(block: Any) -> bool:
    """Whether a browser cannot leave an input empty: a number that is typed can be, and what begins so."""
    if isinstance(block, gr.Number):
        return bool(block.visible == "hidden")
    chosen = isinstance(block, gr.Radio | gr.Dropdown | gr.Checkbox | gr.Slider)
    return chosen and block.value not in (None, [])


def _check_files(value: Any) -> None:
    """Refuse a file that was not uploaded, wherever it stands; a URL is looked at when it is fetched."""
    for each in _within(value):
        _check_files(each)
    is_file = isinstance(value, dict) and "meta" in value
    if is_file and not str(value.get("path")).startswith(("http://", "https://")):
        _check_upload(value)


def _check_upload(value: Any) -> None:
    if value is None:
        return
    path = value.get("path") if isinstance(value, dict) else None
    place = Path(path) if isinstance(path, str) and "\0" not in path else None
    if place is None or not place.resolve().is_relative_to(Path(get_upload_folder()).resolve()):
        _refuse("It names no uploaded file.")
    try:
        FileData(**value)
    except (TypeError, ValueError):
        _refuse("It names no uploaded file.")

"""The page's own answers in the language of who asks: what Gradio sends, just before it is sent."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

import gradio as gr
from gradio.blocks import Block, BlockFunction

from studio.language.catalogue import Catalogue, read_catalogue
from studio.language.choice import ENGLISH, asked_language
from studio.language.markup import say_markdown, say_markup

_asked: ContextVar[str] = ContextVar("asked_language", default=ENGLISH)
_WORDS = ("label", "info", "placeholder", "title", "submit_btn")
_VALUES = {"html": say_markup, "markdown": say_markdown}


def answer_in_language(page: gr.Blocks) -> None:
    """Have a page answer each visitor in their language; programs, which call its endpoints, get English."""
    process, postprocess = page.process_api, page.postprocess_data

    async def process_api(block_fn: BlockFunction | int, *args: Any, **kwargs: Any) -> dict[str, Any]:
        function = page.fns[block_fn] if isinstance(block_fn, int) else block_fn
        language = _language_of(function, kwargs.get("request"))
        token = _asked.set(language)
        try:
            return await process(block_fn, *args, **kwargs)
        except gr.Error as problem:
            if language == ENGLISH:
                raise
            raise _in_language(problem, language) from problem
        finally:
            _asked.reset(token)

    async def postprocess_data(block_fn: BlockFunction, *args: Any, **kwargs: Any) -> list[Any]:
        data = await postprocess(block_fn, *args, **kwargs)
        language = _asked.get()
        if language == ENGLISH:
            return data
        catalogue = read_catalogue(language)
        return [
            _say_value(block, value, catalogue) for block, value in zip(block_fn.outputs, data, strict=True)
        ]

    page.process_api, page.postprocess_data = process_api, postprocess_data  # type: ignore[method-assign]


def say_properties(kind: str, properties: dict[str, Any], catalogue: Catalogue) -> dict[str, Any]:
    """What a component is given, with its words in the language; what a visitor chose or wrote stays."""
    said = dict(properties)
    for name in _WORDS:
        if isinstance(said.get(name), str):
            said[name] = catalogue.say(said[name])
    if isinstance(said.get("choices"), list | tuple):
        said["choices"] = [(catalogue.say(str(title)), value) for title, value in said["choices"]]
    if isinstance(said.get("value"), str):
        said["value"] = _say_text(kind, said["value"], catalogue)
    return said


def _say_value(block: Block, value: Any, catalogue: Catalogue) -> Any:
    kind = block.get_block_name()
    if isinstance(value, dict) and value.get("__type__") == "update":
        return say_properties(kind, value, catalogue)
    return _say_text(kind, value, catalogue) if isinstance(value, str) else value


def _say_text(kind: str, text: str, catalogue: Catalogue) -> str:
    if kind in _VALUES:
        return _VALUES[kind](text, catalogue.say)
    if kind == "textbox" and text.startswith("<"):  # on its way to a script that shows it
        return say_markup(text, catalogue.say)
    return catalogue.say(text) if kind == "button" else text


def _language_of(function: BlockFunction, request: Any) -> str:
    if function.api_visibility != "private" or not isinstance(request, gr.Request):
        return ENGLISH
    return asked_language(request.query_params, request.headers, request.cookies)


def _in_language(problem: gr.Error, language: str) -> gr.Error:
    say = read_catalogue(language).say
    return gr.Error(
        say(str(problem.message)),
        problem.duration,
        problem.visible,
        say(problem.title),
        problem.print_exception,
    )

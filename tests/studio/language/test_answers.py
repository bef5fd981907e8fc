"""What is told of a problem in a language: the log loses nothing of it."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import gradio as gr
import pytest
from starlette.requests import Request

from studio.language.answers import answer_in_language


@pytest.fixture(scope="module")
def page() -> gr.Blocks:
    """A button that fails."""

    def fail() -> None:
        try:
            _ = 1 / 0
        except ZeroDivisionError as problem:
            raise gr.Error("Choose at least one.", title="That did not work") from problem

    with gr.Blocks() as page:
        gr.Button().click(fail, api_visibility="private")
    answer_in_language(page)
    return page


@pytest.mark.parametrize(
    ("language", "title"), [("en", "That did not work"), ("de", "Das hat nicht geklappt")]
)
def test_a_problem_keeps_what_caused_it_and_whether_it_is_logged(
    page: gr.Blocks, language: str, title: str
) -> None:
    headers = [(b"accept-language", language.encode())]
    request = gr.Request(Request({"type": "http", "headers": headers, "query_string": b""}))
    # In a thread: a browser that other tests have open keeps a loop in this one.
    with ThreadPoolExecutor(1) as beside, pytest.raises(gr.Error) as found:
        beside.submit(asyncio.run, page.process_api(page.fns[0], [], request=request)).result()
    first = found.value if language == "en" else found.value.__cause__
    assert first is not None and isinstance(first.__cause__, ZeroDivisionError)
    assert (found.value.title, found.value.print_exception) == (title, True)

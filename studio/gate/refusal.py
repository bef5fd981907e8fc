"""How a request is refused: in a sentence, in the words of Gradio's own answers."""

from __future__ import annotations

from starlette.responses import JSONResponse

MEANINGLESS = "This request means nothing here: reload the page."
LONGEST = 600  # characters of a sentence: what was sent may stand in it


class Refused(Exception):
    """A request that is not passed on; the text says why."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status, self.sentence = status, sentence

    def answer(self) -> JSONResponse:
        """What Gradio's page reads as `error`, and programs as `detail`."""
        return told(self.status, self.sentence)


def told(status: int, sentence: str) -> JSONResponse:
    """An answer of one sentence; what is no text, such as half a surrogate pair, is replaced."""
    cut = sentence if len(sentence) <= LONGEST else f"{sentence[:LONGEST]}…"
    plain = cut.encode(errors="replace").decode()
    return JSONResponse({"error": plain, "detail": plain}, status)

"""The sentence frames: how a sentence opens, and in which order it says its parts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from prompt_engine import syntax
from prompt_engine.parts import Parts
from prompt_engine.syntax import HAS_NOT, NEITHER, WITH_NO, Syntax


@dataclass(frozen=True)
class Frame:
    """One frame: a noun phrase in small letters, or whole sentences with a capital and a stop."""

    opening: str
    syntax: Syntax
    closing: str = ""

    def say(self, parts: Parts) -> str:
        """The parts in this frame's words."""
        return f"{self.opening}{self.syntax(parts)}{self.closing}"

    def may_have_said(self, sentence: str) -> bool:
        """Whether a sentence opens and closes as this frame does."""
        return sentence.startswith(self.opening) and sentence.endswith(".") == bool(self.closing)


PLAIN = Frame("", syntax.phrase)

FRAMES: tuple[Frame, ...] = (
    PLAIN,
    Frame("", partial(syntax.worn_beside, absence=WITH_NO)),
    Frame("", syntax.worn_first),
    Frame("", syntax.features_first),
    Frame("", partial(syntax.adjectives_behind, absence=NEITHER)),
    Frame("", syntax.relative),
    Frame("", partial(syntax.relative_all, absence=HAS_NOT, wears="is wearing")),
    Frame("portrait of ", partial(syntax.phrase, absence=NEITHER)),
    Frame("a portrait of ", syntax.phrase),
    Frame("a portrait of ", syntax.relative_all),
    Frame("a close-up portrait of ", partial(syntax.phrase, absence=WITH_NO)),
    Frame("a photo of ", partial(syntax.phrase, absence=NEITHER)),
    Frame("a photo of ", partial(syntax.relative, wears="is wearing")),
    Frame("a photo of ", partial(syntax.adjectives_behind, absence=WITH_NO)),
    Frame("a close-up photo of ", syntax.worn_beside),
    Frame("a portrait photo of ", partial(syntax.phrase, absence=WITH_NO)),
    Frame("headshot of ", partial(syntax.phrase, absence=WITH_NO)),
    Frame("portrait photo of ", partial(syntax.relative, wears="is wearing")),
    Frame("This is ", syntax.phrase, "."),
    Frame("Portrait photo of ", syntax.two_sentences, "."),
    Frame("The photo shows ", partial(syntax.phrase, absence=NEITHER), "."),
    Frame("The portrait shows ", partial(syntax.worn_beside, absence=WITH_NO), "."),
    Frame("In the photo, ", syntax.statement, "."),
    Frame("In the portrait, ", partial(syntax.statement, absence=HAS_NOT, wears="is wearing"), "."),
    Frame("Portrait of ", syntax.short_sentences, "."),
    Frame("Photo of ", partial(syntax.two_sentences, wears="is wearing"), "."),
    Frame("A photo of ", partial(syntax.short_sentences, wears="wears"), "."),
)

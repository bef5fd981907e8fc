"""What can go wrong in the prompt engine; every text is shown to the user as it is."""

from __future__ import annotations

from collections.abc import Iterable

from prompt_engine.nearest import name_advice


class PromptEngineError(ValueError):
    """Anything the prompt engine refuses, with a sentence that says what to do."""


class UnknownName(PromptEngineError):
    """A name that is not one of the known attributes, genders or buckets."""

    @classmethod
    def of(cls, kind: str, name: object, known: Iterable[str]) -> UnknownName:
        """Name the nearest known spelling, or list what is known when nothing is near."""
        return cls(f"Unknown {kind} {name!r}: {name_advice(name, known)}")


class InvalidSelection(PromptEngineError):
    """Known attributes that cannot be chosen together, or not for this gender."""


class AttributeFileError(PromptEngineError):
    """An attribute list that is missing, incomplete or not CelebA's."""


class FaceSourceError(PromptEngineError):
    """A source of faces, or a file that it needs, that is missing, incomplete or unknown."""


class NoImages(FaceSourceError):
    """A CelebA folder that holds none of the images that are asked for."""

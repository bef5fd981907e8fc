"""Arguments of the endpoints, checked: each problem is a sentence that says what to give."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gradio.utils import get_upload_folder

from generation.errors import InvalidRecipe
from prompt_engine.buckets import GENDERS
from prompt_engine.errors import InvalidSelection
from prompt_engine.query import Query
from prompt_engine.realiser import realise
from prompt_engine.seeds import LARGEST_SEED
from prompt_engine.selection import Selection


def read_selection(gender: Any, attributes: Any, unwanted: Any) -> Selection:
    """The choice of a gender and of labels.

    Raises:
        InvalidSelection: it cannot be made.
    """
    check_gender(gender)
    return Selection(gender, read_texts("attributes", attributes), read_texts("unwanted", unwanted))


def read_query(
    gender: Any, attributes: Any, unwanted: Any, split: Any = None, blurry: Any = "out", strict: Any = False
) -> Query:
    """The question to the dataset.

    Raises:
        InvalidSelection, InvalidQuery: it cannot be asked.
    """
    if not isinstance(strict, bool):
        raise InvalidSelection(f"strict is {strict!r}: give true or false.")
    within = Query(split=split, blurry=blurry, strict=strict)
    return Query.of(read_selection(gender, attributes, unwanted), within)


def read_texts(name: str, texts: Any, example: str = "Smiling") -> tuple[str, ...]:
    """A list of texts."""
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise InvalidSelection(f'{name} is {texts!r}: give a list of texts, such as ["{example}"].')
    return tuple(texts)


def check_gender(gender: Any) -> None:
    """Refuse what is no text; which texts are genders, the selection knows."""
    if not isinstance(gender, str):
        raise InvalidSelection(f"gender is {gender!r}: give {' or '.join(map(repr, GENDERS))}.")


def check_text(name: str, value: Any, example: str) -> None:
    """Refuse what is no text."""
    if not isinstance(value, str):
        raise InvalidRecipe(f"{name} is {value!r}: give a text, such as {example!r}.")


def check_seed(seed: Any) -> None:
    """Refuse what is neither left out nor a seed."""
    if seed is not None:
        check_whole("seed", seed, 0, LARGEST_SEED)


def check_whole(name: str, value: Any, least: int, most: int) -> None:
    """Refuse what is no whole number within bounds."""
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise InvalidSelection(f"{name} is {value!r}: give a whole number from {least} to {most:,}.")


def read_upload(name: str, file: Any) -> Path:
    """Where an uploaded file lies.

    Gradio has checked, or fetched from its URL, what is marked as a file: the rest could name any file of
    this machine.

    Raises:
        InvalidRecipe: it was not uploaded.
    """
    path = file.get("path") if isinstance(file, dict) else None
    uploads = Path(get_upload_folder()).resolve()
    if not isinstance(path, str) or not Path(path).resolve().is_relative_to(uploads):
        raise InvalidRecipe(f"{name} is no uploaded file: upload it, or give its URL.")
    return Path(path)


def described(selection: Selection) -> dict[str, Any]:
    """A choice and its prompt, as the endpoints give them."""
    return {
        "gender": selection.gender,
        "attributes": list(selection.wanted),
        "unwanted": list(selection.unwanted),
        "prompt": realise(selection),
    }

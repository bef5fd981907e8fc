"""What a query accepts, and which images it is about."""

import pytest

from prompt_engine.errors import InvalidSelection, UnknownName
from prompt_engine.query import Query
from prompt_engine.selection import Selection


def test_a_selection_asks_within_other_images() -> None:
    selection = Selection("male", ("Smiling",), ("Eyeglasses",))
    assert Query.of(selection) == Query("male", ("Smiling",), ("Eyeglasses",))
    assert Query.of(selection, Query(split="train", strict=True)) == Query(
        "male", ("Smiling",), ("Eyeglasses",), split="train", strict=True
    )


def test_blurry_images_are_left_out_unless_asked_for() -> None:
    assert Query().blurred == (False,)
    assert Query(blurry="only").blurred == (True,)
    assert Query(blurry="in").blurred == (False, True)
    assert Query(wanted=("Blurry",)).blurred == Query(unwanted=("Blurry",)).blurred == (False, True)
    assert Query(wanted=("Blurry",), blurry="only").blurred == (True,)
    assert Query(unwanted=("Blurry",), blurry="only").blurred == (True,)


@pytest.mark.parametrize(
    ("asked", "error", "says"),
    [
        ({"gender": "men"}, UnknownName, "Unknown gender 'men'"),
        ({"wanted": ("Smilling",)}, UnknownName, "did you mean 'Smiling'"),
        ({"wanted": "Smiling"}, InvalidSelection, "not the text 'Smiling'"),
        ({"wanted": ("Male",), "unwanted": ("Male",)}, InvalidSelection, "Male is both wanted and unwanted"),
        ({"split": "valid"}, UnknownName, "did you mean 'validation'"),
        ({"blurry": "no"}, UnknownName, "Unknown value of blurry 'no'"),
        ({"blurry": None}, UnknownName, "Unknown value of blurry None"),
    ],
)
def test_what_is_wrong_is_said(asked: dict[str, object], error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        Query(**asked)  # type: ignore[arg-type]

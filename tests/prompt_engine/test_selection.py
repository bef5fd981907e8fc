"""What a selection accepts, how it is ordered, and what it matches."""

import pytest

from prompt_engine.errors import InvalidSelection, UnknownName
from prompt_engine.selection import Selection


def test_order_of_choosing_does_not_matter() -> None:
    one = Selection("female", ("Smiling", "Black_Hair", "Young"), ("Eyeglasses", "Bangs"))
    other = Selection("female", ("Young", "Smiling", "Black_Hair"), ("Bangs", "Eyeglasses"))
    assert one == other
    assert hash(one) == hash(other)
    assert one.wanted == ("Black_Hair", "Young", "Smiling")


def test_lists_become_tuples() -> None:
    assert Selection("male", ["Bald"]).wanted == ("Bald",)  # type: ignore[arg-type]


def test_other_takes_several_and_a_bucket_only_one() -> None:
    assert len(Selection("male", ("Young", "Smiling", "Eyeglasses")).wanted) == 3
    with pytest.raises(InvalidSelection, match="Black_Hair .*Blond_Hair .*'Hair colour': choose one"):
        Selection("male", ("Blond_Hair", "Black_Hair"))


def test_a_bucket_may_be_unwanted_as_often_as_you_like() -> None:
    assert len(Selection("male", (), ("Blond_Hair", "Black_Hair")).unwanted) == 2


@pytest.mark.parametrize(
    ("gender", "wanted", "unwanted", "error", "says"),
    [
        ("femal", (), (), UnknownName, "did you mean 'female'"),
        ("female", ("Smilling",), (), UnknownName, "did you mean 'Smiling'"),
        ("female", ("Goatee",), (), InvalidSelection, "Goatee cannot be chosen for the gender 'female'"),
        ("male", (), ("Wearing_Lipstick",), InvalidSelection, "Wearing_Lipstick cannot be chosen"),
        ("male", ("Blurry",), (), InvalidSelection, "Blurry cannot be chosen"),
        ("male", ("Bald", "Bald"), (), InvalidSelection, "Bald is chosen twice"),
        ("male", ("Bald",), ("Bald",), InvalidSelection, "both wanted and unwanted"),
        ("male", "Bald", (), InvalidSelection, "not the text 'Bald'"),
    ],
)
def test_what_is_wrong_is_said(
    gender: str, wanted: tuple[str, ...], unwanted: tuple[str, ...], error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        Selection(gender, wanted, unwanted)


def test_matching_faces() -> None:
    selection = Selection("male", ("Smiling",), ("Eyeglasses",))
    assert selection.labels == {"Male", "Smiling"}
    assert selection.matches(frozenset({"Male", "Smiling", "Young"}))
    assert not selection.matches(frozenset({"Smiling"}))
    assert not selection.matches(frozenset({"Male", "Smiling", "Eyeglasses"}))
    assert not Selection("female").matches(frozenset({"Male"}))

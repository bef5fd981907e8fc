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


def test_several_of_a_bucket_are_told() -> None:
    assert Selection("male", ("Young", "Smiling", "Eyeglasses")).crowded == ()
    assert Selection("male", ("Goatee", "Mustache", "Smiling")).crowded == (("Goatee", "Mustache"),)


@pytest.mark.parametrize(
    ("gender", "pair"), [("male", ("Bald", "Bangs")), ("female", ("Wavy_Hair", "Straight_Hair"))]
)
def test_what_no_face_can_have_is_refused(gender: str, pair: tuple[str, str]) -> None:
    with pytest.raises(InvalidSelection, match="exclude each other: choose one"):
        Selection(gender, pair)


def test_clean_shaven_is_for_men_without_a_beard() -> None:
    assert Selection("male", ("No_Beard", "Smiling")).wanted == ("No_Beard", "Smiling")
    with pytest.raises(InvalidSelection, match=r"Clean-shaven \(No_Beard\) .*exclude each other"):
        Selection("male", ("No_Beard", "Goatee"))
    with pytest.raises(InvalidSelection, match="No_Beard cannot be chosen"):
        Selection("female", ("No_Beard",))


def test_at_most_six_attributes() -> None:
    six = ("Young", "Smiling", "Eyeglasses", "Big_Lips", "Narrow_Eyes", "Pale_Skin")
    assert len(Selection("male", six[:4], six[4:]).unwanted) == 2
    with pytest.raises(InvalidSelection, match="7 attributes are chosen, .*keep 6 or fewer"):
        Selection("male", six, ("Bald",))


def test_a_bucket_may_be_unwanted_as_often_as_you_like() -> None:
    assert len(Selection("male", (), ("Blond_Hair", "Black_Hair")).unwanted) == 2


@pytest.mark.parametrize(
    ("gender", "wanted", "unwanted", "error", "says"),
    [
        ("femal", (), (), UnknownName, "did you mean 'female'"),
        ("female", ("Smilling",), (), UnknownName, "did you mean 'Smiling'"),
        ("female", ("Goatee",), (), InvalidSelection, "Goatee cannot be chosen for the gender 'female'"),
        ("male", (), ("Wearing_Lipstick",), InvalidSelection, "it is asked of women only"),
        ("female", ("Goatee",), (), InvalidSelection, "it is asked of men only"),
        (
            "male",
            ("Blurry",),
            (),
            InvalidSelection,
            "Blurry cannot be chosen .*: choose one of 5_o_Clock_Shadow, ",
        ),
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

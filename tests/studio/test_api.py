"""The public endpoints, called over HTTP on a real server."""

from pathlib import Path

import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError
from PIL import Image, ImageChops

from generation.metadata import read_recipe
from prompt_engine.counts import AggregateCounts
from prompt_engine.faces.drawn import DrawnFaces
from prompt_engine.query import Query
from prompt_engine.realiser import realise
from prompt_engine.selection import Selection

NOBODY = ("female", ["Heavy_Makeup", "Gray_Hair", "Wearing_Hat"])  # no CelebA image carries all three
QUICK = {"steps": 4}


def test_only_the_three_documented_endpoints_are_public(client: Client) -> None:
    endpoints = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    assert set(endpoints) == {"/sample", "/match", "/compare"}


def test_the_same_seed_samples_the_same_prompts(client: Client) -> None:
    first, again, other = (client.predict(count=5, seed=seed, api_name="/sample") for seed in (7, 7, 8))
    assert first == again != other
    assert len(first) == 5


def test_a_sampled_prompt_says_its_attributes(client: Client) -> None:
    for each in client.predict(count=10, gender="male", seed=1, api_name="/sample"):
        assert each["prompt"] == realise(Selection(each["gender"], tuple(each["attributes"])))
        assert each["gender"] == "male" and len(each["attributes"]) == 3


def test_the_count_is_celebas(client: Client) -> None:
    found = client.predict("male", ["Smiling", "Eyeglasses"], api_name="/match")
    counted = AggregateCounts.load().match_count(Query("male", ("Smiling", "Eyeglasses")))
    assert (found["images"], found["exact"]) == (counted.images, counted.exact)
    assert found["prompt"] == "a man with a smile, wearing eyeglasses"


def test_faces_differ_by_seed_and_are_at_most_twenty(client: Client) -> None:
    first, again, other = (
        client.predict("female", ["Smiling"], seed=seed, api_name="/match") for seed in (1, 1, 2)
    )
    assert first["faces"] == again["faces"] != other["faces"]
    assert len(set(first["faces"])) == 20


def test_a_match_reads_no_image(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DrawnFaces, "sample", lambda *_: pytest.fail("faces were drawn"))
    faces = client.predict("male", ["Smiling"], count=5, seed=3, api_name="/match")["faces"]
    assert faces == DrawnFaces().sample_ids(Query("male", ("Smiling",)), 5, seed=3)


@pytest.mark.parametrize("mode", ["faithful", "uniform", "coverage"])
def test_a_mode_draws_only_what_has_enough_images(client: Client, mode: str) -> None:
    drawn = client.predict(count=20, mode=mode, least_images=1_000, seed=1, api_name="/sample")
    for each in drawn:
        selection = Selection(each["gender"], tuple(each["attributes"]))
        assert AggregateCounts.load().match_count(Query.of(selection)).images >= 1_000


def test_unwanted_attributes_are_counted_out(client: Client) -> None:
    found = client.predict("male", ["Smiling"], unwanted=["Eyeglasses"], api_name="/match")
    selection = Selection("male", ("Smiling",), ("Eyeglasses",))
    assert found["images"] == AggregateCounts.load().match_count(Query.of(selection)).images
    assert found["unwanted"] == ["Eyeglasses"] and found["prompt"] == realise(selection)


def test_a_rare_combination_is_warned_of_with_its_count(client: Client) -> None:
    found = client.predict("male", ["Bald", "Blond_Hair"], count=0, api_name="/match")
    images = AggregateCounts.load().match_count(Query("male", ("Bald", "Blond_Hair"))).images
    assert len(found["warnings"]) == 1 and f"{images} image" in found["warnings"][0]


def test_no_match_means_no_faces(client: Client) -> None:
    found = client.predict(*NOBODY, api_name="/match")
    assert (found["images"], found["faces"]) == (0, [])


@pytest.mark.parametrize(
    ("attributes", "said"),
    [
        (["Smilling"], "did you mean 'Smiling'"),
        (["Black_Hair", "Blond_Hair"], "choose one"),
        (["Goatee"], "Goatee"),
    ],
)
def test_a_wrong_choice_is_answered_with_what_to_do(client: Client, attributes: list[str], said: str) -> None:
    with pytest.raises(AppError, match=said):
        client.predict("female", attributes, api_name="/match")


def test_a_comparison_comes_as_two_pngs_that_carry_their_recipe(client: Client) -> None:
    vanilla, fine_tuned, made = client.predict("female", ["Smiling"], seed=3, **QUICK, api_name="/compare")
    for path in (vanilla, fine_tuned):
        recipe = read_recipe(Path(path))
        assert (recipe.prompt, recipe.seed, recipe.steps) == ("a woman with a smile", 3, 4)
        assert "AI-generated" in Image.open(path).text["Comment"]
    assert made["seed"] == 3
    assert ImageChops.difference(Image.open(vanilla), Image.open(fine_tuned)).getbbox()


def test_at_strength_zero_both_portraits_are_the_same(client: Client) -> None:
    vanilla, fine_tuned, _ = client.predict(
        "male", ["Bald"], seed=3, adapter_scale=0, **QUICK, api_name="/compare"
    )
    assert Image.open(vanilla).tobytes() == Image.open(fine_tuned).tobytes()


def test_a_drawn_seed_is_told_and_makes_the_same_again(client: Client) -> None:
    drawn, _, made = client.predict("male", ["Bald"], **QUICK, api_name="/compare")
    again, _, _ = client.predict("male", ["Bald"], seed=made["seed"], **QUICK, api_name="/compare")
    assert Path(drawn).read_bytes() == Path(again).read_bytes()


@pytest.mark.parametrize(
    ("endpoint", "wrong", "said"),
    [
        ("/match", {"attributes": "Smiling"}, "attributes is 'Smiling': give a list"),
        ("/match", {"attributes": ["Smiling", 3]}, "attributes is"),
        ("/match", {"attributes": [], "count": 1.5}, "count is 1.5: give a whole number"),
        ("/match", {"attributes": [], "seed": [1]}, "seed is .*: give a whole number"),
        ("/match", {"attributes": [], "gender": ["male"]}, "gender is"),
        ("/sample", {"count": 101}, "count is 101: give a whole number from 1 to 100"),
        ("/sample", {"seed": -7}, "seed is -7"),
        ("/sample", {"size": 7}, "size is 7: give a whole number from 0 to 6"),
        ("/sample", {"mode": "faithfull"}, "did you mean 'faithful'"),
        ("/sample", {"least_images": -1}, "least_images is -1"),
        ("/match", {"attributes": [], "unwanted": "Smiling"}, "unwanted is 'Smiling': give a list"),
        ("/match", {"attributes": ["Smiling"], "unwanted": ["Smiling"]}, "both wanted and unwanted"),
        ("/match", {"attributes": [], "split": "trian"}, "did you mean 'train'"),
        ("/match", {"attributes": [], "strict": True}, "point to a CelebA folder"),
        ("/sample", {"size": "three"}, "size is 'three'"),
        ("/sample", {"gender": ["male"]}, "gender is"),
        ("/compare", {"attributes": "Smiling"}, "attributes is 'Smiling': give a list"),
    ],
)
def test_a_value_of_another_kind_is_answered_with_what_to_give(
    client: Client, endpoint: str, wrong: dict, said: str
) -> None:
    gender = {} if endpoint == "/sample" or "gender" in wrong else {"gender": "female"}
    with pytest.raises(AppError, match=said):
        client.predict(**gender, **wrong, api_name=endpoint)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [({"steps": 1_000}, "Steps is 1000"), ({"seed": -1}, "seed is -1"), ({"adapter_scale": 9}, "9")],
)
def test_settings_out_of_range_are_answered_with_what_to_do(client: Client, wrong: dict, said: str) -> None:
    with pytest.raises(AppError, match=said):
        client.predict("male", ["Bald"], **wrong, api_name="/compare")

"""The public endpoints, called over HTTP on a real server."""

import json
from pathlib import Path

import httpx
import psutil
import pytest
from gradio.utils import get_function_description
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image, ImageChops

from generation.example import EXAMPLE_FOLDER
from generation.links import write_link
from generation.png.metadata import read_recipe
from generation.recipe import Recipe
from prompt_engine.counts import AggregateCounts
from prompt_engine.faces.drawn import DrawnFaces
from prompt_engine.query import Query
from prompt_engine.realiser import realise
from prompt_engine.selection import Selection
from studio.api.endpoints import GROUPS

NOBODY = ("female", ["Heavy_Makeup", "Gray_Hair", "Wearing_Hat"])  # no CelebA image carries all three
QUICK = {"steps": 4}


ENDPOINTS = {
    *("build_prompt", "random_prompt", "count_matches", "matching_faces"),
    *("compare", "compare_models", "adapters", "recipe_from_link", "recipe_from_png"),
}


def test_only_the_documented_endpoints_are_public(client: Client) -> None:
    endpoints = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    assert set(endpoints) == {f"/{name}" for name in ENDPOINTS}


def test_each_endpoint_describes_every_argument_in_one_line() -> None:
    described = {
        name: get_function_description(function)
        for group in GROUPS
        for name, function in vars(group).items()
        if name in ENDPOINTS
    }
    assert set(described) == ENDPOINTS
    for name, (description, arguments, returns) in described.items():
        told = {argument: text for argument, text in arguments.items() if argument != "self"}
        assert description and returns, name
        assert all(text.endswith(".") for text in told.values()), name


def test_the_same_seed_samples_the_same_prompts(client: Client) -> None:
    first, again, other = (
        client.predict(count=5, seed=seed, api_name="/random_prompt") for seed in (7, 7, 8)
    )
    assert first == again != other
    assert len(first) == 5


def test_a_sampled_prompt_says_its_attributes(client: Client) -> None:
    for each in client.predict(count=10, gender="male", seed=1, api_name="/random_prompt"):
        assert each["prompt"] == realise(Selection(each["gender"], tuple(each["attributes"])))
        assert each["gender"] == "male" and len(each["attributes"]) == 3


def test_the_count_is_celebas(client: Client) -> None:
    found = client.predict("male", ["Smiling", "Eyeglasses"], api_name="/count_matches")
    counted = AggregateCounts.load().match_count(Query("male", ("Smiling", "Eyeglasses")))
    assert (found["images"], found["exact"]) == (counted.images, counted.exact)


def test_a_prompt_is_written_of_attributes(client: Client) -> None:
    found = client.predict("male", ["Smiling", "Eyeglasses"], api_name="/build_prompt")
    assert found["prompt"] == found["part_read"] == "a man with a smile, wearing eyeglasses"
    assert found["warnings"] == []


def test_faces_differ_by_seed_and_are_at_most_twenty(client: Client) -> None:
    first, again, other = (
        client.predict("female", ["Smiling"], seed=seed, api_name="/matching_faces") for seed in (1, 1, 2)
    )
    assert first["faces"] == again["faces"] != other["faces"]
    assert len(set(first["faces"])) == 20


def test_naming_faces_reads_no_image(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DrawnFaces, "sample", lambda *_: pytest.fail("faces were drawn"))
    faces = client.predict("male", ["Smiling"], count=5, seed=3, api_name="/matching_faces")["faces"]
    assert faces == DrawnFaces().sample_ids(Query("male", ("Smiling",)), 5, seed=3)


@pytest.mark.parametrize("mode", ["faithful", "uniform", "coverage"])
def test_a_mode_draws_only_what_has_enough_images(client: Client, mode: str) -> None:
    drawn = client.predict(count=20, mode=mode, least_images=1_000, seed=1, api_name="/random_prompt")
    for each in drawn:
        selection = Selection(each["gender"], tuple(each["attributes"]))
        assert AggregateCounts.load().match_count(Query.of(selection)).images >= 1_000


def test_unwanted_attributes_are_counted_out(client: Client) -> None:
    choice = {"gender": "male", "attributes": ["Smiling"], "unwanted": ["Eyeglasses"]}
    selection = Selection("male", ("Smiling",), ("Eyeglasses",))
    found = client.predict(**choice, api_name="/count_matches")
    assert found["images"] == AggregateCounts.load().match_count(Query.of(selection)).images
    said = client.predict(**choice, api_name="/build_prompt")
    assert said["unwanted"] == ["Eyeglasses"] and said["prompt"] == realise(selection)


def test_a_rare_combination_is_warned_of_with_its_count(client: Client) -> None:
    found = client.predict("male", ["Bald", "Blond_Hair"], api_name="/build_prompt")
    images = AggregateCounts.load().match_count(Query("male", ("Bald", "Blond_Hair"))).images
    assert len(found["warnings"]) == 1 and f"{images} image" in found["warnings"][0]


def test_no_match_means_no_faces(client: Client) -> None:
    assert client.predict(*NOBODY, api_name="/count_matches")["images"] == 0
    assert client.predict(*NOBODY, api_name="/matching_faces")["faces"] == []


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
        client.predict("female", attributes, api_name="/build_prompt")


def test_a_comparison_comes_as_two_pngs_that_carry_their_recipe(client: Client) -> None:
    vanilla, fine_tuned, made = client.predict("female", ["Smiling"], seed=3, **QUICK, api_name="/compare")
    for path in (vanilla, fine_tuned):
        recipe = read_recipe(Path(path))
        assert (recipe.prompt, recipe.seed, recipe.steps) == ("a woman with a smile", 3, 4)
        assert "AI-generated" in Image.open(path).text["Comment"]
    assert made["seed"] == 3 and made["adapter"] == "demo" and made["seconds"] > 0
    told = {name: made[name] for name in ("model_revision", "adapter_revision", "step_caching")}
    assert told == {name: getattr(read_recipe(Path(vanilla)), name) for name in told}
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
        ("/count_matches", {"attributes": "Smiling"}, "attributes is 'Smiling': give a list"),
        ("/matching_faces", {"attributes": ["Smiling", 3]}, "attributes is"),
        ("/matching_faces", {"attributes": [], "count": 1.5}, "count is 1.5: give a whole number"),
        ("/matching_faces", {"attributes": [], "seed": [1]}, "seed is .*: give a whole number"),
        ("/build_prompt", {"attributes": [], "gender": ["male"]}, "gender is"),
        ("/random_prompt", {"count": 101}, "count is 101: give a whole number from 1 to 100"),
        ("/random_prompt", {"seed": -7}, "seed is -7"),
        ("/random_prompt", {"size": 7}, "size is 7: give a whole number from 0 to 6"),
        ("/random_prompt", {"mode": "faithfull"}, "did you mean 'faithful'"),
        ("/random_prompt", {"least_images": -1}, "least_images is -1"),
        ("/build_prompt", {"attributes": [], "unwanted": "Smiling"}, "unwanted is 'Smiling': give a list"),
        ("/count_matches", {"attributes": ["Smiling"], "unwanted": ["Smiling"]}, "both wanted and unwanted"),
        ("/count_matches", {"attributes": [], "split": "trian"}, "did you mean 'train'"),
        ("/count_matches", {"attributes": [], "strict": True}, "point to a CelebA folder"),
        ("/random_prompt", {"size": "three"}, "size is 'three'"),
        ("/random_prompt", {"gender": ["male"]}, "gender is"),
        ("/compare", {"attributes": "Smiling"}, "attributes is 'Smiling': give a list"),
        ("/compare", {}, "Give a gender, 'male' or 'female', or a prompt"),
        ("/compare", {"prompt": 7}, "prompt is 7: give a text"),
        ("/compare", {"prompt": "a man", "attributes": ["Smiling"]}, "either a prompt, or a gender"),
        ("/compare", {"attributes": [], "model": "lagre"}, "did you mean 'large'"),
        ("/compare", {"attributes": [], "adapter": "/etc/passwd"}, "is no adapter"),
        ("/compare_models", {"prompt": "a man", "models": ["lagre"]}, "did you mean 'large'"),
        (
            "/compare_models",
            {"prompt": "a man", "models": "large"},
            "models is 'large': give .*large",
        ),
        ("/compare_models", {"prompt": "a man", "models": []}, "models is empty: name one"),
        ("/recipe_from_link", {"link": "?v=1&m=demo"}, "The link has no prompt"),
        (
            "/recipe_from_link",
            {"link": "https://a.example/?gender=female&with=Smiling"},
            "The link has no seed",
        ),
        ("/recipe_from_link", {"link": "?seed=3&steps=many"}, "steps='many', which is no value"),
    ],
)
def test_a_value_of_another_kind_is_answered_with_what_to_give(
    client: Client, endpoint: str, wrong: dict, said: str
) -> None:
    gender = (
        {}
        if wrong == {} or endpoint == "/random_prompt" or wrong.keys() & {"gender", "prompt", "link"}
        else {"gender": "female"}
    )
    with pytest.raises(AppError, match=said):
        client.predict(**gender, **wrong, api_name=endpoint)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [({"steps": 1_000}, "Steps is 1000"), ({"seed": -1}, "seed is -1"), ({"adapter_scale": 9}, "9")],
)
def test_settings_out_of_range_are_answered_with_what_to_do(client: Client, wrong: dict, said: str) -> None:
    with pytest.raises(AppError, match=said):
        client.predict("male", ["Bald"], **wrong, api_name="/compare")


def test_a_prompt_of_ones_own_without_an_adapter_gives_vanilla_alone(client: Client) -> None:
    vanilla, fine_tuned, made = client.predict(
        prompt="a woman in a garden", adapter="none", seed=3, **QUICK, api_name="/compare"
    )
    assert read_recipe(Path(vanilla)).prompt == made["prompt"] == "a woman in a garden"
    assert fine_tuned is None and made["adapter"] is None


def test_models_are_compared_with_their_own_settings_and_one_that_is_off_says_why(client: Client) -> None:
    demo, large = client.predict(
        "male", ["Bald"], seed=3, models=["demo", "large"], api_name="/compare_models"
    )
    recipe = read_recipe(Path(demo["fine_tuned"]))
    assert (recipe.model, recipe.steps, recipe.seed) == ("demo", 20, 3) and demo["problem"] is None
    assert "needs a GPU" in large["problem"] or "not on this machine" in large["problem"]
    assert large["vanilla"] is large["settings"] is None


def test_left_out_the_models_are_those_that_run_here(client: Client) -> None:
    made = client.predict("male", ["Bald"], seed=3, api_name="/compare_models")
    assert "demo" in {each["model"] for each in made} and all(each["problem"] is None for each in made)


def test_the_offered_adapters_are_told_with_what_they_are(client: Client) -> None:
    (demo,) = client.predict(api_name="/adapters")
    assert (demo["adapter"], demo["models"], demo["ranks"], demo["layers"]) == ("demo", ["demo"], [32], 68)
    assert client.predict(adapter="demo", api_name="/adapters") == [demo]
    for name in ("/etc/passwd", "nobody"):
        with pytest.raises(AppError, match="is no adapter"):
            client.predict(adapter=name, api_name="/adapters")


def test_the_page_reads_adapters_without_torch(client: Client) -> None:
    client.predict(adapter="demo", api_name="/adapters")
    running = [each for each in psutil.Process().children() if each.status() != psutil.STATUS_ZOMBIE]
    apps = [each for each in running if "app.py" in " ".join(each.cmdline())]
    assert apps and not any("libtorch" in place.path for app in apps for place in app.memory_maps())


def test_a_link_and_a_picture_tell_the_same_recipe(client: Client) -> None:
    vanilla, _, _ = client.predict("female", ["Smiling"], seed=3, **QUICK, api_name="/compare")
    recipe = read_recipe(Path(vanilla))
    found = client.predict(png=handle_file(vanilla), api_name="/recipe_from_png")
    assert found == {"fields": {**_plain(recipe)}, "left_alone": []}
    link = write_link(recipe, "http://127.0.0.1/")
    assert client.predict(link=link, api_name="/recipe_from_link") == {
        "schema": 2,
        **_plain(recipe.with_revisions(None, recipe.adapter_revision[:7])),
    }
    # As somebody sends it on, with which faces were shown beside; and as the address bar has it.
    for sent_on in (f"{link}&split=train&utm_source=mail", "?gender=female&with=Smiling&seed=3&steps=4"):
        again = client.predict(link=sent_on, api_name="/recipe_from_link")
        assert (again["prompt"], again["seed"], again["steps"]) == (recipe.prompt, 3, 4)


def _plain(recipe: Recipe) -> dict:
    return {name: value for name, value in json.loads(recipe.to_json()).items() if name != "schema"}


@pytest.mark.parametrize(
    "file",
    [
        {"path": "/etc/passwd"},
        {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}},
        {"path": str(EXAMPLE_FOLDER / "vanilla.png"), "meta": {"_type": "gradio.FileData"}},
        {"path": "http://127.0.0.1:1/a.png", "meta": {"_type": "gradio.FileData"}},
        "assets/examples/vanilla.png",
        None,
    ],
)
def test_no_file_of_the_server_is_read(client: Client, file: object) -> None:
    # Not through the client, which would upload it.
    bodies = {"call": {"data": [file, "demo"]}, "call/v2": {"png": file}}
    for way, body in bodies.items():
        asked = httpx.post(f"{client.src}gradio_api/{way}/recipe_from_png", json=body)
        if asked.status_code == 400:
            assert "names no uploaded file" in asked.json()["error"]
        else:
            answer = httpx.get(f"{client.src}gradio_api/call/recipe_from_png/{asked.json()['event_id']}")
            assert "event: error" in answer.text and "fields" not in answer.text
            assert '"error": null' not in answer.text  # a sentence


def test_a_picture_that_is_none_is_refused_without_its_place(client: Client, tmp_path: Path) -> None:
    (tmp_path / "notes.png").write_text("no picture")
    with pytest.raises(AppError, match="notes.png is no PNG: choose one"):
        client.predict(png=handle_file(tmp_path / "notes.png"), api_name="/recipe_from_png")

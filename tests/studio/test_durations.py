"""The seconds a GPU is borrowed for: within a visitor's quota, more for more work, set by whoever knows."""

import pytest

from generation.models import MODELS
from generation.recipe import Recipe
from generation.rendering.work import part
from studio.durations import ASSUMED, ASSUMED_START, Durations, GpuUse, describe_run, read_durations
from studio.settings import SettingsError

LOGGED_OUT_S = 120  # what a visitor without an account may borrow in a day


def recipe(**changed: object) -> Recipe:
    return Recipe("a man with a goatee", seed=1, **changed)  # type: ignore[arg-type]


def test_every_model_has_an_assumption_that_says_that_it_is_one() -> None:
    assert set(ASSUMED) == set(MODELS)
    assert all(each.source.startswith("assumed: ") for each in (*ASSUMED.values(), ASSUMED_START))


def test_a_visitor_without_an_account_can_compare_with_every_model_and_six_times_with_turbo() -> None:
    requested = {model: Durations().requested_s(recipe(model=model)) for model in MODELS}
    assert requested["turbo"] <= 20
    assert max(requested.values()) <= LOGGED_OUT_S


@pytest.mark.parametrize(
    ("more", "less"),
    [
        ({"steps": 28}, {"steps": 27}),
        ({"guidance": 1.1}, {"guidance": 1.0}),
        ({"adapter": "demo"}, {"adapter": None}),
        ({"size_px": 1024}, {"size_px": 768}),
        ({"size_px": 768}, {"size_px": 512}),
    ],
)
def test_more_work_takes_more_seconds(more: dict[str, object], less: dict[str, object]) -> None:
    expected = [Durations().expected_s(recipe(model="large", **changed)) for changed in (more, less)]
    assert expected[0] > expected[1] > ASSUMED_START.seconds


def test_a_smaller_picture_has_as_many_words() -> None:
    assert part(recipe(model="large", size_px=512)) == pytest.approx((32**2 + 333) / (64**2 + 333))


def test_one_arm_takes_half_the_steps_time() -> None:
    both, one = (Durations().expected_s(recipe(), arms) for arms in (("vanilla", "fine_tuned"), ("vanilla",)))
    assert both - ASSUMED_START.seconds == pytest.approx(2 * (one - ASSUMED_START.seconds))


def test_whoever_sees_the_real_runs_corrects_the_assumptions() -> None:
    corrected = read_durations("turbo=0.1, start=2")
    turbo = recipe(model="turbo")
    assert corrected.expected_s(turbo) == pytest.approx(2 + 4 * 2 * 0.1)
    assert corrected.speeds["large"] == ASSUMED["large"]
    assert read_durations(None) == read_durations("") == Durations()


def test_the_log_of_a_run_says_what_to_set() -> None:
    turbo = recipe(model="turbo")
    line = describe_run(turbo, Durations(), GpuUse(start_s=3.0, work_s=1.6))
    told = line.rpartition("GPU_SECONDS to ")[2]
    assert "11 s declared, 4.6 s used (its start took 3.0 s)" in line and ASSUMED["turbo"].source in line
    assert read_durations(told).expected_s(turbo) == pytest.approx(4.6)
    assert "(warm)" in describe_run(turbo, Durations(), GpuUse(start_s=None, work_s=1.6))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("turbo", "GPU_SECONDS holds 'turbo'"),
        ("turbo=quick", "GPU_SECONDS holds 'turbo=quick'"),
        ("turbo=0", "more than 0"),
        ("turbo=nan", "more than 0"),
        ("turbo=1e9", "at most 600"),
        ("turob=1", "turbo"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_a_sentence(text: str, told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        read_durations(text)

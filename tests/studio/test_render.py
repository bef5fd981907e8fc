"""The page's words: separators, bounds, singular and plural, and nothing that could be markup."""

import pytest

from generation.events import Progress
from generation.models import MODELS
from generation.recipe import Recipe
from prompt_engine.counts import MatchCount
from studio import render


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (MatchCount(192_309, True), "<strong>192,309</strong> CelebA images match"),
        (MatchCount(1, True), "<strong>1</strong> CelebA image matches"),
        (MatchCount(0, True), "<strong>0</strong> CelebA images match"),
        (MatchCount(1_234, False), "at most <strong>1,234</strong> CelebA images match"),
    ],
)
def test_the_count_is_said_with_separators_and_bounds(count: MatchCount, said: str) -> None:
    assert said in render.render_count(count)


def test_what_comes_from_outside_is_escaped() -> None:
    attack = "<img src=x onerror=alert(1)>"
    recipe = Recipe(prompt=attack, seed=1)
    for html in (
        render.render_prompt(attack, attack),
        render.render_prompt("a man", attack),
        render.render_problem(attack),
        render.render_caption(recipe),
    ):
        assert "<img" not in html
        assert "&lt;img" in html


@pytest.mark.parametrize(("model", "cut"), [("demo", True), ("large", False)])
def test_a_caption_says_where_its_own_model_stopped_reading(model: str, cut: bool) -> None:
    caption = render.render_caption(Recipe(prompt="a man with black hair " * 10, seed=1, model=model))
    assert ("Demo model reads this prompt only up to" in caption) is cut


def test_progress_shows_both_arms_and_the_time_left() -> None:
    vanilla, fine_tuned = Progress("vanilla", 20, 20, 1.2), Progress("fine_tuned", 3, 20, 4.4)
    early = render.render_progress({"vanilla": vanilla})
    late = render.render_progress({"vanilla": vanilla, "fine_tuned": fine_tuned})
    assert "step 20 of 20" in early and "waiting" in early
    assert "step 3 of 20" in late and "waiting" not in late
    assert "About 4 s left" in late


def test_the_caption_says_what_made_the_portraits() -> None:
    caption = render.render_caption(
        Recipe(prompt="a man", seed=42, steps=12, guidance=3.5, adapter_scale=0.5)
    )
    for fact in (
        "AI-generated",
        "a man",
        "seed 42",
        "12 steps",
        "guidance 3.5",
        "strength 0.5",
        "96\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}96\N{NO-BREAK SPACE}px",
    ):
        assert fact in caption


def test_stability_ai_is_named_on_every_page_and_with_the_demo_model_for_its_own_models_alone() -> None:
    assert "SD 3.5 Large Turbo: <strong>Powered" in render.render_footer(MODELS["demo"])
    for key in ("medium", "large", "turbo"):
        assert render.render_footer(MODELS[key]).startswith("<p><strong>Powered by Stability AI")

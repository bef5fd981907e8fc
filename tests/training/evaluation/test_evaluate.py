"""An evaluation from end to end: both arms held against faces that were not trained on."""

from dataclasses import replace
from pathlib import Path

import pytest

from generation.adapters.file import adapter_revision, resolve_adapter
from generation.evaluation.report import EvaluationReport
from generation.loading.pipelines import model_revision
from generation.models import model_spec
from prompt_engine.captions import CaptionRules
from training.dataset import open_faces
from training.errors import DataError
from training.evaluation.classifier import AttributeClassifier
from training.evaluation.classifier_file import LearnedFrom, TrainedClassifier
from training.evaluation.evaluate import Evaluation, evaluate
from training.evaluation.faces import Choice, choose_faces
from training.evaluation.held_out import real_held_out, training_faces
from training.evaluation.portraits import Shots
from training.evaluation.sides import FaceWishes, cautions, check_judge, open_sides


@pytest.fixture(scope="module")
def alike(drawn_celeba: Path) -> EvaluationReport:
    """An adapter at scale 0, over the faces of a folder."""
    wishes = FaceWishes(f"folder:{drawn_celeba}", Choice(split="test"))
    asked = Evaluation(count=10, steps=4, seed=3, scale=0.0, faces=wishes)
    return evaluate(asked, say=lambda _line: None).report


def test_arms_that_are_one_differ_in_nothing(alike: EvaluationReport) -> None:
    for measure in alike.measures:
        assert measure.vanilla == measure.fine_tuned, measure.key
        assert measure.difference.low <= measure.difference.value == 0 <= measure.difference.high, measure.key
        if measure.unit == "share":  # that no portrait differs does not say that none ever would
            assert measure.difference.low < measure.difference.high, measure.key
        else:
            assert (measure.difference.low, measure.difference.high) == (0, 0), measure.key
        if measure.ratio and measure.unit != "share":
            assert (measure.ratio.low, measure.ratio.high) == pytest.approx((1, 1)), measure.key
    assert all(each.difference.value == 0 for each in alike.attributes)


def test_the_report_says_what_it_was_made_of(alike: EvaluationReport) -> None:
    was = alike.conditions
    assert was.adapter_revision == adapter_revision(resolve_adapter("demo"))
    assert was.model_revision == model_revision(model_spec("demo"))
    assert (was.selections, was.held_out_faces, was.training_faces) == (10, 10, 39)
    assert was.held_out == "images 41 to 60 of the split test, not blurry"
    assert (was.steps, was.adapter_scale, was.size_px, was.seed) == (4, 0.0, 96, 3)
    assert any("not on CelebA" in each for each in alike.left_out)
    assert any("CLIPScore is left out" in each for each in alike.left_out)
    assert any("100 prompts are needed" in each for each in alike.left_out)
    assert alike.measure("diversity_prompt") is None
    assert any("Only 20 held-out faces" in each and "1 in 21" in each for each in alike.left_out)
    assert len(alike.pairs) == 10


def test_every_figure_lies_within_its_interval(report: EvaluationReport) -> None:
    for measure in report.measures:
        for figure in (measure.vanilla, measure.fine_tuned, measure.difference):
            assert figure.low <= figure.value <= figure.high, measure.key


def test_the_adapter_brings_portraits_nearer_to_the_look_it_learned(report: EvaluationReport) -> None:
    kid, seen = report.measure("kid"), report.measure("attributes_seen")
    assert kid is not None and seen is not None
    assert kid.difference.high < 0
    assert seen.vanilla.value > 0.8
    assert {each.space for each in report.nearness} == {"features", "hashes"}


def test_the_same_evaluation_gives_the_same_figures(alike: EvaluationReport, drawn_celeba: Path) -> None:
    wishes = FaceWishes(f"folder:{drawn_celeba}", Choice(split="test"))
    asked = Evaluation(count=10, steps=4, seed=3, scale=0.0, faces=wishes)
    again = evaluate(asked, say=lambda _line: None).report
    assert again.to_json() == alike.to_json()


def test_prompts_are_made_of_the_held_out_faces_own_labels(drawn_celeba: Path) -> None:
    source = open_faces(f"folder:{drawn_celeba}")
    faces = choose_faces(source, Choice(split="test"))
    held_out = real_held_out(faces, 30, 1, CaptionRules())
    assert (held_out.count, len(held_out.selections)) == (20, 30)
    people = [face.labels for face in held_out.faces()]
    assert all(each.matches(people[turn % 20]) for turn, each in enumerate(held_out.selections))
    assert held_out.selections == real_held_out(faces, 30, 1, CaptionRules()).selections
    assert held_out.selections != real_held_out(faces, 30, 2, CaptionRules()).selections


def test_held_out_faces_are_never_among_the_training_faces(drawn_celeba: Path) -> None:
    source = open_faces(f"folder:{drawn_celeba}")
    apart = choose_faces(source, Choice(numbers=(31, 50)))
    assert training_faces(source, apart, None, None).ids == (0, 1, *range(3, 30), *range(50, 60))
    assert training_faces(source, apart, (21, 30), 5).ids == (20, 21, 22, 23, 24)
    with pytest.raises(DataError, match="Images 21 to 40 were trained on, and image 31 of them is held out"):
        training_faces(source, apart, (21, 40), None)


def test_some_prompts_are_made_with_several_seeds(drawn_celeba: Path) -> None:
    faces = choose_faces(open_faces(f"folder:{drawn_celeba}"), Choice(split="test"))
    shots = Shots.of(real_held_out(faces, 119, 1, CaptionRules()).selections, seed=2**31 - 10)
    assert shots.groups.shape == (5, 4)
    for rows in shots.groups:
        assert len({shots.prompts[row] for row in rows}) == 1
        assert len({shots.seeds[row] for row in rows}) == 4
    assert len(shots.prompts) == len(shots.seeds) == 119 + 5 * 3
    assert max(shots.seeds) < 2**31
    few = Shots.of(real_held_out(faces, 99, 1, CaptionRules()).selections, seed=1)
    assert (len(few.prompts), few.groups.shape) == (99, (0, 4))
    assert shots.told == "119 prompts, 5 of them with 4 seeds: 134 portraits an arm"
    assert few.told == "99 prompts: 99 portraits an arm"


def test_a_judge_who_knows_the_held_out_faces_is_refused(drawn_celeba: Path) -> None:
    sides = open_sides(FaceWishes(f"folder:{drawn_celeba}", Choice(numbers=(41, 60))), None, 5, 1)
    learned = LearnedFrom("CelebA", 40, 5, 0, 500, 1, 45)
    judge = TrainedClassifier(AttributeClassifier(("Male", "Smiling")), learned, {}, "")
    with pytest.raises(DataError, match="learned from images 1 to 45, and images 41 to 60 are held out"):
        check_judge(judge, sides)
    check_judge(replace(judge, learned_from=replace(learned, last=40)), sides)
    check_judge(replace(judge, learned_from=replace(learned, title="Drawn portraits of both looks")), sides)


def test_a_judge_who_cannot_tell_the_gender_is_refused(drawn_celeba: Path) -> None:
    sides = open_sides(FaceWishes(f"folder:{drawn_celeba}", Choice(numbers=(41, 60))), None, 5, 1)
    judge = TrainedClassifier(AttributeClassifier(("Smiling",)), LearnedFrom("Women", 40, 5, 0, 500), {}, "")
    with pytest.raises(DataError, match="cannot tell women from men"):
        check_judge(judge, sides)


def test_what_the_adapter_says_it_learned_from_is_not_held_out(drawn_celeba: Path) -> None:
    def wishes(numbers: tuple[int, int]) -> FaceWishes:
        return FaceWishes(f"folder:{drawn_celeba}", Choice(numbers=numbers))

    learned = {"faces": {"title": "CelebA", "split": "all", "images": [1, 30]}}
    assert open_sides(wishes((31, 50)), learned, 5, 1).training.words == "images 1 to 30, not blurry"
    with pytest.raises(DataError, match="Images 1 to 30 were trained on, and image 21 of them is held out"):
        open_sides(wishes((21, 40)), learned, 5, 1)
    others = {"faces": {"title": "Other faces", "images": [1, 30]}}
    assert len(open_sides(wishes((21, 40)), others, 5, 1).training.ids) == 39


@pytest.mark.parametrize(
    ("split", "held_out", "shared"),
    [
        ("train", Choice(split="test"), 0),
        ("test", Choice(split="test"), 20),
        ("all", Choice(split="test"), 20),
        ("train", Choice(numbers=(31, 50)), 10),
        (None, Choice(numbers=(31, 50)), 20),
    ],
)
def test_a_reader_is_told_of_held_out_images_that_may_have_been_trained_on(
    drawn_celeba: Path, split: str | None, held_out: Choice, shared: int
) -> None:
    record = {"faces": {"title": "CelebA", "split": split, "images": None}}
    sides = open_sides(FaceWishes(f"folder:{drawn_celeba}", held_out), record, 5, 1)
    said = f"The adapter may have been trained on {shared} of the held-out images: choose others."
    assert (said in cautions(sides, record)) == bool(shared)
    assert not any("may have been trained" in each for each in cautions(sides, None))


def test_too_few_faces_are_refused(drawn_celeba: Path) -> None:
    with pytest.raises(DataError, match="There are 3 held-out faces"):
        open_sides(FaceWishes(f"folder:{drawn_celeba}", Choice(numbers=(41, 43))), None, 5, 1)

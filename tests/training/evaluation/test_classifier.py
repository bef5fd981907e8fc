"""The classifier: it learns, and its file says what it learned from and how right it is."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from training.__main__ import main
from training.errors import DataError
from training.evaluation.classifier import AttributeClassifier, classify
from training.evaluation.classifier_file import RECORD_KEY, LearnedFrom, load_classifier, save_classifier
from training.evaluation.learn import Lessons, class_weights, disturbed, train_classifier
from training.evaluation.schooling import score_classifier
from training.evaluation.scores import Score, score_outputs
from training.pixels import to_pixels


@pytest.fixture(autouse=True)
def _alone(single_threaded: None) -> None:
    """One thread: others may work on this machine."""


def coloured(count: int, seed: int) -> Lessons:
    """Pictures that carry the first label where they are red; the second, rare, where they are dark."""
    rng = np.random.default_rng(seed)
    carried = np.stack([rng.random(count) < 0.5, rng.random(count) < 0.1], axis=1)
    images = rng.integers(100, 156, (count, 96, 96, 3)).astype(np.int16)
    images[..., 0] += 80 * carried[:, 0, None, None]
    images[carried[:, 1]] -= 90
    return Lessons(images.clip(0, 255).astype(np.uint8), carried)


def test_it_learns_a_common_label_and_a_rare_one() -> None:
    torch.manual_seed(0)
    model = train_classifier(AttributeClassifier(("Smiling", "Bald")), coloured(160, 1), steps=8, seed=0)
    scores = score_classifier(model, coloured(100, 2))
    assert min(each.balanced_accuracy or 0 for each in scores.values()) > 0.85


def test_faces_with_and_without_a_label_weigh_alike() -> None:
    carried = np.array([[True, False], [False, False], [False, True], [False, False]])
    positive, negative = class_weights(carried)
    assert (positive * torch.tensor([1, 1])).tolist() == pytest.approx(
        (negative * torch.tensor([3, 3])).tolist()
    )


def test_disturbing_keeps_size_and_range_and_depends_on_the_chance_alone() -> None:
    pixels = to_pixels(coloured(4, 1).images)
    one, again, other = (disturbed(pixels, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert one.shape == pixels.shape and one.abs().max() < 1.5
    assert torch.equal(one, again) and not torch.equal(one, other)


def test_scores_count_both_sides() -> None:
    carried = np.array([[True], [True], [False], [False], [False]])
    seen = np.array([[True], [False], [False], [False], [True]])
    score = score_outputs(seen, carried, ("Bald",))["Bald"]
    assert score == Score(2, 3, 1, 2)
    assert score.accuracy == 3 / 5
    assert score.balanced_accuracy == pytest.approx((1 / 2 + 2 / 3) / 2)
    assert Score(0, 5, 0, 5).balanced_accuracy is None


def test_a_file_gives_back_what_was_written(tmp_path: Path) -> None:
    model = AttributeClassifier(("Smiling", "Bald")).half().float().eval()
    record = LearnedFrom("CelebA", 80, 20, 1, 500, 1, 100)
    scores = {"Smiling": Score(9, 9, 8, 7), "Bald": Score(2, 16, 1, 15)}
    save_classifier(model, record, scores, tmp_path / "some.safetensors")
    read = load_classifier(tmp_path / "some.safetensors")
    assert (read.learned_from, read.scores, read.model.outputs) == (record, scores, ("Smiling", "Bald"))
    pixels = torch.zeros(1, 3, 96, 96)
    np.testing.assert_array_equal(classify(model, pixels)[1], classify(read.model, pixels)[1])


def test_scores_of_other_outputs_are_refused(tmp_path: Path) -> None:
    path, record = tmp_path / "some.safetensors", LearnedFrom("CelebA", 80, 20, 1, 500, 1, 100)
    save_classifier(AttributeClassifier(("Smiling", "Bald")), record, {"Smiling": Score(9, 9, 8, 7)}, path)
    with pytest.raises(DataError, match="its scores are not of its outputs"):
        load_classifier(path)


@pytest.mark.parametrize("metadata", [None, {RECORD_KEY: "{"}, {RECORD_KEY: json.dumps({"schema": 1})}])
def test_another_file_is_refused_in_a_sentence(tmp_path: Path, metadata: dict[str, str] | None) -> None:
    path = tmp_path / "other.safetensors"
    save_file({"weight": torch.zeros(1)}, path, metadata)
    with pytest.raises(DataError, match=r"no attribute classifier .*`python -m training classifier`"):
        load_classifier(path)
    with pytest.raises(DataError, match="There is no attribute classifier"):
        load_classifier(tmp_path / "none.safetensors")


def test_by_command_it_learns_from_a_folder_and_says_how_right_it_is(
    drawn_celeba: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "classifier.safetensors"
    asked = ["classifier", "--faces", f"folder:{drawn_celeba}", "--images", "1-40", "--steps", "1"]
    assert main([*asked, "--out", str(out)]) == 0
    said = capsys.readouterr().out
    assert "33 faces to learn from, 6 held out" in said
    assert "balanced" in said
    read = load_classifier(out)
    assert read.learned_from == LearnedFrom("CelebA", 33, 6, 0, 1, 1, 40)
    assert sum(read.scores["Male"].__dict__[side] for side in ("positives", "negatives")) == 6
    with safe_open(out, "pt") as file:  # counts and what was learned from, and nothing else
        assert set(json.loads(file.metadata()[RECORD_KEY])) == {"schema", "outputs", "learned_from", "scores"}


def test_bad_input_is_one_sentence_and_leaves_no_file(
    drawn_celeba: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "none" / "classifier.safetensors"
    faces = ["classifier", "--faces", f"folder:{drawn_celeba}"]
    assert main([*faces, "--out", str(out)]) == 2
    assert main([*faces, "--images", "1-9", "--out", str(tmp_path / "a.safetensors")]) == 2
    assert main(["classifier", "--faces", "folder:/nowhere", "--out", str(tmp_path / "a.safetensors")]) == 2
    assert main([*faces, "--out", str(tmp_path)]) == 2
    assert main(["classifier", "--images", "1-9", "--out", str(tmp_path / "a.safetensors")]) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 5
    assert "it is a folder, name a file" in err and "--images chooses among real faces" in err
    assert "no such folder" in err and "8: choose others" in err
    assert list(tmp_path.iterdir()) == []

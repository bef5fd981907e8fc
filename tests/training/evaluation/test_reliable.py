"""Which attributes count in headline figures: not those whose label or whose judge cannot be trusted."""

from prompt_engine.attributes import LABELS
from training.evaluation.reliable import Judge
from training.evaluation.scores import Score

GOOD, BAD, FEW = Score(50, 50, 48, 47), Score(50, 50, 25, 40), Score(3, 97, 3, 97)


def judge(own: Score, here: Score, drawn: bool = False, at_home: bool = True) -> Judge:
    return Judge(dict.fromkeys(LABELS, own), dict.fromkeys(LABELS, here), drawn, at_home)


def test_a_label_and_a_judge_that_can_be_trusted_leave_no_doubt() -> None:
    assert judge(GOOD, GOOD).doubt("Smiling") == ""
    assert judge(GOOD, FEW).doubt("Smiling") == ""


def test_labels_that_annotators_disagree_on_are_doubtful_unless_drawn() -> None:
    assert judge(GOOD, GOOD).doubt("Oval_Face") == "CelebA's label is near-random"
    assert judge(GOOD, GOOD).doubt("Big_Nose") == "CelebA's label is doubtful"
    assert judge(GOOD, GOOD, drawn=True).doubt("Oval_Face") == ""


def test_a_judge_who_is_wrong_too_often_is_doubted() -> None:
    assert "reaches 65% on its own" in judge(BAD, GOOD).doubt("Smiling")
    assert "reaches 65% on these" in judge(GOOD, BAD).doubt("Smiling")
    assert "too few faces" in judge(FEW, GOOD).doubt("Smiling")


def test_a_judge_of_other_faces_must_show_that_it_knows_these() -> None:
    assert judge(GOOD, GOOD, at_home=False).doubt("Smiling") == ""
    assert "too few here" in judge(GOOD, FEW, at_home=False).doubt("Smiling")

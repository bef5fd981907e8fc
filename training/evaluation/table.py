"""Measurements as a Markdown table, and its place in a file."""

from collections.abc import Mapping
from pathlib import Path

from generation.events import ARMS, Arm
from prompt_engine.whole_file import replacing
from training.errors import DataError
from training.evaluation.classifier import NOT_SHOWN
from training.evaluation.measure import RELIABLE, Measurement, interval

BEGIN, END = "<!-- quality: begin -->", "<!-- quality: end -->"


def render_report(found: Mapping[Arm, Measurement], accuracy: Mapping[str, float]) -> str:
    """Both arms side by side, then every attribute, then what the classifier is not sure enough of."""
    return "\n".join([*_summary(found), "", *_details(found, accuracy), "", _left_out(accuracy)])


def _summary(found: Mapping[Arm, Measurement]) -> list[str]:
    arms = [found[arm] for arm in ARMS]
    vanilla, tuned = arms
    seen = [_share(each.attributes.seen, each.attributes.asked) for each in arms]
    complete = [_share(each.complete, each.portraits) for each in arms]
    ratio = f"{tuned.distance:.3f} ({tuned.distance / vanilla.distance:.0%} of vanilla's)"
    return [
        _row("measured", "vanilla", "fine-tuned"),
        _row("---", "---", "---"),
        _row("attributes asked for that are seen", *seen),
        _row("portraits that show all that was asked for", *complete),
        _row("KID to photographic portraits", f"{vanilla.distance:.3f}", ratio),
    ]


def _details(found: Mapping[Arm, Measurement], accuracy: Mapping[str, float]) -> list[str]:
    rows = [_row("attribute", "asked for", "vanilla", "fine-tuned", "classifier right"), _row(*["---"] * 5)]
    for label, tally in sorted(found["vanilla"].by_attribute.items()):
        shares = [found[arm].by_attribute[label].seen / tally.asked for arm in ARMS]
        rows.append(
            _row(label, f"{tally.asked:,}", *(f"{each:.0%}" for each in shares), f"{accuracy[label]:.1%}")
        )
    return rows


def _left_out(accuracy: Mapping[str, float]) -> str:
    unsure = ", ".join(sorted(label for label, share in accuracy.items() if share < RELIABLE)) or "none"
    rule = f"the classifier is right on fewer than {RELIABLE:.0%} of held-out drawings"
    unjudged = ", ".join(sorted(NOT_SHOWN))
    return f"Not reported, because {rule}: {unsure}; because no drawing shows it: {unjudged}."


def check_report_place(path: Path) -> str:
    """The text of `path`.

    Raises:
        DataError: the file or its marks are missing.
    """
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    if BEGIN not in text or END not in text.partition(BEGIN)[2]:
        raise DataError(
            f"{path} has no lines {BEGIN} and, below it, {END} to put the table between: add them."
        )
    return text


def write_report(path: Path, report: str) -> None:
    """Replaces what lies between the marks in `path`.

    Raises:
        DataError: the file or its marks are missing.
    """
    before, rest = check_report_place(path).split(BEGIN, 1)
    after = rest.split(END, 1)[1]
    with replacing(path) as beside:
        beside.write_text(f"{before}{BEGIN}\n{report}\n{END}{after}", encoding="utf-8")


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _share(right: int, total: int) -> str:
    low, high = interval(right, total)
    return f"{right / total:.1%} ({low:.1%}–{high:.1%})"

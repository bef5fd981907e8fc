"""Measurements as a Markdown table, and its place in a file."""

from collections.abc import Mapping
from pathlib import Path

from prompt_engine.whole_file import replacing
from training.errors import DataError
from training.evaluation.measure import RELIABLE, Measurement, interval

BEGIN, END = "<!-- quality: begin -->", "<!-- quality: end -->"
NAMES = {"vanilla": "vanilla", "fine_tuned": "fine-tuned"}


def render_report(found: Mapping[str, Measurement], accuracy: Mapping[str, float]) -> str:
    """Both arms side by side, then every attribute, then what the classifier is not sure enough of."""
    vanilla, tuned = found["vanilla"], found["fine_tuned"]
    rows = [
        "| measured | vanilla | fine-tuned |",
        "|---|---|---|",
        _row(
            "attributes asked for that are seen",
            *(_share(each.attributes.seen, each.attributes.asked) for each in (vanilla, tuned)),
        ),
        _row(
            "portraits that show all that was asked for",
            *(_share(each.complete, each.portraits) for each in (vanilla, tuned)),
        ),
        _row(
            "KID to photographic portraits",
            f"{vanilla.distance:.3f}",
            f"{tuned.distance:.3f} ({tuned.distance / vanilla.distance:.0%} of vanilla's)",
        ),
    ]
    details = ["| attribute | asked for | vanilla | fine-tuned | classifier right |", "|---|---|---|---|---|"]
    for label, tally in sorted(vanilla.by_attribute.items()):
        other = tuned.by_attribute[label]
        details.append(
            _row(
                label,
                f"{tally.asked:,}",
                f"{tally.seen / tally.asked:.0%}",
                f"{other.seen / other.asked:.0%}",
                f"{accuracy[label]:.1%}",
            )
        )
    unsure = sorted(label for label, share in accuracy.items() if share < RELIABLE)
    note = (
        f"Not reported, because the classifier is right on fewer than {RELIABLE:.0%} of held-out drawings: "
    )
    head = (
        f"{vanilla.portraits:,} random selections, both arms from the same noise; in brackets 95 % intervals."
    )
    return "\n".join([head, "", *rows, "", *details, "", note + (", ".join(unsure) or "none") + "."])


def write_report(path: Path, report: str) -> None:
    """Replaces what lies between the marks in `path`.

    Raises:
        DataError: the file or its marks are missing.
    """
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    if BEGIN not in text or END not in text:
        raise DataError(f"{path} has no lines {BEGIN} and {END} to put the table between: add them.")
    before, rest = text.split(BEGIN, 1)
    after = rest.split(END, 1)[1]
    with replacing(path) as beside:
        beside.write_text(f"{before}{BEGIN}\n{report}\n{END}{after}", encoding="utf-8")


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _share(right: int, total: int) -> str:
    low, high = interval(right, total)
    return f"{right / total:.1%} ({low:.1%}–{high:.1%})"

"""Three first steps, above the portraits and never over them; `first_visit.js` shows and remembers them."""

from __future__ import annotations

STEPS: tuple[tuple[str, str], ...] = (
    (
        "Compare",
        "Both portraits have the same prompt and the same starting noise. Drag the line between them; the "
        "buttons above them show both side by side, in turns, or as a difference.",
    ),
    (
        "Choose",
        "Pick hair, nose and more, or click an example. The prompt is written from what you choose, and "
        "you see how many of CelebA’s images match.",
    ),
    (
        "Generate",
        "Generate makes both portraits with a new seed, and says before what that costs. Share gives a link "
        "that shows exactly this again.",
    ),
)


def render_walkthrough() -> str:
    """The steps, of which the first is shown; hidden from whoever has put them away."""
    steps = "".join(
        f'<div class="step"{"" if at == 1 else " hidden"}><p class="lead">{at} of {len(STEPS)}</p>'
        f"<p><strong>{title}</strong></p><p>{words}</p></div>"
        for at, (title, words) in enumerate(STEPS, 1)
    )
    return (
        '<section id="first-steps" aria-label="First steps">'
        f'<div class="steps" aria-live="polite">{steps}</div><div class="acts">'
        '<button type="button" data-step="done">Hide</button>'
        '<button type="button" data-step="back" disabled>Back</button>'
        '<button type="button" data-step="next">Next</button>'
        '<button type="button" data-step="end" hidden>Done</button></div></section>'
    )


def render_reopening() -> str:
    """The button that brings them back."""
    return '<button type="button" class="show-first-steps" data-first-steps>Show the first steps</button>'

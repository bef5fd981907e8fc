"""The page's own pieces of HTML: prompt, count, progress, caption, notices. Every value is escaped."""

from collections.abc import Callable, Mapping, Sequence
from html import escape

from generation.events import Arm, Progress
from generation.models import MODELS, ModelSpec
from generation.prompts.length import cut_note
from generation.recipe import Recipe
from prompt_engine.errors import PromptEngineError
from prompt_engine.facets import MatchCount
from studio.messages import WAITING

ARMS: Mapping[Arm, str] = {"vanilla": "Vanilla", "fine_tuned": "Fine-tuned"}
FOOTER = (
    "The portraits are AI-generated and show no real person. Code: Apache License 2.0. "
    "Adapters trained on CelebA are for non-commercial research."
)
STABILITY_NOTICE = (
    "This Stability AI Model is licensed under the Stability AI Community License, "
    "Copyright © Stability AI Ltd. All Rights Reserved"
)
POWERED = "<strong>Powered by Stability AI</strong>"
ABOUT_LINKS = {"report": "Report a picture", "privacy": "Privacy", "licences": "Licences and notices"}


def render_prompt(sentence: str, note: str = "") -> str:
    """The sentence that goes to the model, in readable type, and quietly below it what is to be known."""
    return f'<p class="lead">Prompt</p><p class="prompt" lang="en">{escape(sentence)}</p>{render_note(note)}'


def render_wrong_choice(sentence: str) -> str:
    """Where the prompt would stand: why there is none."""
    return f'<p class="lead">No prompt</p>{render_problem(sentence)}'


def render_count(count: MatchCount, unfiltered: MatchCount | None = None) -> str:
    """How many CelebA images match: "1,234 CelebA images match", "at most 56 …" for an upper bound.

    With filters, how many there are without them is said too.
    """
    bound = "" if count.exact else "at most "
    noun, verb = ("image", "matches") if count.images == 1 else ("images", "match")
    before = f" ({unfiltered.images:,} without the filters)" if unfiltered else ""
    return f'<p class="count">{bound}<strong>{count.images:,}</strong> CelebA {noun} {verb}{before}</p>'


def render_progress(done: Mapping[Arm, Progress], arms: Sequence[Arm] = tuple(ARMS)) -> str:
    """Each arm's steps as a bar, and about how long the rest takes."""
    bars = "".join(_bar(ARMS[arm], done.get(arm)) for arm in arms)
    # Not read out at every step: who listens was told that it began, and will be told when it is done.
    return f'<div class="progress" aria-live="off">{bars}<p class="left">{_time_left(done)}</p></div>'


def render_waiting(sentence: str) -> str:
    """A line about what is happening before the first step; of a turn, `queue_place.js` tells the place."""
    turn = " data-turn" if sentence == WAITING else ""
    return f'<div class="progress" role="status"><p class="left"{turn}>{escape(sentence)}</p></div>'


def render_problem(sentence: str) -> str:
    """A problem where the visitor is looking, in its own words."""
    return f'<p class="problem" role="alert">{escape(sentence)}</p>'


def render_or_tell(render: Callable[[], str]) -> str:
    """What `render` gives; where the prompt engine refuses, its sentence in that place."""
    try:
        return render()
    except PromptEngineError as problem:
        return render_problem(str(problem))


def render_note(sentence: str) -> str:
    """One quiet line; nothing at all for an empty sentence."""
    return f'<p class="note">{escape(sentence)}</p>' if sentence else ""


def render_caption(recipe: Recipe, report: str = "", with_t5: bool = True) -> str:
    """What the portraits above it are: the prompt they were made from, the settings, whose model made them.

    `report` is the link that reports them, `with_t5` as in `cut_note`.
    """
    facts = [
        recipe.spec.title,
        f"seed {recipe.seed}",
        f"{recipe.steps} steps",
        f"guidance {recipe.guidance:g}",
        *_adapter_facts(recipe),
        f"{recipe.size_px}\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}{recipe.size_px}\N{NO-BREAK SPACE}px",
    ]
    told = filter(None, [*map(escape, facts), "" if recipe.spec.bundled else POWERED, report])
    return (
        f'<p class="caption"><span class="tag">AI-generated</span> '
        f'<span class="tag earlier" hidden>of an earlier choice</span> '
        f'<span class="made-of" lang="en">{escape(recipe.prompt)}</span></p>'
        f'<p class="note">{" · ".join(told)}</p>{render_note(cut_note(recipe.prompt, recipe.spec, with_t5))}'
    )


def _adapter_facts(recipe: Recipe) -> list[str]:
    facts = ["no adapter"]
    if recipe.adapter is not None:
        name = [] if recipe.adapter == "demo" else [f"adapter {recipe.adapter}"]
        facts = [*name, f"strength {recipe.adapter_scale:g}"]
    return [*facts, "steps skipped by TaylorSeer"] if recipe.step_caching else facts


def render_footer(spec: ModelSpec) -> str:
    """Whose models these are, licences, marks, where to read on.

    What Stability AI asks for stands there whichever model the page begins with: it offers all of them.
    """
    others = [each.title for each in MODELS.values() if not each.bundled]
    whose = f"{', '.join(others)}: " if spec.bundled else ""
    links = " · ".join(f'<a href="#about-{name}">{words}</a>' for name, words in ABOUT_LINKS.items())
    return (
        f"<p>{whose}{POWERED}. {STABILITY_NOTICE}.</p><p>{FOOTER}</p>"
        f'<p>{links}</p><p id="status-line" hidden></p>'
    )


def _bar(title: str, progress: Progress | None) -> str:
    step, steps = (progress.step, progress.steps) if progress else (0, 1)
    said = f"step {step} of {steps}" if progress else "waiting"
    return (
        f'<div class="bar"><span>{title}</span>'
        f'<progress value="{step}" max="{steps}" aria-label="{title}"></progress><span>{said}</span></div>'
    )


def _time_left(done: Mapping[Arm, Progress]) -> str:
    seconds = list(done.values())[-1].seconds_left if done else None
    if seconds is None:
        return "Starting"
    return "Less than a second left" if seconds < 1 else f"About {duration(seconds)} left"


def duration(seconds: float) -> str:
    """`0.4 s`, `12 s`, `3 min`."""
    if seconds < 1:
        return f"{max(seconds, 0.1):.1f} s"
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min"

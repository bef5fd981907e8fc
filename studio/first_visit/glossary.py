"""The terms of the page, explained where they stand: one table, for the page and for the documentation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape


@dataclass(frozen=True)
class Term:
    """A term, and what it means."""

    title: str
    meaning: str


GLOSSARY: Mapping[str, Term] = {
    "vanilla": Term(
        "Vanilla", "The portrait that the model makes as its makers published it, without the adapter."
    ),
    "fine-tuned": Term(
        "Fine-tuned",
        "The portrait that the same model makes with the adapter. Prompt, starting noise and settings are "
        "the same, so whatever differs comes from the adapter.",
    ),
    "prompt": Term(
        "Prompt",
        "The sentence that the model reads. It is written from your choice, by the same code that wrote the "
        "captions which the adapter was trained on.",
    ),
    "attribute": Term(
        "Attribute", "One of the 40 things that CelebA’s labels say of a face, such as wavy hair or a smile."
    ),
    "bucket": Term(
        "Bucket",
        "Attributes that answer one question, such as the colour of the hair. Each bucket has a list of "
        "its own, and a face usually has one answer; with “any”, the prompt leaves it open.",
    ),
    "without": Term(
        "Without",
        "What the images that are counted and shown must not carry. The prompt does not name it.",
    ),
    "unusual": Term(
        "Unusual combinations",
        "Several answers to one bucket, such as two colours of hair. CelebA’s labels rarely say that.",
    ),
    "matching": Term(
        "Matching images",
        "How many of CelebA’s sharp images carry every attribute that is chosen. “At most” stands where the "
        "number is a bound, because only shared counts are at hand.",
    ),
    "adapter": Term(
        "Adapter",
        "A small file of weights (LoRA) that fine-tuning adds to the model. Everything else of the model "
        "stays.",
    ),
    "strength": Term(
        "Adapter strength",
        "How much of the adapter is added: 0 leaves it out, 1 uses it as it was trained, 2 adds it twice.",
    ),
    "seed": Term(
        "Seed",
        "The number that the starting noise is drawn from. The same seed, prompt and settings give the same "
        "portraits again.",
    ),
    "steps": Term(
        "Steps",
        "In how many steps noise becomes a picture. More steps refine it and take longer.",
    ),
    "guidance": Term(
        "Guidance",
        "How strongly each step is drawn towards the prompt. Higher follows it more closely, with less "
        "variety; above 1 each step takes twice the work.",
    ),
    "caching": Term(
        "Step caching",
        "Later steps are foretold from earlier ones (TaylorSeer) and not computed: quicker, and both "
        "portraits change.",
    ),
    "lift": Term(
        "Lift",
        "How often labels go together, divided by how often they would by chance. 1 is chance, 2 twice as "
        "often, 0.5 half as often.",
    ),
    "reliability": Term(
        "Reliability",
        "How far a label can be trusted, as found by people who labelled images of CelebA again. What is "
        "near-random teaches a model little.",
    ),
    "threshold": Term(
        "Threshold",
        "The least number of images that a prompt needs to be kept. Rarer prompts are dropped: few examples "
        "teach nothing reliable.",
    ),
}


OF_PORTRAITS = ("vanilla", "fine-tuned", "seed", "steps", "guidance", "strength")
# Where a button explains which terms: at the label of a block, or at the end of a line.
PLACES: Mapping[str, tuple[str, ...]] = {
    "#bucket-hair_color": ("bucket", "attribute"),
    "#bucket-without": ("without",),
    "#unusual": ("unusual",),
    "#prompt .lead": ("prompt",),
    "#count .count": ("matching",),
    "#caption .caption + .note": OF_PORTRAITS,
    "#adapter": ("adapter",),
    "#strength": ("strength",),
    "#seed, #models-seed": ("seed",),
    "#steps, .model-card [id$=-steps]": ("steps",),
    "#guidance, .model-card [id$=-guidance]": ("guidance",),
    "#caching": ("caching",),
    "#dataset-lift": ("lift",),
    "#dataset-tier": ("reliability",),
    "#dataset-threshold": ("threshold",),
}


def render_term(names: tuple[str, ...]) -> str:
    """The button that explains terms where they stand; `terms.js` opens what it names."""
    titles = ", ".join(GLOSSARY[name].title for name in names)
    return (
        f'<button type="button" class="term" data-term="{" ".join(names)}" aria-expanded="false" '
        f'aria-haspopup="dialog" aria-label="What is this: {escape(titles)}"></button>'
    )


def render_glossary() -> str:
    """All terms as a list."""
    return f"<dl>{''.join(_entry(name, term) for name, term in GLOSSARY.items())}</dl>"


def render_terms() -> str:
    """What `terms.js` takes: the explanations, and the buttons with their places."""
    buttons = "".join(
        f'<span data-at="{escape(at)}">{render_term(names)}</span>' for at, names in PLACES.items()
    )
    return f"{render_glossary()}<div>{buttons}</div>"


def _entry(name: str, term: Term) -> str:
    return f'<div data-name="{name}"><dt>{escape(term.title)}</dt><dd>{escape(term.meaning)}</dd></div>'

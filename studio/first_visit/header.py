"""The page's header: what is compared, and whose portraits stand below it at first."""

from __future__ import annotations

from generation.models import model_spec
from studio.services import Services

TITLE = "What does fine-tuning change?"
LEAD = (
    "One prompt, one starting noise, two portraits: Stable Diffusion 3.5 as it is, "
    "and the same model with an adapter trained on CelebA."
)
DEMO_LEAD = (
    "One prompt, one starting noise, two portraits: a small demo model as it is, and the same model "
    "fine-tuned on drawings with light and texture. They stand in for Stable Diffusion 3.5 and for "
    "CelebA’s photographs."
)
STAND_IN_LEAD = (
    "One prompt, one starting noise, two portraits: a model as it is, and the same model with an adapter. "
    "The portraits that you see first are a small demo model’s drawings: they stand in for {title}."
)


def render_header(services: Services) -> str:
    """The title, and words that fit what is shown before anyone clicks."""
    return f"<h1>{TITLE}</h1><p>{_lead(services)}</p>"


def _lead(services: Services) -> str:
    asked = model_spec(services.model)
    if asked.bundled:
        return DEMO_LEAD
    stands_in = services.example is not None and services.example.recipe.spec.bundled
    return STAND_IN_LEAD.format(title=asked.title) if stands_in else LEAD

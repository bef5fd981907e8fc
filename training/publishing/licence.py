"""Under which terms an adapter may be used: its base model's, and those of the faces that it learned from."""

from __future__ import annotations

from dataclasses import dataclass

from training.publishing.publication import Publication

CELEBA_PAGE = "https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html"
USE_POLICY = "https://stability.ai/use-policy"
STABILITY_NOTICE = (
    "This Stability AI Model is licensed under the Stability AI Community License, Copyright (c) "
    "Stability AI Ltd. All Rights Reserved"
)
POWERED = "Powered by Stability AI"
MODIFIED = (
    "low-rank weights (LoRA) are added to layers of its transformer, and its own weights are neither changed "
    "nor passed on"
)


@dataclass(frozen=True)
class Licence:
    """The fields of a card's front matter; `name` and `link` only beside "other"."""

    id: str
    name: str | None = None
    link: str | None = None


def licence_of(publication: Publication) -> Licence:
    """Stable Diffusion 3.5's licence goes with every adapter of it; the demo model is ours."""
    if not publication.base.bundled:
        return Licence("other", "stabilityai-ai-community", f"{publication.base_url}/blob/main/LICENSE.md")
    return (
        Licence("apache-2.0") if publication.drawn else Licence("other", "celeba-non-commercial", CELEBA_PAGE)
    )


def licence_paragraphs(publication: Publication) -> list[str]:
    """The terms in words."""
    licence = licence_of(publication)
    terms = [_faces(publication), *([_generated()] if publication.pictures else [])]
    if publication.base.bundled:
        return ["The adapter and the demo model it belongs to are made from scratch by this program.", *terms]
    return [
        f"This adapter is a modification of [{publication.base.title}]({publication.base_url}): {MODIFIED}. "
        f"It falls under the [Stability AI Community License]({licence.link}), and may be used only as the "
        f"[acceptable use policy]({USE_POLICY}) allows.",
        STABILITY_NOTICE,
        f"**{POWERED}**",
        *terms,
    ]


def notice_of(publication: Publication) -> str | None:
    """The text that Stability AI's licence asks for beside weights; None where it asks for none."""
    base = publication.base
    if base.bundled:
        return None
    return (
        f"{STABILITY_NOTICE}\n\n{POWERED}\n\n"
        f"{publication.repo} is a modification of {base.title} ({publication.base_url}): {MODIFIED}.\n"
        f"The agreement: {licence_of(publication).link}\n"
    )


def _faces(publication: Publication) -> str:
    if publication.drawn:
        return "It learned from portraits drawn by this program: no photograph and no real person."
    return (
        f"It learned from [CelebA]({CELEBA_PAGE}), which is available for **non-commercial research "
        "purposes only**: use this adapter, and what is made with it, for nothing else. No image of CelebA "
        "is in this repository. CelebA's labels are judgements of annotators, many of them unreliable, and "
        "its faces are of celebrities: the adapter repeats their biases. Do not use it to judge people, nor "
        "to make a portrait that is meant to be a certain person."
    )


def _generated() -> str:
    return "All pictures here are AI-generated and show no real person; their PNG files say so."

"""The head of a card, which the Hub reads: base model, licence, tags, gallery."""

from __future__ import annotations

from typing import TYPE_CHECKING

from training.publishing.licence import licence_of
from training.publishing.publication import Publication

if TYPE_CHECKING:
    from huggingface_hub import ModelCardData

TAGS = ("text-to-image", "diffusers", "diffusers-training", "lora", "template:sd-lora")


def build_front_matter(publication: Publication) -> ModelCardData:
    """The card's data in the Hub's conventions; what is None is left out."""
    from huggingface_hub import ModelCardData

    on_hub, licence = not publication.base.bundled, licence_of(publication)
    return ModelCardData(
        # The demo model is on no Hub: a name there would lead nowhere.
        base_model=publication.base.repo if on_hub else None,
        base_model_relation="adapter" if on_hub else None,
        library_name="diffusers",
        pipeline_tag="text-to-image",
        license=licence.id,
        license_name=licence.name,
        license_link=licence.link,
        datasets=[publication.dataset] if publication.dataset else None,
        language="en",
        tags=_tags(publication),
        widget=[
            {"text": picture.recipe.prompt, "output": {"url": picture.path}}
            for picture in publication.pictures
            if picture.arm == "fine_tuned"
        ]
        or None,
    )


def _tags(publication: Publication) -> list[str]:
    base = [] if publication.base.bundled else ["sd3.5", f"sd3.5-{publication.base.key}"]
    return [*TAGS, *base, "faces", *([] if publication.drawn else ["celeba"])]

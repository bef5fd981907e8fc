"""The model card: what the adapter is, how to use it, what it changes, how it was made, on which terms."""

from __future__ import annotations

from training.publishing.finished_run import NotPublishable
from training.publishing.front_matter import build_front_matter
from training.publishing.licence import licence_paragraphs
from training.publishing.markdown import section
from training.publishing.publication import Publication
from training.publishing.results import results_paragraphs
from training.publishing.training_facts import training_paragraphs
from training.publishing.usage import usage_paragraphs


def render_card(publication: Publication) -> str:
    """The card as the text of README.md; equal publications give equal texts.

    Raises:
        NotPublishable: the front matter cannot be read back as it was written.
    """
    from huggingface_hub import ModelCard

    front_matter = build_front_matter(publication)
    body = "\n\n".join(
        [
            f"# {publication.repo.split('/')[-1]}",
            *(["<Gallery />"] if publication.pictures else []),
            _summary(publication),
            section("Use", *usage_paragraphs(publication)),
            section("Results", *results_paragraphs(publication)),
            section("Training", *training_paragraphs(publication)),
            section("Licence", *licence_paragraphs(publication)),
        ]
    )
    text = f"---\n{front_matter.to_yaml()}\n---\n\n{body}\n"
    if ModelCard(text).data.to_dict() != front_matter.to_dict():
        raise NotPublishable(
            f"The front matter of {publication.repo} cannot be read back: change its prompts."
        )
    return text


def _summary(publication: Publication) -> str:
    base, faces = publication.base, publication.record["faces"]
    model = "the demo model of its repository" if base.bundled else f"[{base.title}]({publication.base_url})"
    beside = (
        "every picture of the gallery stands below, beside the one that the vanilla model makes from the "
        "same prompt and noise."
        if publication.pictures
        else "the same prompt and noise make one picture with it and another without."
    )
    return (
        f"A LoRA adapter for {model}, fine-tuned on {faces['count']:,} faces with captions made from their "
        f"attribute labels. The faces: {faces['title']}. It was made to show what fine-tuning changes: "
        f"{beside}"
    )

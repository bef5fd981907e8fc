"""Who encodes a model's prompts: its own text encoders, or nobody, since a file has them encoded ahead."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch

from generation.models import ModelSpec
from generation.prompts.embeddings import KeptEmbeddings, PreparedEmbeddings
from generation.recipe import Recipe
from generation.rendering.scene import Encode


class PromptEncoding:
    """`files` are by model what `write_embeddings` wrote; prompts of other models are encoded, and kept."""

    def __init__(self, files: Mapping[str, Path]) -> None:
        self._files = files
        self._kept = KeptEmbeddings()
        self._prepared: dict[str, PreparedEmbeddings] = {}

    def check(self, recipe: Recipe) -> None:
        """Find out before anything is loaded or lent whether a prompt can be encoded.

        Raises:
            InvalidRecipe: it was not encoded ahead, and its model has no text encoders here.
            ModelUnavailable: the file cannot be used with the model.
        """
        if prepared := self._prepared_for(recipe.spec):
            prepared.check(recipe.prompt)

    def encode_of(self, spec: ModelSpec) -> Encode:
        """What encodes a model's prompts.

        Raises:
            ModelUnavailable: its file cannot be used with it.
        """
        prepared = self._prepared_for(spec)
        return prepared.encode if prepared else self._kept.encode

    def other_numbers(self, spec: ModelSpec, device: torch.device, dtype: torch.dtype) -> str | None:
        """What of a file changes pictures that are made there; None for nothing.

        Raises:
            ModelUnavailable: it cannot be used with the model.
        """
        prepared = self._prepared_for(spec)
        return prepared.other_numbers(device, dtype) if prepared else None

    def _prepared_for(self, spec: ModelSpec) -> PreparedEmbeddings | None:
        if spec.key in self._files and spec.key not in self._prepared:
            self._prepared[spec.key] = PreparedEmbeddings(self._files[spec.key], spec)
        return self._prepared.get(spec.key)

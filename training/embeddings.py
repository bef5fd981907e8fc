"""Latents of faces and embeddings of captions, read from where they are kept as they are needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from training.preparation.plan import caption_key
from training.preparation.store import Store


@dataclass(frozen=True)
class Latents:
    """The latents of some faces; `rows` says where in the store that of each face stands."""

    store: Store
    rows: npt.NDArray[np.int64]

    def take(self, positions: Sequence[int]) -> torch.Tensor:
        """The `latents` (b, 16, h, w) of the faces at these positions, float32."""
        return self.store.take("latents", self.rows[list(positions)].tolist()).float()


@dataclass(frozen=True)
class TextEmbeddings:
    """The embeddings of every caption that may be shown, each kept once."""

    store: Store

    def take(self, captions: Sequence[str]) -> tuple[torch.Tensor, torch.Tensor]:
        """The `prompt_embeds` (b, s, d) and `pooled_embeds` (b, p) of these captions, in the encoders' type.

        Raises:
            KeyError: a caption that was not prepared.
        """
        rows = self.store.find(np.array([caption_key(each) for each in captions], dtype=np.int64))
        for caption, row in zip(captions, rows, strict=True):
            if row < 0:
                raise KeyError(caption)
        found = rows.tolist()
        return self.store.take("prompt_embeds", found), self.store.take("pooled_embeds", found)

"""Features by which pictures are compared: our own classifier's, or those of a model on this machine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from huggingface_hub import snapshot_download
from PIL.Image import Image

from generation.loading.pipelines import placement
from training.errors import DataError
from training.evaluation.feature_models import OWN, REPOSITORIES

Extract = Callable[[Sequence[Image]], np.ndarray]
ClipScore = Callable[[Sequence[Image], Sequence[str]], np.ndarray]


def find_weights(name: str) -> Path:
    """The folder of a feature model's weights; nothing is downloaded.

    Raises:
        DataError: they are not here; says how to get them.
    """
    repository = REPOSITORIES[name]
    try:
        return Path(snapshot_download(repository, local_files_only=True))
    except (OSError, ValueError):  # the Hub's "not in the cache" is both
        raise DataError(
            f"The weights of {repository} are not on this machine: run `hf download {repository}`, "
            f"or use --features {OWN}."
        ) from None


def load_extractor(folder: Path) -> Extract:
    """From pictures to pooled features (n, d) float32, by the image model in a folder.

    Raises:
        DataError: its weights cannot be used here.
    """
    from transformers import AutoImageProcessor, AutoModel

    device, _ = placement()
    try:
        model = AutoModel.from_pretrained(folder, local_files_only=True).to(device).eval()
        processor = AutoImageProcessor.from_pretrained(folder, local_files_only=True)
    except ImportError as error:
        raise DataError(
            f"These features need the package timm: run `pip install timm`, or use --features {OWN}."
        ) from error
    except (OSError, ValueError) as error:
        raise DataError(f"The feature model in {folder} cannot be loaded: {_first_line(error)}") from error
    embed = getattr(model, "get_image_features", model)

    @torch.no_grad()
    def extract(images: Sequence[Image]) -> np.ndarray:
        found = embed(**processor(images=list(images), return_tensors="pt").to(device))
        return getattr(found, "pooler_output", found).flatten(1).float().cpu().numpy()

    return extract


def load_clip_score(folder: Path) -> ClipScore:
    """From pictures and their prompts to the cosine of their CLIP embeddings: (n,) float32.

    Source: Hessel et al., "CLIPScore", EMNLP 2021; without its factor of 2.5.
    """
    from transformers import AutoTokenizer, CLIPImageProcessor, CLIPModel

    device, _ = placement()
    try:
        model = CLIPModel.from_pretrained(folder, local_files_only=True).to(device).eval()
        processor = CLIPImageProcessor.from_pretrained(folder, local_files_only=True)
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError, ImportError) as error:
        raise DataError(f"The CLIP in {folder} cannot be loaded: {_first_line(error)}") from error

    @torch.no_grad()
    def score(images: Sequence[Image], prompts: Sequence[str]) -> np.ndarray:
        words = tokenizer(list(prompts), padding=True, truncation=True, return_tensors="pt").to(device)
        pixels = processor(images=list(images), return_tensors="pt").to(device)
        found = model(**words, **pixels)
        return (found.image_embeds * found.text_embeds).sum(dim=-1).float().cpu().numpy()

    return score


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]

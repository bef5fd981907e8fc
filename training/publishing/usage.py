"""How the adapter is used, in lines that run as they stand."""

from __future__ import annotations

import shlex

from generation.adapters.file import WEIGHT_NAME
from training.publishing.markdown import code
from training.publishing.publication import Publication


def usage_paragraphs(publication: Publication) -> list[str]:
    """With diffusers; the demo model, which is on no Hub, with the repository that holds it."""
    words = f"It has no trigger word: prompts are sentences like “{publication.example.prompt}”."
    if publication.base.bundled:
        return [_with_repository(publication), words]
    return [code("python", _with_diffusers(publication)), words]


def _with_diffusers(publication: Publication) -> str:
    recipe = publication.example
    return f"""
import torch
from diffusers import StableDiffusion3Pipeline

device = "cuda" if torch.cuda.is_available() else "cpu"
pipeline = StableDiffusion3Pipeline.from_pretrained("{publication.base.repo}", torch_dtype=torch.bfloat16)
pipeline.to(device)
pipeline.load_lora_weights("{publication.repo}", weight_name="{WEIGHT_NAME}")
portrait = pipeline(
    {recipe.prompt!r},
    num_inference_steps={recipe.steps},
    guidance_scale={recipe.guidance:g},
    height={recipe.size_px},
    width={recipe.size_px},
    max_sequence_length={publication.record["max_sequence_length"]},
    generator=torch.Generator("cpu").manual_seed({recipe.seed}),
).images[0]
portrait.save("portrait.png")
"""


def _with_repository(publication: Publication) -> str:
    recipe = publication.example
    lines = f"""
hf download {publication.repo} {WEIGHT_NAME} --local-dir outputs/downloaded
python -m generation compare --model {publication.base.key} --adapter outputs/downloaded \\
  --prompt {shlex.quote(recipe.prompt)} --seed {recipe.seed} --steps {recipe.steps} --out outputs/portraits
"""
    return (
        "The demo model is a small Stable Diffusion 3.5 that is on no Hub. In the folder of the repository "
        f"that holds it:\n\n{code('sh', lines)}"
    )

"""Lines of diffusers code that use an adapter, and run as they are written."""

from __future__ import annotations

import json
from html import escape

from generation.adapters.repository import AdapterRepository
from generation.locations import DEMO_ADAPTER, REPOSITORY
from generation.models import ModelSpec
from studio.render import render_note

PROMPT = "a woman with black hair and a smile"
BUILT_IN = "demo"
USUAL_TOKENS = 256  # of diffusers' pipeline, where nothing else is said
OFFICIAL = 'torch_dtype=torch.bfloat16).to("cuda")'
DEMO = (
    "torch_dtype=torch.float32, text_encoder_3=None, tokenizer_3=None)"  # it has no T5, and is kept in halves
)
UNKNOWN_BASE = (
    "The adapter does not say which model it was trained on, so no code can be given that is sure to run."
)


def usage_code(repository: AdapterRepository, spec: ModelSpec) -> str:
    """The code, for the model that the adapter was trained on."""
    load = DEMO if spec.bundled else OFFICIAL
    return "\n".join(
        (
            "import torch",
            "from diffusers import StableDiffusion3Pipeline",
            "",
            f"pipeline = StableDiffusion3Pipeline.from_pretrained({_quoted(spec.repo)}, {load}",
            f"pipeline.load_lora_weights({_weights(repository)})",
            f'pipeline({_call(spec)}).images[0].save("portrait.png")',
            "",
        )
    )


def render_usage(repository: AdapterRepository, spec: ModelSpec | None) -> str:
    """The code with a word on where it runs; a sentence where nothing says which model it is for."""
    if spec is None:
        return render_note(UNKNOWN_BASE)
    code = escape(usage_code(repository, spec))
    return (
        f'<pre class="code" tabindex="0" aria-label="Python code"><code>{code}</code></pre>'
        f"{render_note(_where(repository, spec))}"
    )


def _weights(repository: AdapterRepository) -> str:
    file = f"weight_name={_quoted(repository.header.path.name)}"
    if repository.hub:
        return f"{_quoted(repository.name)}, revision={_quoted(repository.revision)}, {file}"
    folder = DEMO_ADAPTER.relative_to(REPOSITORY).as_posix() if repository.name == BUILT_IN else "."
    return f"{_quoted(folder)}, {file}"


def _call(spec: ModelSpec) -> str:
    settings = f"{_quoted(PROMPT)}, num_inference_steps={spec.steps}, guidance_scale={spec.guidance:g}"
    tokens = spec.max_sequence_length
    return settings if tokens == USUAL_TOKENS else f"{settings}, max_sequence_length={tokens}"


def _quoted(text: str) -> str:
    # Printable text in JSON is the same text in Python.
    return json.dumps(text, ensure_ascii=False)


def _where(repository: AdapterRepository, spec: ModelSpec) -> str:
    if spec.bundled:
        also = "" if repository.hub or repository.name == BUILT_IN else " Put the downloaded file there."
        return f"Runs in the folder of this program, which holds the demo model.{also}"
    asked = f"Needs a GPU, and access to {spec.repo}, whose licence is accepted on its page."
    return asked if repository.hub else f"{asked} Run it where the downloaded file lies."

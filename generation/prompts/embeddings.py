"""Prompt embeddings that are not computed twice: kept in memory, or computed ahead into a file."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from weakref import ref

import torch
from diffusers import StableDiffusion3Pipeline
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from generation.errors import InvalidRecipe, ModelUnavailable
from generation.loading.pipelines import model_revision
from generation.loading.weight_files import TEXT_ENCODERS
from generation.models import ModelSpec
from generation.prompts.encoder_identity import encoder_identities, same_encoders
from generation.rendering.scene import Encode, Sampling, encode_prompts, working_device
from prompt_engine.whole_file import replacing

KEPT_BYTES = 200_000_000  # about 70 prompts of SD 3.5 in bfloat16
SCHEMA = 1
NO_PROMPT = ""

Embeds = tuple[torch.Tensor, torch.Tensor]  # `prompt_embeds` (s, d) and `pooled_embeds` (p,) of one prompt
_NAMES = ("prompt_embeds", "pooled_embeds")


class KeptEmbeddings:
    """Encodes each prompt once, in whichever pipeline, and keeps it while it is asked for now and then.

    Pipelines that share their text encoders share what is kept; at most `kept_bytes` of the host's memory.
    """

    def __init__(self, kept_bytes: int = KEPT_BYTES, encode: Encode = encode_prompts) -> None:
        self._kept_bytes = kept_bytes
        self._encode = encode
        self._held: OrderedDict[tuple[object, ...], Embeds] = OrderedDict()
        self.held_bytes = 0  # counted as it grows: of the demo model there may be thousands

    def encode(
        self, pipeline: StableDiffusion3Pipeline, prompts: Sequence[str], sampling: Sampling
    ) -> Embeds:
        """An `Encode`: the embeddings of prompts, encoded one by one."""
        return _stacked(pipeline, prompts, sampling, lambda text: self._embeds(pipeline, text, sampling))

    def _embeds(self, pipeline: StableDiffusion3Pipeline, text: str, sampling: Sampling) -> Embeds:
        key = (*_encoders(pipeline), text, sampling.max_sequence_length)
        if key not in self._held:
            unguided = Sampling(sampling.steps, 0.0, sampling.size_px, sampling.max_sequence_length)
            prompt_embeds, pooled_embeds = self._encode(pipeline, [text], unguided)
            self._keep(key, (prompt_embeds[0].cpu(), pooled_embeds[0].cpu()))
        self._held.move_to_end(key)
        return self._held[key]

    def _keep(self, key: tuple[object, ...], embeds: Embeds) -> None:
        self._held[key] = embeds
        self.held_bytes += _size(embeds)
        while len(self._held) > 1 and self.held_bytes > self._kept_bytes:
            _, dropped = self._held.popitem(last=False)
            self.held_bytes -= _size(dropped)


class PreparedEmbeddings:
    """Embeddings that `write_embeddings` computed ahead: pictures need no text encoder in memory.

    Raises:
        ModelUnavailable: the file cannot be read, or was made by other text encoders than the model's.
    """

    def __init__(self, path: Path, spec: ModelSpec) -> None:
        try:
            # It stays open, so that its rows stay those of this record, whatever comes to lie in its place.
            self._file = safe_open(path, framework="pt")
            record = json.loads((self._file.metadata() or {})["prompt_embeddings"])
            self._rows = {text: row for row, text in enumerate(record["prompts"])}
            made_for = record["schema"], record["max_sequence_length"]
            revision, encoders = record["model_revision"], record["encoders"]
            self._encoded_on = record["device"], record["dtype"]
        except (OSError, SafetensorError, ValueError, KeyError, TypeError) as error:
            raise ModelUnavailable(
                f"{path.name} holds no prompt embeddings that can be read ({error}): compute them again."
            ) from None
        if made_for != (SCHEMA, spec.max_sequence_length) or not same_encoders(spec, revision, encoders):
            raise ModelUnavailable(
                f"{path.name} was computed by other text encoders than those of {spec.title}: "
                "compute it again with this model."
            )

    @property
    def prompts(self) -> tuple[str, ...]:
        """What was computed ahead."""
        return tuple(self._rows)

    def other_numbers(self, device: torch.device, dtype: torch.dtype) -> str | None:
        """What of it changes pictures that are made there; None where text encoders would give the same."""
        if self._encoded_on == (device.type, str(dtype)):
            return None
        return "prompts encoded on {} in {}".format(*self._encoded_on)

    def check(self, text: str) -> None:
        """Raise InvalidRecipe when a prompt was not computed ahead."""
        if text not in self._rows:
            known = [each for each in self._rows if each]
            raise InvalidRecipe(
                f"Only prompts that were encoded ahead can be made here, {len(known):,} in all, and {text!r} "
                f"is none of them: choose attributes from the lists, such as those of {known[0]!r}."
            )

    def encode(
        self, pipeline: StableDiffusion3Pipeline, prompts: Sequence[str], sampling: Sampling
    ) -> Embeds:
        """An `Encode`.

        Raises:
            InvalidRecipe: a prompt was not computed ahead.
        """
        return _stacked(pipeline, prompts, sampling, self._embeds)

    def _embeds(self, text: str) -> Embeds:
        self.check(text)
        row = self._rows[text]
        prompt_embeds, pooled_embeds = (self._file.get_slice(name)[row] for name in _NAMES)
        return prompt_embeds, pooled_embeds


def write_embeddings(
    path: Path, pipeline: StableDiffusion3Pipeline, spec: ModelSpec, prompts: Sequence[str]
) -> None:
    """Compute the embeddings of prompts, and of none, into a safetensors file; it is whole or absent."""
    texts = list(dict.fromkeys([NO_PROMPT, *prompts]))
    unguided = Sampling(spec.steps, 0.0, spec.size_px, spec.max_sequence_length)
    embeds = [encode_prompts(pipeline, [text], unguided) for text in texts]
    tensors = {
        name: torch.cat([each[part].cpu() for each in embeds]).contiguous()
        for part, name in enumerate(_NAMES)
    }
    record = {
        "schema": SCHEMA,
        "max_sequence_length": spec.max_sequence_length,
        "model_revision": model_revision(spec),
        "encoders": encoder_identities(spec),
        "device": working_device(pipeline.text_encoder).type,
        "dtype": str(embeds[0][0].dtype),
        "prompts": texts,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as beside:
        save_file(tensors, beside, metadata={"prompt_embeddings": json.dumps(record)})


def _stacked(
    pipeline: StableDiffusion3Pipeline,
    prompts: Sequence[str],
    sampling: Sampling,
    embeds_of: Callable[[str], Embeds],
) -> Embeds:
    """What an `Encode` gives, from the embeddings of each prompt; to where and how the pipeline computes."""
    texts = [*([NO_PROMPT] * len(prompts) if sampling.guided else []), *prompts]
    parts = zip(*map(embeds_of, texts), strict=True)
    place, dtype = working_device(pipeline.transformer), pipeline.vae.dtype
    prompt_embeds, pooled_embeds = (torch.stack(part).to(place, dtype) for part in parts)
    return prompt_embeds, pooled_embeds


def _size(embeds: Embeds) -> int:
    return sum(part.nbytes for part in embeds)


def _encoders(pipeline: StableDiffusion3Pipeline) -> list[object]:
    # By weak references, which are equal only while both modules live: an id may come again.
    modules = [getattr(pipeline, name) for name in TEXT_ENCODERS]
    return [module if module is None else ref(module) for module in modules]

"""Training as a script does it that keeps nothing: every step encodes its captions and its images anew.

The order of work is that of diffusers' SD 3 DreamBooth LoRA script with captions; images are decoded before
the loop, and the VAE is kept in float32, as there. Attention is whatever PyTorch takes by itself.
"""

from __future__ import annotations

from itertools import cycle, islice

import torch
from torch import nn

from generation.loading.pipelines import load_pipeline
from training.base_model import chosen_model
from training.config import TrainingConfig
from training.dataset import open_faces, pixels_of
from training.flow_matching import flow_matching_loss, noisy_latents, sample_sigma
from training.lora import attach_lora, learning_parameters

CAPTIONS = (
    "a woman with blond hair and a smile",
    "a man with black hair and a goatee, wearing eyeglasses",
    "a young woman with brown hair and bangs",
    "a man with gray hair and a receding hairline",
)


class PlainLoop:
    """The same model, adapter, batch size and precision as the configuration's."""

    def __init__(self, config: TrainingConfig) -> None:
        self.run, spec = config.run, chosen_model(config)
        self.tokens = spec.max_sequence_length
        self.pipeline = load_pipeline(spec, "cpu", dtype=torch.float32)
        attach_lora(self.pipeline.transformer, config.lora, config.run.seed)
        self.parameters = list(learning_parameters(self.pipeline.transformer).values())
        self.optimizer = torch.optim.AdamW(self.parameters, lr=config.optimizer.learning_rate)
        self.largest_norm = config.optimizer.max_gradient_norm
        source = open_faces(config.data.faces)
        ids = islice(source.ids(None), config.data.count)
        size_px = config.data.size_px or spec.size_px
        self.pixels = cycle([pixels_of(source.face(each).image, size_px) for each in ids])
        self.captions = cycle(CAPTIONS)

    def step(self) -> None:
        """Encode a batch and learn from it."""
        captions = list(islice(self.captions, self.run.batch_size))
        pixels = torch.stack(list(islice(self.pixels, self.run.batch_size)))
        prompt_embeds, pooled_embeds, latents = self._encode(captions, pixels)
        noise, sigma = torch.randn_like(latents), sample_sigma(len(latents))
        with torch.autocast("cpu", torch.bfloat16, enabled=self._half):
            velocity = self.pipeline.transformer(
                hidden_states=noisy_latents(latents, noise, sigma),
                timestep=sigma * self.pipeline.scheduler.config.num_train_timesteps,
                encoder_hidden_states=prompt_embeds,
                pooled_projections=pooled_embeds,
                return_dict=False,
            )[0]
        flow_matching_loss(velocity, latents, noise).mean().backward()
        nn.utils.clip_grad_norm_(self.parameters, self.largest_norm)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)

    @property
    def _half(self) -> bool:
        return self.run.precision == "bfloat16"

    @torch.no_grad()
    def _encode(
        self, captions: list[str], pixels: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        with torch.autocast("cpu", torch.bfloat16, enabled=self._half):
            prompt_embeds, _, pooled_embeds, _ = self.pipeline.encode_prompt(
                captions, None, None, do_classifier_free_guidance=False, max_sequence_length=self.tokens
            )
        config = self.pipeline.vae.config
        sample = self.pipeline.vae.encode(pixels).latent_dist.sample()
        return prompt_embeds, pooled_embeds, (sample - config.shift_factor) * config.scaling_factor

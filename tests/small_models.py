"""Small repositories in the shape of Stable Diffusion 3.5, with all three text encoders, made in a second.

Everything has the classes, the layout and the sampling of the real ones; only widths and depths differ.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import torch
from diffusers import (
    AutoencoderKL,
    FlowMatchEulerDiscreteScheduler,
    SD3Transformer2DModel,
    StableDiffusion3Pipeline,
)
from transformers import (
    CLIPTextConfig,
    CLIPTextModelWithProjection,
    CLIPTokenizer,
    T5Config,
    T5EncoderModel,
    T5Tokenizer,
)

from generation.demo_model import SENTENCE_WORDS, build_tokenizer
from generation.loading.quantized import load_quantized
from prompt_engine.attributes import ATTRIBUTES

LARGEST_PX = 1024
CLIP_TOKENS = 77
CLIP_L_WIDTH, CLIP_G_WIDTH = 8, 16  # together less than T5's, as in the real ones: the rest is filled with 0
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789,.-'"


def build_small_sd35(
    folder: Path, seed: int = 0, dual_attention: bool = True, blocks: int = 3, width: int = 32
) -> Path:
    """Write a repository with random weights; give its folder.

    Medium's shape has a second attention in its first blocks; Large's, `dual_attention=False`, has none.
    `width` is the transformer's and the T5's, a multiple of 8, at least 24.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        pipeline = StableDiffusion3Pipeline(
            transformer=build_small_transformer(dual_attention, blocks, width),
            scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0),
            vae=_build_autoencoder(),
            **_build_text_encoders(width),
        )
    pipeline.save_pretrained(folder)
    return folder


def build_small_transformer(
    dual_attention: bool = True, blocks: int = 3, width: int = 32
) -> SD3Transformer2DModel:
    """Heads of 8 channels; the second attention is in all blocks but the last (Medium: 13 of 24)."""
    return SD3Transformer2DModel(
        sample_size=LARGEST_PX // 8,
        patch_size=2,
        in_channels=16,
        out_channels=16,
        num_layers=blocks,
        attention_head_dim=8,
        num_attention_heads=width // 8,
        joint_attention_dim=width,
        caption_projection_dim=width,
        pooled_projection_dim=CLIP_L_WIDTH + CLIP_G_WIDTH,
        pos_embed_max_size=LARGEST_PX // 16,
        dual_attention_layers=tuple(range(blocks - 1)) if dual_attention else (),
        qk_norm="rms_norm",
    )


def build_quantized_transformer(folder: Path, width: int = 64) -> SD3Transformer2DModel:
    """A small transformer with its blocks in 4 bits, computing in bfloat16; `folder` keeps the whole one."""
    build_small_transformer(width=width).save_pretrained(folder)
    with torch.device("meta"):
        empty = build_small_transformer(width=width)
    return load_quantized(empty, folder, torch.device("cpu"), torch.bfloat16)


def _build_text_encoders(width: int) -> dict[str, object]:
    clip_l, clip_g, t5 = build_tokenizer(), build_tokenizer(), build_t5_tokenizer()
    clip_l.model_max_length = clip_g.model_max_length = CLIP_TOKENS
    clip_g.pad_token = "!"
    return {
        "text_encoder": _build_clip(clip_l, CLIP_L_WIDTH, "quick_gelu"),
        "tokenizer": clip_l,
        "text_encoder_2": _build_clip(clip_g, CLIP_G_WIDTH, "gelu"),
        "tokenizer_2": clip_g,
        "text_encoder_3": _build_t5(t5, width),
        "tokenizer_3": t5,
    }


def _build_clip(tokenizer: CLIPTokenizer, width: int, activation: str) -> CLIPTextModelWithProjection:
    return CLIPTextModelWithProjection(
        CLIPTextConfig(
            vocab_size=len(tokenizer),
            hidden_size=width,
            intermediate_size=2 * width,
            projection_dim=width,
            num_hidden_layers=2,
            num_attention_heads=2,
            max_position_embeddings=CLIP_TOKENS,
            hidden_act=activation,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )


def _build_t5(tokenizer: T5Tokenizer, width: int) -> T5EncoderModel:
    """The gated variant, version 1.1, as in the real ones."""
    return T5EncoderModel(
        T5Config(
            vocab_size=len(tokenizer),
            d_model=width,
            d_kv=8,
            d_ff=2 * width,
            num_layers=2,
            num_heads=2,
            feed_forward_proj="gated-gelu",
            tie_word_embeddings=False,
        )
    )


def build_t5_tokenizer() -> T5Tokenizer:
    """T5's unigram tokenizer: the prompt engine's words are whole, others fall into letters."""
    vocab = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), *_pieces()]
    return T5Tokenizer(vocab=vocab, extra_ids=0, model_max_length=512)


def _pieces() -> Iterator[tuple[str, float]]:
    """Pieces with their log-probabilities; "▁" stands for the space before a word."""
    words = sorted({*SENTENCE_WORDS.split(), *(word for each in ATTRIBUTES for word in each.phrase.split())})
    whole = [f"▁{word}" for word in words if len(word) > 1]
    yield from ((piece, -5.0 - index / 1000) for index, piece in enumerate(whole))
    yield from ((letter, -10.0) for letter in ("▁", *LETTERS))


def _build_autoencoder() -> AutoencoderKL:
    """16 latent channels at an eighth of the size, with SD 3.5's scale and shift."""
    return AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        block_out_channels=(4, 8, 8, 8),
        layers_per_block=1,
        latent_channels=16,
        norm_num_groups=4,
        sample_size=LARGEST_PX,
        scaling_factor=1.5305,
        shift_factor=0.0609,
        mid_block_add_attention=False,
        use_quant_conv=False,
        use_post_quant_conv=False,
    )

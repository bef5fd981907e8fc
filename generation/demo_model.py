"""The demo model: a real Stable Diffusion 3.5, only small: the same classes, the same repository layout.

It has no T5: `from_pretrained` must be told `text_encoder_3=None, tokenizer_3=None`, as for an SD 3.5 without
one, and the pipeline `max_sequence_length=0`, or it pads the text with tokens the model never saw.
"""

import json
from pathlib import Path

import torch
from diffusers import (
    AutoencoderKL,
    FlowMatchEulerDiscreteScheduler,
    SD3Transformer2DModel,
    StableDiffusion3Pipeline,
)
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import CLIPTextConfig, CLIPTextModelWithProjection, CLIPTokenizer

from prompt_engine.attributes import ATTRIBUTES

SIZE_PX = 96
PROMPT_TOKENS = 32  # with the start and end marks
TEXT_WIDTH = 128  # of each of the two text encoders, hidden and projected
START, END = "<|startoftext|>", "<|endoftext|>"
# What the realiser writes around the attributes' own phrases, and what people write around a portrait.
SENTENCE_WORDS = (
    "a an and or of the man woman with without not wearing clean shaven hair portrait photo person face"
)


def build_demo_model(folder: Path, seed: int = 0) -> StableDiffusion3Pipeline:
    """Writes a diffusers repository with random weights to `folder`, and returns its pipeline."""
    torch.manual_seed(seed)
    tokenizer = build_tokenizer()
    pipeline = StableDiffusion3Pipeline(
        transformer=build_transformer(),
        scheduler=FlowMatchEulerDiscreteScheduler(shift=1.0),
        vae=build_autoencoder(),
        text_encoder=build_text_encoder(tokenizer),
        tokenizer=tokenizer,
        text_encoder_2=build_text_encoder(tokenizer),
        tokenizer_2=tokenizer,
        text_encoder_3=None,
        tokenizer_3=None,
    )
    pipeline.save_pretrained(folder)
    return pipeline


def build_transformer() -> SD3Transformer2DModel:
    """7.8 M parameters: 6 joint blocks, width 192, RMS-normalised queries and keys as in SD 3.5."""
    return SD3Transformer2DModel(
        sample_size=SIZE_PX // 8,
        patch_size=2,
        in_channels=16,
        out_channels=16,
        num_layers=6,
        attention_head_dim=64,
        num_attention_heads=3,
        caption_projection_dim=192,
        joint_attention_dim=2 * TEXT_WIDTH,
        pooled_projection_dim=2 * TEXT_WIDTH,
        pos_embed_max_size=SIZE_PX // 16,
        qk_norm="rms_norm",
    )


def build_autoencoder() -> AutoencoderKL:
    """1.2 M parameters, 16 latent channels at an eighth of the size; scale and shift are set once trained."""
    return AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        block_out_channels=(32, 64, 64, 64),
        layers_per_block=1,
        latent_channels=16,
        norm_num_groups=8,
        sample_size=SIZE_PX,
        scaling_factor=1.0,
        shift_factor=0.0,
        mid_block_add_attention=False,
        use_quant_conv=False,
        use_post_quant_conv=False,
    )


def build_text_encoder(tokenizer: CLIPTokenizer) -> CLIPTextModelWithProjection:
    """0.7 M parameters: 3 layers; SD 3.5 reads the second last one and the projected end token."""
    return CLIPTextModelWithProjection(
        CLIPTextConfig(
            vocab_size=len(tokenizer),
            hidden_size=TEXT_WIDTH,
            intermediate_size=4 * TEXT_WIDTH,
            projection_dim=TEXT_WIDTH,
            num_hidden_layers=3,
            num_attention_heads=2,
            max_position_embeddings=PROMPT_TOKENS,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.eos_token_id,
        )
    )


def build_tokenizer() -> CLIPTokenizer:
    """CLIP's byte-pair tokenizer: the prompt engine's words are one token each, others fall into pieces."""
    merges = _word_merges()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    pieces = [
        *alphabet,
        *(letter + "</w>" for letter in alphabet),
        *("".join(pair) for pair in merges),
        START,
        END,
    ]
    vocab = {piece: index for index, piece in enumerate(dict.fromkeys(pieces))}
    return CLIPTokenizer(vocab=vocab, merges=merges, model_max_length=PROMPT_TOKENS)


def _word_merges() -> list[tuple[str, str]]:
    """Byte-pair merges, learned until every word of the prompt engine is whole."""
    # "clean-shaven" is two words here, and both are among the others.
    phrases = " ".join(each.phrase for each in ATTRIBUTES if each.label != "No_Beard")
    words = sorted({*SENTENCE_WORDS.split(), *phrases.split()})
    learner = Tokenizer(models.BPE(end_of_word_suffix="</w>"))
    learner.pre_tokenizer = pre_tokenizers.Whitespace()
    trainer = trainers.BpeTrainer(
        vocab_size=10_000,
        min_frequency=1,
        end_of_word_suffix="</w>",
        # Named, because it numbers what it finds by chance, and then ties fall otherwise each time.
        special_tokens=[*sorted(set("".join(words))), *sorted({word[-1] + "</w>" for word in words})],
        show_progress=False,
    )
    learner.train_from_iterator(words, trainer)
    return [tuple(pair) for pair in json.loads(learner.to_str())["model"]["merges"]]

"""Everything a training run is told, as frozen and checked dataclasses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from prompt_engine.captions import CaptionRules
from prompt_engine.query import SPLITS
from prompt_engine.reliability import Tier
from prompt_engine.selection import MOST_ATTRIBUTES
from training.section import Section, setting

PRECISIONS = ("float32", "bfloat16")
QUANTIZATIONS = ("none", "nf4")
LATENT_PX = 8  # pixels a latent
PATCH_PX = 2 * LATENT_PX  # one token of SD 3.5
TARGET_GROUPS = ("attention", "context", "feed_forward")


@dataclass(frozen=True)
class Layers:
    """Groups of linear layers, and the share of the blocks, the last ones, that stay as they are."""

    targets: tuple[str, ...]
    frozen_share: float = 0.0


# Early blocks compose, the last draw fine detail (Stability AI's notes): for photographs leave those alone.
PRESETS: Mapping[str, Layers] = {
    "full": Layers(TARGET_GROUPS),
    "attention": Layers(("attention", "context")),
    "image_attention": Layers(("attention",)),
    "photographic": Layers(TARGET_GROUPS, frozen_share=0.2),
}

CAPTION_STYLES = ("plain", "varied")  # the older template cannot say what a face lacks
SIGMA_SAMPLINGS = ("logit_normal", "uniform", "mode")
OPTIMIZERS = ("adamw", "adamw_8bit", "prodigy")
LEAST_PRODIGY_FACTOR = 0.1
SCHEDULES = ("constant", "cosine")
TRACKERS = ("none", "trackio", "tensorboard", "wandb")


@dataclass(frozen=True)
class ModelConfig(Section):
    """The base model: a key of the registry or a local copy of its repository, and how weights are kept."""

    key: str = "demo"
    folder: str | None = None
    quantization: str = setting("none", choices=QUANTIZATIONS)


@dataclass(frozen=True)
class DataConfig(Section):
    """Which faces are learned from, at which size, and with which captions.

    `images`: the first and the last, by CelebA's numbers from 1. `count`: the first so many of those, None
    for all. `near_duplicates` lets in all that show one picture. `phrasings`: how many sentences one choice
    of attributes is said in; None draws one for each face. `most_captions`: at most so many different ones in
    all, because the embeddings of each are kept on disk; rarer choices of attributes give way to shorter.
    """

    faces: str = "drawn:photographic"
    split: str = setting("train", choices=(*SPLITS, "all"))
    images: tuple[int, ...] | None = setting(None, low=1)
    count: int | None = setting(None, low=1)
    near_duplicates: bool = False
    captions_per_face: int = setting(4, low=1, high=64)
    attributes: tuple[int, ...] = setting((2, 3, 4), low=0, high=MOST_ATTRIBUTES)
    absences: float = setting(0.0, low=0.0, high=1.0)
    tier_weights: tuple[float, ...] = setting((1.0, 1.0, 1.0), low=0.0)
    caption_style: str = setting("plain", choices=CAPTION_STYLES)
    phrasings: int | None = setting(None, low=1, high=27)
    most_captions: int | None = setting(None, low=2)
    size_px: int | None = setting(None, low=16, high=2048)
    cache: str = "outputs/cache"

    def problems(self) -> Iterator[str]:
        yield from super().problems()
        if not self.attributes:
            yield "attributes = []: name at least one number of attributes, such as [2, 3, 4]"
        if self.images and (len(self.images) != 2 or self.images[0] > self.images[1]):
            yield f"images = {list(self.images)}: give the first and the last, such as [1, 1600]"
        if len(self.tier_weights) != len(Tier):
            tiers = ", ".join(tier.word for tier in Tier)
            yield f"tier_weights = {list(self.tier_weights)}: give one number for each of {tiers}"
        elif not any(self.tier_weights):
            yield f"tier_weights = {list(self.tier_weights)}: give at least one number above 0"
        if self.size_px and self.size_px % PATCH_PX:
            yield f"size_px = {self.size_px}: must be a multiple of {PATCH_PX}"

    @property
    def caption_rules(self) -> CaptionRules:
        """How captions are written from a face's labels."""
        return CaptionRules(self.attributes, self.absences, self.tier_weights, self.caption_style)


@dataclass(frozen=True)
class ObjectiveConfig(Section):
    """At which noise levels the velocity is learned; every level counts alike, without another weight.

    `mean` and `spread` are of the logit-normal, `mode_scale` of mode sampling; `shift` moves the levels
    towards noise: None as much as pictures of this size are made with, a number for training alone.
    Source: Esser et al., arXiv 2403.03206, sections 3.1 and 5.3.2.
    """

    sampling: str = setting("logit_normal", choices=SIGMA_SAMPLINGS)
    mean: float = setting(0.0, low=-5.0, high=5.0)
    spread: float = setting(1.0, low=0.01, high=5.0)
    mode_scale: float = setting(1.29, low=-1.0, high=1.75)
    shift: float | None = setting(None, low=0.01, high=100.0)


@dataclass(frozen=True)
class LoraSettings(Section):
    """The adapter: its rank, how strongly it counts, and which linear layers of which blocks it is put on.

    `alpha`: None for the rank. `targets` and `frozen_share`, where set, take the place of the preset's.
    """

    rank: int = setting(32, low=1, high=1024)
    alpha: float | None = setting(None, low=1e-3, high=4096.0)
    rank_stabilised: bool = False
    dora: bool = False
    preset: str = setting("full", choices=tuple(PRESETS))
    targets: tuple[str, ...] | None = setting(None, choices=TARGET_GROUPS)
    frozen_share: float | None = setting(None, low=0.0, high=0.95)

    def problems(self) -> Iterator[str]:
        yield from super().problems()
        if self.targets == ():
            yield f"targets = []: choose from {', '.join(TARGET_GROUPS)}, or leave it out"

    @property
    def layers(self) -> Layers:
        """Where the adapter goes: the preset's, with what is set in its place."""
        preset = PRESETS[self.preset]
        targets = preset.targets if self.targets is None else self.targets
        return Layers(targets, preset.frozen_share if self.frozen_share is None else self.frozen_share)


@dataclass(frozen=True)
class OptimizerConfig(Section):
    """What changes the weights, at which rate: up in a line, then constant or down along half a cosine.

    Prodigy finds its rate by itself: its `learning_rate` is a factor on that, usually 1.
    """

    name: str = setting("adamw", choices=OPTIMIZERS)
    learning_rate: float = setting(1e-4, low=1e-9, high=1.0)
    schedule: str = setting("cosine", choices=SCHEDULES)
    final_share: float = setting(0.05, low=0.0, high=1.0)
    warmup_steps: int = setting(50, low=0)
    weight_decay: float = setting(0.01, low=0.0, high=1.0)
    beta2: float = setting(0.99, low=0.5, high=0.99999)
    max_gradient_norm: float = setting(1.0, low=1e-6)

    def problems(self) -> Iterator[str]:
        yield from super().problems()
        if self.name == "prodigy" and self.learning_rate < LEAST_PRODIGY_FACTOR:
            yield (
                f"learning_rate = {self.learning_rate!r}: for prodigy it is a factor on the rate that it "
                f"finds: set it to 1, or at least to {LEAST_PRODIGY_FACTOR}"
            )


@dataclass(frozen=True)
class RunConfig(Section):
    """How long, how large, from which seed, how exact, and where to.

    `batch_size` is of one step over all processes; `micro_batch_size` is how many of them one process works
    on at once, None for all of its share. `shard_base` has each of several processes hold a part of the
    frozen weights. `ema_decay` 0 keeps no average of the weights.
    """

    output: str = "outputs/adapter"
    steps: int = setting(1000, low=1)
    batch_size: int = setting(32, low=1)
    micro_batch_size: int | None = setting(None, low=1)
    seed: int = setting(0, low=0, high=2**32 - 1)
    caption_dropout: float = setting(0.1, low=0.0, high=1.0)
    precision: str = setting("float32", choices=PRECISIONS)
    gradient_checkpointing: bool = False
    compile: bool = False
    shard_base: bool = False
    ema_decay: float = setting(0.0, low=0.0, high=0.99999)
    log_every: int = setting(20, low=1)
    save_every: int = setting(500, low=1)
    kept_checkpoints: int = setting(2, low=1)


@dataclass(frozen=True)
class GuardConfig(Section):
    """What a bad step is and what follows: it is skipped; after `patience` in a row the run goes back.

    A gradient norm is wildly large above `largest_jump` times the median of the steps before. Going back
    means to the last good checkpoint, with the rate times `lower_rate`, at most `most_rollbacks` times.
    """

    largest_jump: float = setting(20.0, low=1.5)
    patience: int = setting(5, low=1)
    lower_rate: float = setting(0.5, low=0.01, high=1.0)
    most_rollbacks: int = setting(3, low=0)


@dataclass(frozen=True)
class TrackingConfig(Section):
    """Where curves go besides `metrics.jsonl`, and what an hour of the machine costs."""

    tracker: str = setting("trackio", choices=TRACKERS)
    project: str = "sd35-celeba"
    price_per_hour: float | None = setting(None, low=0.0)


@dataclass(frozen=True)
class ValidationConfig(Section):
    """What is looked at every so many steps; `every = 0` looks at nothing.

    Pictures of every prompt with every seed, made with the very code that visitors use; and the loss of
    `held_out` faces that are not learned from, at nine fixed noise levels.
    """

    every: int = setting(0, low=0)
    prompts: tuple[str, ...] = ()
    seeds: tuple[int, ...] = setting((7,), low=0, high=2**32 - 1)
    steps: int | None = setting(None, low=1)
    guidance: float | None = setting(None, low=0.0)
    held_out: int = setting(0, low=0)

    def problems(self) -> Iterator[str]:
        yield from super().problems()
        if self.every and not self.prompts and not self.held_out:
            yield f"every = {self.every}: there is nothing to look at: set prompts or held_out, or every = 0"
        if self.held_out and not self.every:
            yield (
                f"held_out = {self.held_out}: these faces are not learned from and never looked at: set "
                "every too, or held_out = 0"
            )


@dataclass(frozen=True)
class TrainingConfig:
    """One whole run; each section is one table of the TOML file."""

    model: ModelConfig = field(default_factory=ModelConfig)
    data: DataConfig = field(default_factory=DataConfig)
    objective: ObjectiveConfig = field(default_factory=ObjectiveConfig)
    lora: LoraSettings = field(default_factory=LoraSettings)
    optimizer: OptimizerConfig = field(default_factory=OptimizerConfig)
    run: RunConfig = field(default_factory=RunConfig)
    guard: GuardConfig = field(default_factory=GuardConfig)
    tracking: TrackingConfig = field(default_factory=TrackingConfig)
    validation: ValidationConfig = field(default_factory=ValidationConfig)

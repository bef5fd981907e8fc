"""How the adapter was made: settings, faces, versions, and the command that makes it again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from prompt_engine.reliability import Tier
from training.config import ModelConfig
from training.publishing.markdown import code, table
from training.publishing.private_places import CELEBA_PLACE
from training.publishing.publication import Publication
from training.run_folder import CONFIG_FILE


def training_paragraphs(publication: Publication) -> list[str]:
    """The facts as a table, then the command."""
    rows = [*_data(publication), *_settings(publication), *_versions(publication)]
    return [table(["what", "value"], rows), *_command(publication)]


def _data(publication: Publication) -> Iterator[tuple[str, object]]:
    record = publication.record
    faces, captions = record["faces"], record["captions"]
    split = f", split {faces['split']}" if faces["split"] else ""
    numbers = faces.get("images")
    images = f", images {numbers[0]:,} to {numbers[1]:,}" if numbers else ""
    yield "faces", f"{faces['count']:,} of {faces['title']}{split}{images}"
    yield "source", faces["notice"]
    yield "dataset hash", f"`{faces['fingerprint']}`"
    yield "captions", _captions(captions, publication.config.data.captions_per_face)
    yield "resolution", f"{record['size_px']} px, {record['crop']}"


def _captions(captions: Mapping[str, Any], per_face: int) -> str:
    *sizes, last = map(str, captions["attributes"])
    named = f"{', '.join(sizes)} or {last}" if sizes else last
    found = [f"{per_face} a face", f"of {named} attributes", f"style {captions['style']}"]
    if captions.get("absences"):
        found.append(f"{captions['absences']:.0%} of the attributes said as absent")
    weights = captions.get("tier_weights", [1.0])
    if len(set(weights)) > 1:
        tiers = zip(Tier, weights, strict=True)
        found.append("likelihood of " + ", ".join(f"{tier.word} labels {weight:g}" for tier, weight in tiers))
    return ", ".join([*found, f"{captions['dropout']:.0%} left empty"])


def _settings(publication: Publication) -> Iterator[tuple[str, object]]:
    config, lora = publication.config, publication.config.lora
    yield (
        "steps",
        f"{publication.record['step']:,} of {config.run.steps:,}, {config.run.batch_size} images each",
    )
    yield (
        "LoRA",
        f"rank {lora.rank}, alpha {lora.alpha or lora.rank:g}, preset {lora.preset}",
    )
    rate = f"{config.optimizer.learning_rate:g}, {config.optimizer.schedule}"
    # As `learning_rate` takes it: a short run has no more steps than it has.
    warmup = min(config.optimizer.warmup_steps, config.run.steps - 1)
    steps = f"{warmup:,} step{'' if warmup == 1 else 's'}"
    yield "optimizer", f"{config.optimizer.name}, rate {rate}, warm-up {steps}"
    if config.run.ema_decay:
        yield (
            "average of the weights",
            f"exponential (EMA), decay {config.run.ema_decay:g}: it is the adapter",
        )
    sampling = config.objective.sampling.replace("_", "-")
    yield "noise levels", f"{sampling}, shift {publication.record['shift']:g}"
    yield "precision", f"{config.run.precision}, adapter float32" + _quantized(config.model)
    losses = [row["loss"] for row in publication.metrics if row.get("loss") is not None]
    if losses:
        yield "last training loss", f"{losses[-1]:.4f}"


def _quantized(model: ModelConfig) -> str:
    return "" if model.quantization == "none" else f", base {model.quantization}"


def _versions(publication: Publication) -> Iterator[tuple[str, object]]:
    record, base = publication.record, publication.record["base_model"]
    yield "base model", f"{base['repo']}, revision `{base['revision']}`"
    yield "prompt engine", f"version {record['engine_version']}"
    yield "libraries", ", ".join(f"{name} {version}" for name, version in record["versions"].items())
    yield "SHA-256 of the adapter", f"`{publication.adapter_sha256}`"


def _command(publication: Publication) -> Iterator[str]:
    lines = f"""
hf download {publication.repo} {CONFIG_FILE} --local-dir .
python -m training train --config {CONFIG_FILE}
"""
    yield "It is made again by these lines, in the folder of the program's repository:"
    yield code("sh", lines)
    if publication.config.data.faces == CELEBA_PLACE:
        yield (
            f"`{CELEBA_PLACE}` stands for a folder in CelebA's official layout: override it with "
            "`--set data.faces=folder:PATH`."
        )

"""The parts of the demo assets, each a function from the workplace to files under `assets/`."""

import argparse
import shutil

import numpy as np
import torch
from diffusers import AutoencoderKL
from safetensors.torch import load_file, save_file

from generation.adapter_file import WEIGHT_NAME
from generation.demo_model import SIZE_PX, build_demo_model
from generation.locations import REPOSITORY
from generation.metadata import write_comparison
from generation.recipe import Recipe
from generation.workshop import Workshop
from prompt_engine.celeba_layout import find_attribute_file
from prompt_engine.counts import AggregateCounts
from prompt_engine.index import open_index
from prompt_engine.realiser import realise
from prompt_engine.selection import Selection
from prompt_engine.whole_file import replacing
from training.config_file import read_config
from training.demo_assets.autoencoder import (
    AutoencoderSettings,
    psnr_db,
    set_latent_statistics,
    train_autoencoder,
)
from training.demo_assets.people import draw_people, people_labels
from training.demo_assets.text_encoders import train_text_encoders
from training.demo_assets.textures import texture
from training.demo_assets.transformer import TransformerSettings, encode_images, train_transformer
from training.demo_assets.workplace import Workplace
from training.evaluation import command as evaluate
from training.evaluation.classifier import save_classifier
from training.evaluation.learn import train_classifier
from training.loop import train
from training.run_state import STATE_FILE

DEMO_CONFIG = REPOSITORY / "training" / "configs" / "demo.toml"
PORTRAITS = 24_000  # flat ones that the transformer learns from
EXAMPLE = Recipe(
    prompt=realise(Selection("female", ("Wavy_Hair", "Blond_Hair", "Smiling"))),
    seed=7,
    selection=Selection("female", ("Wavy_Hair", "Blond_Hair", "Smiling")),
)


def make_counts(place: Workplace) -> None:
    """Counts CelebA's attribute list; without a CelebA folder the shipped counts stay as they are."""
    if place.celeba is None:
        print("No --celeba DIR: the counts stay as they are.")
        return
    index = open_index(find_attribute_file(place.celeba))
    AggregateCounts.build(index).write(place.assets / "celeba-counts.json")


def make_demo_model(place: Workplace) -> None:
    """Trains autoencoder, text encoders and transformer from scratch, and saves them in half precision."""
    pipeline = build_demo_model(place.work / "untrained", place.seed)
    pipeline.vae = _autoencoder(pipeline.vae, place)
    train_text_encoders(pipeline, place.seed, place.state("text-encoders"))
    people = people_labels(PORTRAITS, place.seed)
    settings = TransformerSettings(seed=place.seed)
    train_transformer(pipeline, _latents(pipeline.vae, place), people, settings, place.state("transformer"))
    folder = place.assets / "demo-model"
    shutil.rmtree(folder, ignore_errors=True)
    pipeline.to(torch.float16).save_pretrained(folder, max_shard_size="9MB")


def _autoencoder(untrained: AutoencoderKL, place: Workplace) -> AutoencoderKL:
    folder = place.work / "autoencoder"
    if not folder.exists():
        train_demo_autoencoder(untrained, place)
        untrained.save_pretrained(folder)
    return AutoencoderKL.from_pretrained(folder).eval()


def train_demo_autoencoder(model: AutoencoderKL, place: Workplace) -> None:
    """Trains on both looks and on textures, then sets shift and scale from the flat look."""
    seeds = {"flat": place.seed + 11, "photographic": place.seed + 12}
    drawn = {look: draw_people(2500, look, SIZE_PX, seed)[0] for look, seed in seeds.items()}
    textures = [texture(SIZE_PX, np.random.default_rng((place.seed + 13, i))) for i in range(5000)]
    images = np.concatenate([*drawn.values(), np.stack(textures)])
    train_autoencoder(model, images, AutoencoderSettings(seed=place.seed), place.state("autoencoder"))
    set_latent_statistics(model.eval(), drawn["flat"][:1000])
    fidelity = ", ".join(f"{look} {psnr_db(model, some[:200]):.1f} dB" for look, some in drawn.items())
    print(f"The autoencoder carries {fidelity}.", flush=True)


def _latents(autoencoder: AutoencoderKL, place: Workplace) -> torch.Tensor:
    path = place.work / "flat-latents.safetensors"
    if not path.exists():
        images, _ = draw_people(PORTRAITS, "flat", SIZE_PX, place.seed)
        with replacing(path) as beside:
            save_file({"latents": encode_images(autoencoder, images)}, beside)
    return load_file(path)["latents"]


def make_classifier(place: Workplace) -> None:
    """Trains the attribute classifier that evaluation uses."""
    model, accuracy = train_classifier(place.seed, place.state("classifier"))
    save_classifier(model, accuracy, place.assets / "attribute-classifier.safetensors")


def make_adapter(place: Workplace) -> None:
    """Fine-tunes the demo adapter with the very command that users have."""
    output = place.work / "adapter"
    config = read_config(DEMO_CONFIG, [f"run.output={output}", f"run.seed={place.seed}"])
    train(config, resume=(output / STATE_FILE).exists())
    folder = place.assets / "demo-adapter"
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(output / WEIGHT_NAME, folder / WEIGHT_NAME)


def make_example(place: Workplace) -> None:
    """The finished comparison that the page shows before anyone clicks."""
    *_, last = Workshop().compare(EXAMPLE)
    write_comparison(last.comparison, place.assets / "examples")


def measure_quality(place: Workplace) -> None:
    """Measures the demo adapter and writes the table into the assets' README."""
    parser = argparse.ArgumentParser()
    evaluate.add_arguments(parser)
    evaluate.run(parser.parse_args(["--write", str(place.assets / "README.md")]))

"""The parts of the demo assets, each a function from the workplace to files under `assets/`."""

import shutil
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import torch
from diffusers import AutoencoderKL
from safetensors.torch import load_file, save_file

from generation.adapters.file import WEIGHT_NAME
from generation.adapters.repository import CURVE
from generation.demo_model import SIZE_PX, build_demo_model
from generation.evaluation.report import REPORT_NAME
from generation.events import Finished
from generation.example import EXAMPLE_FOLDER, EXAMPLES, example_folder, example_recipe
from generation.loading.pipelines import model_revision
from generation.locations import REPOSITORY
from generation.models import model_spec
from generation.png.metadata import write_comparison
from generation.workshop.workshop import Workshop
from prompt_engine.celeba_layout import find_attribute_file
from prompt_engine.counts import AggregateCounts
from prompt_engine.index import open_index
from prompt_engine.whole_file import replacing
from training.checkpoints import checkpoint_steps, newest_state
from training.config_file import read_config
from training.demo_assets import text_encoders
from training.demo_assets.autoencoder import (
    AutoencoderSettings,
    psnr_db,
    set_latent_statistics,
    train_autoencoder,
)
from training.demo_assets.people import draw_people, people_labels
from training.demo_assets.textures import texture
from training.demo_assets.transformer import TransformerSettings, encode_images, train_transformer
from training.demo_assets.workplace import Workplace, replacing_folder
from training.evaluation.command import FOLDER
from training.evaluation.evaluate import Evaluation, evaluate
from training.evaluation.lessons import drawn_course
from training.evaluation.schooling import drawn_record, school
from training.evaluation.table import render_table, write_table
from training.loop import train
from training.run_state import SCHEMA

DEMO_CONFIG = REPOSITORY / "training" / "configs" / "demo.toml"
PORTRAITS = 24_000  # flat ones that the transformer learns from


def make_counts(place: Workplace) -> None:
    """Counts CelebA's attribute list; without a CelebA folder the shipped counts stay as they are."""
    if place.celeba is None:
        print("No --celeba DIR: the counts stay as they are.")
        return
    index = open_index(find_attribute_file(place.celeba))
    AggregateCounts.build(index).write(place.assets / "celeba-counts.json")


def make_demo_model(place: Workplace) -> None:
    """Trains autoencoder, text encoders and transformer from scratch, and saves them in half precision."""
    pipeline = build_demo_model(place.state("untrained"), place.seed)
    pipeline.vae = _autoencoder(pipeline.vae, place)
    text_encoders.train_text_encoders(
        pipeline, place.seed, place.state("text-encoders", text_encoders.SETTINGS)
    )
    people = people_labels(PORTRAITS, place.seed)
    settings = TransformerSettings(seed=place.seed)
    latents = _latents(pipeline.vae, place)
    # Whatever it learns from decides where its state lies, so that it never goes on with anything else.
    state = place.state(
        "transformer", settings, PORTRAITS, _autoencoder_stages(place)[0], text_encoders.SETTINGS
    )
    train_transformer(pipeline, latents, people, settings, state)
    with replacing_folder(place.assets / "demo-model") as beside:
        pipeline.to(torch.float16).save_pretrained(beside, max_shard_size="9MB")


def _autoencoder(untrained: AutoencoderKL, place: Workplace) -> AutoencoderKL:
    stages = _autoencoder_stages(place)
    folder = place.state("autoencoder", *stages)
    if not folder.exists():
        _train_autoencoder(untrained, stages, place)
        with replacing_folder(folder) as beside:
            untrained.save_pretrained(beside)
    return AutoencoderKL.from_pretrained(folder).eval()


def _autoencoder_stages(place: Workplace) -> tuple[AutoencoderSettings, AutoencoderSettings]:
    """First all of it; then the decoder alone, which takes longest to become sharp."""
    whole = AutoencoderSettings(seed=place.seed)
    return whole, replace(whole, steps=3000, learning_rate=1e-3, decoder_only=True)


def _train_autoencoder(model: AutoencoderKL, stages: Iterable[AutoencoderSettings], place: Workplace) -> None:
    """Trains on both looks and on textures, then sets shift and scale from the flat look."""
    seeds = {"flat": place.seed + 11, "photographic": place.seed + 12}
    drawn = {look: draw_people(2500, look, SIZE_PX, seed)[0] for look, seed in seeds.items()}
    textures = [texture(SIZE_PX, np.random.default_rng((place.seed + 13, i))) for i in range(5000)]
    images = np.concatenate([*drawn.values(), np.stack(textures)])
    for settings in stages:
        train_autoencoder(model, images, settings, place.state("autoencoder-training", settings))
    set_latent_statistics(model.eval(), drawn["flat"][:1000])
    fidelity = ", ".join(f"{look} {psnr_db(model, some[:200]):.1f} dB" for look, some in drawn.items())
    print(f"The autoencoder carries {fidelity}.", flush=True)


def _latents(autoencoder: AutoencoderKL, place: Workplace) -> torch.Tensor:
    path = place.state("flat-latents", PORTRAITS, _autoencoder_stages(place)[0])
    if not path.exists():
        images, _ = draw_people(PORTRAITS, "flat", SIZE_PX, place.seed)
        with replacing(path) as beside:
            save_file({"latents": encode_images(autoencoder, images)}, beside)
    return load_file(path)["latents"]


def make_classifier(place: Workplace) -> None:
    """Trains the attribute classifier that evaluation uses."""
    course = drawn_course(place.seed)
    record = drawn_record(course, place.seed)
    out = place.assets / "attribute-classifier.safetensors"
    school(course, record, out, place.state("classifier", record))


def make_adapter(place: Workplace) -> None:
    """Fine-tunes the demo adapter with the very code that users have."""
    # Another model, other settings or another form of state: another run.
    made_from = model_revision(model_spec("demo")), DEMO_CONFIG.read_text(encoding="utf-8"), SCHEMA
    output = place.state("adapter", *made_from)
    config = read_config(DEMO_CONFIG, [f"run.output={output}", f"run.seed={place.seed}"])
    begun = bool(checkpoint_steps(output))
    if not begun or newest_state(output).step < config.run.steps:
        train(config, resume=begun, overwrite=not begun)
    with replacing_folder(place.assets / "demo-adapter") as beside:
        for name in (WEIGHT_NAME, CURVE):
            shutil.copyfile(output / name, beside / name)


def make_example(place: Workplace) -> None:
    """The finished comparisons that the page shows before anyone clicks, and at a click on an example."""
    workshop = Workshop()
    with replacing_folder(place.assets / EXAMPLE_FOLDER.name) as beside:
        for at in range(len(EXAMPLES)):
            *_, last = workshop.compare(example_recipe(at=at))
            assert isinstance(last, Finished)
            write_comparison(last.comparison, example_folder(at, beside))


def measure_quality(place: Workplace) -> None:
    """Measures the demo adapter: the table into the assets' README, the report beside the adapter."""
    report = evaluate(Evaluation(count=500), say=print).report
    write_table(place.assets / "README.md", render_table(report))
    folder = place.assets / "demo-adapter" / FOLDER
    folder.mkdir(exist_ok=True)
    with replacing(folder / REPORT_NAME) as beside:
        beside.write_text(report.to_json(), encoding="utf-8")

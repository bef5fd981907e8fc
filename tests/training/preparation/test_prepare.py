"""Every latent and every caption is made once, and again exactly when what it depends on changed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from accelerate import Accelerator
from safetensors.torch import load_file, save_file

from generation.models import ModelSpec
from prompt_engine.faces.drawn import DrawnFaces
from training.base_model import chosen_model
from training.config import TrainingConfig
from training.preparation.filling import face_batches
from training.preparation.prepare import prepare
from training.preparation.survey import survey

MakeConfig = Callable[..., TrainingConfig]
MADE = re.compile(r"(latents|text embeddings): ([\d,]+) of \2 ")


def made_by(config: TrainingConfig) -> tuple[int, int]:
    """How many latents and how many captions preparing computes."""
    lines: list[str] = []
    prepare(config, Accelerator(cpu=True), lines.append)
    found = dict(match.groups() for line in lines if (match := MADE.match(line)))
    return int(found.get("latents", 0)), int(found.get("text embeddings", 0))


def test_everything_is_made_once_and_then_no_encoder_is_loaded(
    small_config: MakeConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = small_config(empty=True)
    assert made_by(config) == (4, 9)  # two captions a face, and the empty one
    monkeypatch.setattr("training.preparation.base.load_pipeline", lambda *_, **__: pytest.fail("loaded"))
    assert made_by(config) == (0, 0)


def test_more_faces_need_only_the_new_ones(small_config: MakeConfig) -> None:
    faces, captions = made_by(small_config(data_count=6))
    assert faces == 2 and 0 < captions <= 4
    assert made_by(small_config(data_count=5)) == (0, 0)


def test_another_size_makes_latents_again_and_nothing_else(small_config: MakeConfig) -> None:
    assert made_by(small_config(data_size_px=48)) == (4, 0)


@pytest.mark.parametrize(
    "change", [{"run_seed": 1}, {"data_attributes": [5]}, {"data_caption_style": "varied"}]
)
def test_other_captions_make_no_latents_again(small_config: MakeConfig, change: dict[str, object]) -> None:
    faces, captions = made_by(small_config(**change))
    assert faces == 0 and captions > 0


def test_a_prompt_to_validate_with_is_one_more_caption(small_config: MakeConfig) -> None:
    prompts = ["a cat on a roof", "a cat on a roof", ""]
    assert made_by(small_config(validation_prompts=prompts)) == (0, 1)


def test_another_look_makes_latents_again_and_the_same_captions(small_config: MakeConfig) -> None:
    assert made_by(small_config(data_faces="drawn:photographic")) == (4, 0)


class Relabelled(DrawnFaces):
    """One person smiles, or no longer does."""

    def labels(self, id: int) -> frozenset[str]:
        return super().labels(id) ^ ({"Smiling"} if id == 3 else set())


def test_one_other_label_makes_drawn_faces_again(
    small_config: MakeConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.preparation.survey.open_faces", lambda _spec: Relabelled("flat"))
    faces, captions = made_by(small_config())
    assert faces == 4 and captions <= 2


def test_how_much_of_a_text_t5_reads_counts(
    small_config: MakeConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def shorter(config: TrainingConfig) -> ModelSpec:
        return replace(chosen_model(config), max_sequence_length=128)

    monkeypatch.setattr("training.preparation.survey.chosen_model", shorter)
    assert made_by(small_config()) == (0, 9)


def add_to_a_weight(file: Path) -> None:
    tensors = load_file(file)
    next(iter(tensors.values())).view(-1)[0] += 1
    save_file(tensors, file, metadata={"format": "pt"})


def set_in(file: Path, key: str, value: object) -> None:
    file.write_text(json.dumps({**json.loads(file.read_text()), key: value}))


def drop_a_merge(file: Path) -> None:
    rules = json.loads(file.read_text())
    rules["model"]["merges"].pop()
    file.write_text(json.dumps(rules))


CHANGES = {
    "a weight of the VAE": (
        lambda at: add_to_a_weight(at / "vae/diffusion_pytorch_model.safetensors"),
        (4, 0),
    ),
    "its scaling factor": (lambda at: set_in(at / "vae/config.json", "scaling_factor", 1.7), (4, 0)),
    "a weight of T5": (lambda at: add_to_a_weight(at / "text_encoder_3/model.safetensors"), (0, 9)),
    "a tokenizer": (lambda at: drop_a_merge(at / "tokenizer_2/tokenizer.json"), (0, 9)),
    "where it came from": (lambda at: set_in(at / "vae/config.json", "_name_or_path", "elsewhere"), (0, 0)),
    "the transformer": (lambda at: set_in(at / "transformer/config.json", "sample_size", 64), (0, 0)),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_changes_in_the_model_is_made_again_and_nothing_else(
    small_config: MakeConfig, model: Path, change: str
) -> None:
    alter, expected = CHANGES[change]
    alter(model)
    assert made_by(small_config()) == expected


def test_a_copy_of_the_model_elsewhere_is_the_same_model(
    small_config: MakeConfig, model: Path, tmp_path: Path
) -> None:
    model.rename(tmp_path / "moved")
    assert made_by(small_config(model_folder=str(tmp_path / "moved"))) == (0, 0)


def test_which_faces_they_are_decides_whether_a_run_goes_on(small_config: MakeConfig) -> None:
    def faces(**overrides: object) -> str:
        return prepare(small_config(**overrides), Accelerator(cpu=True), lambda _line: None).faces

    assert faces() == faces(run_seed=1) != faces(data_count=5)


def test_images_are_encoded_in_float32_and_kept_as_exact_as_the_run(small_config: MakeConfig) -> None:
    found = survey(small_config(empty=True), Accelerator(cpu=True), lambda _line: None)
    exact = torch.cat([rows.tensors["latents"] for rows in face_batches(found, [0, 1])])
    assert exact.dtype == torch.float32
    halved = replace(found, base=replace(found.base, dtype=torch.bfloat16))  # as on a GPU
    form = halved.base.latent_form(found.size_px)
    kept = face_batches(replace(halved, faces=replace(found.faces, form=form)), [0, 1])
    assert torch.equal(torch.cat([rows.tensors["latents"] for rows in kept]), exact.bfloat16())


def test_text_is_kept_as_exact_as_its_encoder_and_latents_are_given_in_float32(
    small_config: MakeConfig,
) -> None:
    prepared = prepare(small_config(), Accelerator(cpu=True), lambda _line: None)
    latents = prepared.latents.take([1, 0, 1])
    assert latents.shape == (3, 16, 4, 4) and latents.dtype == torch.float32
    assert torch.equal(latents[0], latents[2])
    prompt_embeds, pooled_embeds = prepared.text.take([prepared.examples[0].captions[0], ""])
    assert prompt_embeds.shape == (2, 77 + 256, 32) and pooled_embeds.shape == (2, 24)
    with pytest.raises(KeyError, match="never said"):
        prepared.text.take(["never said"])

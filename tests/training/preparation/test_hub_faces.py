"""Faces of a dataset on the Hub: each image is fetched once, none is kept, and a Hub that is gone is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from accelerate import Accelerator

from prompt_engine.faces.hub_faults import HubFault
from prompt_engine.index import default_cache_dir
from prompt_engine.realiser import parse
from tests.prompt_engine.faces.conftest import datasets, hub, layout, portraits  # noqa: F401  (fixtures)
from tests.prompt_engine.faces.hub_datasets import ROWS
from tests.prompt_engine.faces.hub_server import Faults, HubServer
from training.base_model import chosen_model
from training.config import TrainingConfig
from training.dataset import open_faces, pixels_of
from training.encoders import encode_pixels
from training.preparation.base import open_base
from training.preparation.prepare import Prepared, prepare

MakeConfig = Callable[..., TrainingConfig]


@pytest.fixture
def config(small_config: MakeConfig, hub: HubServer) -> TrainingConfig:  # noqa: F811
    faces = {"data_faces": f"hub:{hub.name}", "data_near_duplicates": True}
    return small_config(**faces, data_count=30, validation_held_out=3)


def prepared_by(config: TrainingConfig) -> Prepared:
    return prepare(config, Accelerator(cpu=True), lambda _line: None)


def test_faces_of_the_hub_are_fetched_once_and_not_kept(config: TrainingConfig, hub: HubServer) -> None:  # noqa: F811
    prepared = prepared_by(config)
    held_out = [each.id for each in prepared.held_out.examples]
    assert len(prepared.examples) == 30 and all(each >= ROWS["train"] for each in held_out)
    assert not list(Path(default_cache_dir()).rglob("images"))
    hub.forget()
    again = prepared_by(config)
    assert not hub.stored and again.faces == prepared.faces
    check_pairs(again, config)


def check_pairs(prepared: Prepared, config: TrainingConfig) -> None:
    source = open_faces(config.data.faces)
    vae = open_base(chosen_model(config), config, torch.device("cpu")).load_image_encoder().vae
    for place, example in enumerate(prepared.examples):
        assert all(parse(caption).matches(source.labels(example.id)) for caption in example.captions)
        if place % 10 == 0:
            pixels = pixels_of(source.glance(example.id).image, 32)
            expected = encode_pixels(vae, pixels[None])
            torch.testing.assert_close(prepared.latents.take([place]), expected, rtol=1e-4, atol=1e-5)


def test_a_hub_that_is_gone_is_told_and_no_image_is_taken_for_damaged(
    config: TrainingConfig,
    hub: HubServer,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source = open_faces(config.data.faces)
    monkeypatch.setattr("training.preparation.survey.open_faces", lambda _spec: source)
    prepared_by(replace(config, data=replace(config.data, count=4)))
    hub.faults = Faults(where="parquet", status=404)
    with pytest.raises(HubFault, match="a file of it is gone"):
        prepared_by(config)
    hub.faults = None
    assert len(prepared_by(config).examples) == 30

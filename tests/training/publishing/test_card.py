"""What a card says: the Hub's conventions, the right terms, the figures, and lines that run as they stand."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import ModelCard
from PIL import Image

from generation.adapters.file import WEIGHT_NAME
from generation.events import ARMS
from generation.loading.pipelines import load_pipeline
from generation.models import model_spec
from generation.recipe import Recipe
from tests.hub_api.repositories import Repository
from tests.hub_api.server import HubApi
from tests.training.publishing.reports import make_report
from training.adapter_file import save_adapter
from training.config import LoraSettings, TrainingConfig
from training.config_file import build_config
from training.evaluation.table import render_table
from training.lora import attach_lora
from training.publishing.card import render_card
from training.publishing.gallery import Picture
from training.publishing.licence import MODIFIED, STABILITY_NOTICE, notice_of
from training.publishing.publication import Publication

PROMPT = 'a woman with black hair, "smiling" | widely'
MEDIUM = "stabilityai/stable-diffusion-3.5-medium"
CELEBA: dict[str, Any] = {
    "title": "CelebA",
    "notice": "CelebA, non-commercial",
    "drawn": False,
    "count": 5000,
    "split": "train",
    "fingerprint": "f00d",
}
DRAWN = {**CELEBA, "title": "Drawn portraits", "notice": "Drawn", "drawn": True, "split": None}
HELD_OUT = {"sigmas": [0.1, 0.5, 0.9], "vanilla": [1.0, 2.0, 3.0], "fine_tuned": [0.5, 1.5, 2.5]}


def _publication(key: str = "medium", faces: dict[str, Any] = CELEBA, **changed: Any) -> Publication:
    recipe = Recipe(
        PROMPT, 7, model=key, adapter="ada/faces", steps=10, size_px=512 if key == "medium" else None
    )
    pictures = tuple(Picture(f"gallery/01-{arm}.png", arm, recipe, b"png") for arm in ARMS)
    record = {
        "base_model": {"key": key, "repo": model_spec(key).repo, "revision": "abc"},
        "captions": {"attributes": [2, 3], "style": "plain", "dropout": 0.1},
        "engine_version": "1",
        "faces": faces,
        "max_sequence_length": model_spec(key).max_sequence_length,
        "crop": "centre square",
        "shift": 1.5,
        "size_px": 512,
        "step": 1000,
        "versions": {"torch": "2.13.0"},
    }
    rows = ({"step": 10, "loss": 0.25}, {"step": 10, "held_out": HELD_OUT})
    made = Publication("ada/faces", TrainingConfig(), record, "5ha", pictures, rows, None)
    return replace(made, **changed)


def _front(publication: Publication) -> dict[str, Any]:
    return ModelCard(render_card(publication)).data.to_dict()


def test_an_adapter_of_sd35_follows_the_conventions() -> None:
    front = _front(_publication())
    assert front["base_model"] == MEDIUM
    assert front["base_model_relation"] == "adapter"
    assert (front["license"], front["license_name"]) == ("other", "stabilityai-ai-community")
    assert front["license_link"] == f"https://huggingface.co/{MEDIUM}/blob/main/LICENSE.md"
    assert {"text-to-image", "diffusers", "lora", "template:sd-lora", "sd3.5"} <= set(front["tags"])
    assert front["pipeline_tag"] == "text-to-image"
    assert front["widget"] == [{"text": PROMPT, "output": {"url": "gallery/01-fine_tuned.png"}}]
    assert "instance_prompt" not in front and "datasets" not in front


def test_the_demo_model_is_named_as_no_base_of_the_hub() -> None:
    front = _front(_publication("demo", DRAWN))
    assert "base_model" not in front
    assert front["license"] == "apache-2.0"


@pytest.mark.parametrize("key", ["demo", "medium"])
def test_celebas_terms_are_said_where_it_was_learned_from(key: str) -> None:
    assert "non-commercial research" in render_card(_publication(key, CELEBA))
    assert "non-commercial" not in render_card(_publication(key, DRAWN))
    assert _front(_publication("demo"))["license_name"] == "celeba-non-commercial"


def test_sd35s_notice_stands_with_its_adapters() -> None:
    card, notice = render_card(_publication()), notice_of(_publication())
    for words in (
        STABILITY_NOTICE,
        "Powered by Stability AI",
        "is a modification of",
        MODIFIED,
        f"{MEDIUM}/blob/main/LICENSE",
    ):
        assert words in card and notice and words in notice
    assert "https://stability.ai/use-policy" in card
    assert "Stability" not in render_card(_publication("demo")) and notice_of(_publication("demo")) is None


def test_a_dataset_of_the_hub_is_linked() -> None:
    config = build_config({"data": {"faces": "hub:flwrlabs/celeba@main"}})
    assert _front(_publication(config=config))["datasets"] == ["flwrlabs/celeba"]


def test_the_figures_stand_in_tables() -> None:
    card = render_card(_publication(report=make_report("5ha")))
    assert render_table(make_report("5ha")) in card
    assert "| KID | 0.250 (0.200–0.300) | 0.061 (0.050–0.070) |" in card and "No CLIP is here." in card
    assert "| fine-tuned | 0.5000 | 1.5000 | 2.5000 | 1.5000 |" in card


def test_how_it_was_made_is_said() -> None:
    card = render_card(_publication())
    for fact in ("5,000 of CelebA, split train", "`f00d`", "torch 2.13.0", "1,000 of 1,000", "`5ha`"):
        assert fact in card
    assert "python -m training train --config config.toml" in card


def test_what_decides_what_was_learned_is_said_and_no_more() -> None:
    config = build_config(
        {
            "data": {"captions_per_face": 4},
            "run": {"steps": 20, "ema_decay": 0.999},
            "optimizer": {"warmup_steps": 50},
        }
    )
    record = dict(_publication(faces={**CELEBA, "images": [1, 1600]}).record)
    captions = {**record["captions"], "absences": 0.1, "tier_weights": [1.0, 0.5, 0.1]}
    card = render_card(_publication(config=config, record={**record, "captions": captions}))
    for fact in (
        "split train, images 1 to 1,600 |",
        "| 4 a face, of 2 or 3 attributes, style plain, 10% of the attributes said as absent",
        "unflagged labels 1, doubtful labels 0.5, near-random labels 0.1, 10% left empty |",
        "warm-up 19 steps",
        "decay 0.999",
    ):
        assert fact in card
    plain = render_card(_publication())
    assert "EMA" not in plain and "likelihood" not in plain and "absent" not in plain


@pytest.mark.parametrize("key", ["demo", "medium"])
def test_backticks_in_a_prompt_end_no_block(key: str) -> None:
    recipe = replace(_publication(key).pictures[0].recipe, prompt="a woman ``` with ```` bangs")
    pictures = tuple(replace(each, recipe=recipe) for each in _publication(key).pictures)
    card = render_card(_publication(key, pictures=pictures))
    block = re.search(r"^(`{5})(sh|python)\n(.*?)^\1$", card, re.DOTALL | re.MULTILINE)
    assert block and "with ```` bangs" in block[3]


def test_a_bar_in_a_prompt_ends_no_cell() -> None:
    row = next(line for line in render_card(_publication()).splitlines() if line.startswith("| a woman"))
    assert len(re.findall(r"(?<!\\)\|", row)) == 5


def test_equal_publications_give_equal_cards() -> None:
    assert render_card(_publication()) == render_card(_publication())


def test_the_lines_for_diffusers_run_as_they_stand(
    hub: HubApi, small_sd35: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, single_threaded: None
) -> None:
    pipeline = load_pipeline(replace(model_spec("medium"), repo=str(small_sd35), bundled=True), "cpu")
    attach_lora(pipeline.transformer, LoraSettings(rank=4), seed=0)
    save_adapter(pipeline.transformer, tmp_path / "adapter", {})
    base = hub.repositories[MEDIUM] = Repository(MEDIUM)
    files = [path for path in small_sd35.rglob("*") if path.is_file()]
    base.commit("main", "weights", {str(each.relative_to(small_sd35)): each.read_bytes() for each in files})
    adapter = hub.repositories["ada/faces"] = Repository("ada/faces")
    adapter.commit("main", "adapter", {WEIGHT_NAME: (tmp_path / "adapter" / WEIGHT_NAME).read_bytes()})
    lines = re.findall(r"```python\n(.*?)```", render_card(_publication()), re.DOTALL)[0]
    monkeypatch.chdir(tmp_path)
    exec(compile(lines, "the card's lines", "exec"), {})
    assert hub.count(f"resolve/.+/{WEIGHT_NAME}") > 0 and hub.count(f"{MEDIUM}/resolve") > 5
    with Image.open(tmp_path / "portrait.png") as portrait:
        assert portrait.size == (512, 512)

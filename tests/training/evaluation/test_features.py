"""Features and CLIPScore through real transformers models, made small here; refused where there is none."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from transformers import (
    AutoTokenizer,
    CLIPConfig,
    CLIPImageProcessor,
    CLIPModel,
    Dinov2Config,
    Dinov2Model,
    ViTImageProcessor,
)

from training.errors import DataError
from training.evaluation.classifier_file import load_classifier
from training.evaluation.features import find_weights, load_clip_score, load_extractor
from training.evaluation.observations import Observer

TINY = {
    "hidden_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "image_size": 28,
    "patch_size": 14,
}


@pytest.fixture(scope="module")
def pictures() -> list[Image.Image]:
    rng = np.random.default_rng(1)
    return [Image.fromarray(rng.integers(0, 255, (40, 30, 3), dtype=np.uint8)) for _ in range(3)]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory, repository: Path) -> Path:
    """A CLIP with random weights, and the demo model's tokenizer."""
    folder = tmp_path_factory.mktemp("clip")
    tokenizer = AutoTokenizer.from_pretrained(repository / "assets" / "demo-model" / "tokenizer")
    text = {**TINY, "vocab_size": len(tokenizer), "intermediate_size": 16, "max_position_embeddings": 77}
    ends = {"eos_token_id": tokenizer.eos_token_id, "bos_token_id": tokenizer.bos_token_id}
    config = CLIPConfig(
        text_config={**text, **ends}, vision_config={**TINY, "intermediate_size": 16}, projection_dim=8
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        CLIPModel(config).save_pretrained(folder)
    square = {"height": 28, "width": 28}
    CLIPImageProcessor(size={"shortest_edge": 28}, crop_size=square).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def test_dinov2_gives_one_row_a_picture(tmp_path: Path, pictures: list[Image.Image]) -> None:
    Dinov2Model(Dinov2Config(**TINY)).save_pretrained(tmp_path)
    ViTImageProcessor(size={"height": 28, "width": 28}).save_pretrained(tmp_path)
    found = load_extractor(tmp_path)(pictures)
    assert found.shape == (3, 16) and found.dtype == np.float32
    np.testing.assert_allclose(load_extractor(tmp_path)(pictures[1:2]), found[1:2], atol=1e-5)


def test_clip_gives_the_features_it_compares_with_words(clip: Path, pictures: list[Image.Image]) -> None:
    assert load_extractor(clip)(pictures).shape == (3, 8)


def test_clip_score_is_the_cosine_of_each_picture_with_its_own_prompt(
    clip: Path, pictures: list[Image.Image]
) -> None:
    score, prompts = load_clip_score(clip), ["a man with bangs", "a woman", "a smiling woman with bangs"]
    found = score(pictures, prompts)
    assert found.shape == (3,) and (np.abs(found) <= 1).all()
    assert score(pictures[1:2], prompts[1:2]) == pytest.approx(found[1:2], abs=1e-4)
    assert score(pictures[1:2], prompts[2:3]) != pytest.approx(found[1:2], abs=1e-6)


def test_an_observer_notes_chosen_features_and_scores(clip: Path, pictures: list[Image.Image]) -> None:
    observer = Observer(load_classifier().model, load_extractor(clip), load_clip_score(clip))
    noted = observer.observe_all(iter(pictures), ["a man", "a woman", "a man"])
    assert noted.features.shape == (3, 8)
    assert noted.clip_scores is not None and noted.clip_scores.shape == (3,)
    assert observer.observe_all(pictures).clip_scores is None


@pytest.mark.parametrize("name", ["dinov2", "inception", "clip"])
def test_weights_that_are_not_here_are_named_with_the_way_to_get_them(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(DataError, match=r"run `hf download .*`, or use --features classifier"):
        find_weights(name)


def test_a_model_of_timm_says_what_to_install(tmp_path: Path) -> None:
    if find_spec("timm"):
        pytest.skip("timm is installed here")
    (tmp_path / "config.json").write_text('{"architecture": "inception_v3", "pretrained_cfg": {}}')
    with pytest.raises(DataError, match=r"run `pip install timm`, or use --features classifier\.$"):
        load_extractor(tmp_path)


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be loaded"):
        load_extractor(tmp_path)
    with pytest.raises(DataError, match="cannot be loaded"):
        load_clip_score(tmp_path)

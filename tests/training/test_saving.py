"""What is on the disk: whole at every moment, the same bytes for the same adapter, and readable again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import StableDiffusion3Pipeline
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from generation.adapters.attached import attach_adapter
from generation.adapters.file import read_adapter_header
from generation.loading.pipelines import load_pipeline
from generation.models import model_spec
from generation.render import Sampling, render_batch
from tests.small_models import build_small_transformer
from tests.warm_processes import WarmProgram
from training.adapter_check import check_saved_adapter
from training.adapter_file import save_adapter
from training.config import LoraSettings
from training.debris import remove_debris
from training.encoders import encode_captions
from training.errors import AdapterError
from training.lora import attach_lora, learning_parameters

KILLS = 8


OPTIONS: dict[str, dict] = {
    "plain": {},
    "alpha": {"alpha": 11.0},
    "rank stabilised": {"alpha": 3.0, "rank_stabilised": True},
    "dora": {"dora": True},
    "dora with alpha": {"dora": True, "alpha": 1.5},
    "first blocks": {"preset": "photographic", "alpha": 2.0},
}


def learn_noise(pipeline: StableDiffusion3Pipeline, settings: LoraSettings) -> StableDiffusion3Pipeline:
    """Put an adapter on that has learned something, which here is noise."""
    attach_lora(pipeline.transformer, settings, seed=0)
    for index, parameter in enumerate(learning_parameters(pipeline.transformer).values()):
        noise = torch.randn(parameter.shape, generator=torch.Generator().manual_seed(index))
        parameter.data.add_(noise, alpha=0.05)
    return pipeline


def load(folder: Path, key: str = "demo") -> StableDiffusion3Pipeline:
    return load_pipeline(replace(model_spec(key), repo=str(folder), bundled=True), "cpu")


@pytest.fixture(scope="module")
def learned(random_model: Path) -> StableDiffusion3Pipeline:
    return learn_noise(load(random_model), LoraSettings(rank=4))


@torch.no_grad()
def velocity(pipeline: StableDiffusion3Pipeline) -> torch.Tensor:
    length = 0 if pipeline.text_encoder_3 is None else 256
    prompt_embeds, pooled_embeds = encode_captions(pipeline, ["a man with a hat", ""], length)
    return pipeline.transformer(
        hidden_states=torch.randn(2, 16, 12, 12, generator=torch.Generator().manual_seed(3)),
        timestep=torch.tensor([200.0, 800.0]),
        encoder_hidden_states=prompt_embeds,
        pooled_projections=pooled_embeds,
        return_dict=False,
    )[0]


@pytest.mark.parametrize("model", ["random_model", "small_sd35"])
@pytest.mark.parametrize("case", OPTIONS)
def test_a_saved_adapter_gives_the_same_output_in_a_fresh_pipeline(
    model: str, case: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    folder, key = request.getfixturevalue(model), "demo" if model == "random_model" else "medium"
    trained = learn_noise(load(folder, key), LoraSettings(rank=4, **OPTIONS[case]))
    path = save_adapter(trained.transformer, tmp_path, {"step": 1})
    fresh = load(folder, key)
    base = velocity(fresh)
    fresh.load_lora_weights(str(path.parent), weight_name=path.name, adapter_name="fine_tuned")
    torch.testing.assert_close(velocity(fresh), velocity(trained), rtol=1e-5, atol=1e-5)
    assert (velocity(fresh) - base).abs().max() > 1e-3


@pytest.mark.parametrize("case", ["plain", "alpha", "dora"])
def test_validation_shows_what_a_visitor_will_see(case: str, random_model: Path, tmp_path: Path) -> None:
    trained = learn_noise(load(random_model), LoraSettings(rank=4, **OPTIONS[case]))
    fresh = load(random_model)
    attach_adapter(fresh, save_adapter(trained.transformer, tmp_path, {"step": 1}))
    sampling = Sampling(steps=4, guidance=4.0, size_px=96, max_sequence_length=0)
    before, after = (
        np.asarray(render_batch(pipeline, ["a man"], [7], sampling, "fine_tuned")[0], dtype=int)
        for pipeline in (trained, fresh)
    )
    # Folding a scale rounds last bits, which may tip a pixel to the next of its 256 levels.
    assert np.abs(after - before).max() <= (0 if case == "plain" else 1)


@pytest.mark.parametrize("case", [case for case in OPTIONS if "dora" not in case])
def test_a_program_that_ignores_metadata_adds_the_same(case: str, small_sd35: Path, tmp_path: Path) -> None:
    """ComfyUI's rule for a file without alphas: the weight plus B A."""
    trained = learn_noise(load(small_sd35, "medium"), LoraSettings(rank=4, **OPTIONS[case]))
    tensors = load_file(save_adapter(trained.transformer, tmp_path, {}))
    trained.fuse_lora()
    outside = load(small_sd35, "medium")
    for key in (key for key in tensors if ".lora_B." in key):
        layer = outside.transformer.get_submodule(key.split(".lora_")[0].removeprefix("transformer."))
        layer.weight.data += tensors[key] @ tensors[key.replace("lora_B", "lora_A")]
    trained.unload_lora_weights()
    expected = trained.transformer.state_dict()
    for name, weight in outside.transformer.state_dict().items():
        torch.testing.assert_close(weight, expected[name], rtol=1e-5, atol=1e-6)


def test_what_is_saved_says_alpha_is_the_rank(small_sd35: Path, tmp_path: Path) -> None:
    settings = LoraSettings(rank=4, alpha=3.0, rank_stabilised=True)
    trained = learn_noise(load(small_sd35, "medium"), settings)
    config = read_adapter_header(save_adapter(trained.transformer, tmp_path, {})).config
    assert config is not None
    assert (config["r"], config["lora_alpha"], config["use_rslora"]) == (4, 4, False)


def test_at_scale_zero_the_adapter_is_the_base(
    learned: StableDiffusion3Pipeline, random_model: Path, tmp_path: Path
) -> None:
    path = save_adapter(learned.transformer, tmp_path, {"step": 1})
    fresh = load(random_model)
    base = velocity(fresh)
    attach_adapter(fresh, path)
    fresh.set_adapters(["fine_tuned"], [0.0])
    torch.testing.assert_close(velocity(fresh), base, rtol=0, atol=1e-6)


def test_equal_adapters_are_equal_bytes_and_carry_their_record(
    learned: StableDiffusion3Pipeline, tmp_path: Path
) -> None:
    record = {"step": 3, "engine_version": "1", "note": "Grüße"}
    paths = [save_adapter(learned.transformer, tmp_path / name, record) for name in ("a", "b")]
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert read_adapter_header(paths[0]).record == {"schema": 1, **record}
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["pytorch_lora_weights.safetensors"]


def test_a_young_adapter_that_was_saved_empty_is_found_where_much_is_rounded(tmp_path: Path) -> None:
    """It changes the velocity by less than bfloat16 rounds it, so that only its weights can tell."""
    transformer = build_small_transformer().to(torch.bfloat16)
    attach_lora(transformer, LoraSettings(rank=4), seed=0)
    for name, parameter in learning_parameters(transformer).items():
        if ".lora_B." in name:
            parameter.data.fill_(1e-6)
    path = save_adapter(transformer, tmp_path, {})
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata()
    empty = {key: weight * (".lora_B." not in key) for key, weight in load_file(path).items()}
    save_file(empty, path, metadata)
    with pytest.raises(AdapterError, match=r"attn.to_q differs by 1.0e\+00"):
        check_saved_adapter(transformer, path)


def test_killed_while_saving_the_last_good_adapter_stays_whole(tmp_path: Path) -> None:
    program = WarmProgram(tmp_path / "said", "tests.training.killed_savers", str(tmp_path), str(KILLS))
    code, said = program.end()
    assert code == 0, said
    reported = [int(line) for line in said.split()]
    assert len(reported) == KILLS
    for turn, saved in enumerate(reported):
        folder = tmp_path / str(turn)
        assert_whole(folder / "pytorch_lora_weights.safetensors", saved)
        remove_debris(folder)
        assert [path.name for path in folder.iterdir()] == ["pytorch_lora_weights.safetensors"]


def assert_whole(path: Path, saved: int) -> None:
    """One save entire: the last that was reported, or the next, whose report the kill cut off."""
    record = read_adapter_header(path).record
    assert record is not None
    step = record["step"]
    assert step in (saved, saved + 1)
    assert all((tensor == step).all() for tensor in load_file(path).values())

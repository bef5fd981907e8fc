"""Adapters that fit are attached and removed without a trace; every other is refused in its own words."""

from __future__ import annotations

import json
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from diffusers import StableDiffusion3Pipeline
from peft import LoraConfig
from peft.tuners.lora import LoraLayer
from peft.utils import get_peft_model_state_dict
from safetensors.torch import load_file, save_file

from generation.adapter_file import adapter_revision, read_adapter_header, resolve_adapter
from generation.adapters import ADAPTER_NAME, adapter_scale, attach_adapter, detach_adapter
from generation.errors import AdapterRejected
from generation.models import ModelSpec
from generation.pipelines import load_pipeline

Tensors = dict[str, torch.Tensor]
LAYERS = ["to_q", "to_k", "to_v"]
MAGNITUDE = "magnitude_vector"
KEY = "transformer.transformer_blocks.0.attn.to_q.lora_A.weight"


@pytest.fixture(scope="module")
def fresh(spec: ModelSpec) -> StableDiffusion3Pipeline:
    """A pipeline to attach to; every test leaves it without an adapter."""
    return load_pipeline(spec, "cpu")


def renamed(tensors: Tensors, old: str, new: str) -> Tensors:
    return {key.replace(old, new): value for key, value in tensors.items()}


def changed(tensors: Tensors, part: str, change: Callable[[torch.Tensor], torch.Tensor]) -> Tensors:
    return {key: change(value).contiguous() if part in key else value for key, value in tensors.items()}


def zeros_of_rank(tensors: Tensors, rank: int) -> Tensors:
    return {
        key: torch.zeros([rank if size == 4 else size for size in value.shape])
        for key, value in tensors.items()
    }


def with_magnitudes(tensors: Tensors, outputs: int) -> Tensors:
    keys = [key.replace("A.weight", MAGNITUDE) for key in tensors if "lora_A" in key]
    return {**tensors, **{key: torch.ones(outputs) for key in keys}}


def without_b(tensors: Tensors) -> Tensors:
    return {key: value for key, value in tensors.items() if key != KEY.replace("lora_A", "lora_B")}


def assert_untouched(pipeline: StableDiffusion3Pipeline) -> None:
    assert not hasattr(pipeline.transformer, "peft_config")
    assert not any(isinstance(module, LoraLayer) for module in pipeline.transformer.modules())


REFUSED: dict[str, tuple[Callable[[Tensors], Tensors], str]] = {
    "wider model": (lambda t: changed(t, "lora_", lambda w: w.repeat(8, 8)), "another.*takes 192 values"),
    "deeper model": (lambda t: renamed(t, "blocks.5.", "blocks.23."), "another model.*blocks.23"),
    "other family": (lambda t: renamed(t, "transformer_blocks", "single_blocks"), "another.*single_blocks"),
    "kohya": (lambda t: renamed(t, "transformer.transformer_blocks.", "lora_unet_joint_blocks_"), "kohya"),
    "no lora": (lambda t: renamed(t, ".lora_A.", "."), "another|plain LoRA"),
    "whole model": (lambda t: {"pos_embed.proj.weight": next(iter(t.values()))}, "no LoRA weights"),
    "empty": (lambda t: {}, "no LoRA weights"),
    "text encoder": (lambda t: {**t, "text_encoder.a.lora_A.weight": t[KEY].clone()}, "text encoder"),
    "half a dora": (lambda t: {**t, KEY.replace("A.weight", MAGNITUDE): t[KEY].clone()}, "incomplete.*magni"),
    "other dora": (lambda t: with_magnitudes(t, 7), r"another model.*magnitudes \(7,\), but here gives 192"),
    "lokr": (lambda t: renamed(t, "lora_A.weight", "lokr_w1.lora"), "plain LoRA"),
    "half a pair": (without_b, "incomplete.*to_q.lora_B"),
    "mixed ranks": (lambda t: changed(t, "0.attn.to_q.lora_A", lambda w: w[:2]), "ranks 2 and 4"),
    "huge rank": (lambda t: zeros_of_rank(t, 193), "at most 192"),
    "nan": (lambda t: changed(t, "0.attn.to_q.lora_B", lambda w: w * torch.nan), "not finite.*to_q.lora_B"),
    "infinite": (lambda t: changed(t, "0.attn.to_q.lora_A", lambda w: w / 0), "not finite"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_an_unfit_adapter_is_refused_and_leaves_nothing(
    case: str, fresh: StableDiffusion3Pipeline, adapter_path: Path, tmp_path: Path
) -> None:
    change, sentence = REFUSED[case]
    path = tmp_path / "unfit.safetensors"
    save_file(change(load_file(adapter_path)), path)
    with pytest.raises(AdapterRejected, match=f"^unfit.safetensors .*({sentence})"):
        attach_adapter(fresh, path)
    assert_untouched(fresh)


@pytest.mark.parametrize(
    "metadata",
    [
        "{",
        "[]",
        json.dumps({"transformer.lora_alpha": "8"}),
        '{"transformer.lora_alpha": Infinity}',
        json.dumps({"transformer.lora_alpha": 10**400}),
        json.dumps({"transformer.alpha_pattern": [1]}),
        '{"transformer.r": 4, "transformer.target_modules": ".*to_[qkv]", "transformer.bias": null}',
        json.dumps({"transformer.use_dora": True, "transformer.lora_alpha": 4}),
        json.dumps({"transformer.modules_to_save": ["proj_out"]}),
        json.dumps({"transformer.lora_alpha": 4, "transformer.not_a_field": 1}),
        json.dumps({"transformer.r": 8, "transformer.target_modules": ["to_q", "to_k", "to_v"]}),
    ],
)
def test_metadata_that_does_not_describe_the_weights_is_refused(
    metadata: str, fresh: StableDiffusion3Pipeline, adapter_path: Path, tmp_path: Path
) -> None:
    path = tmp_path / "unfit.safetensors"
    save_file(load_file(adapter_path), path, metadata={"format": "pt", "lora_adapter_metadata": metadata})
    with pytest.raises(AdapterRejected, match="^unfit.safetensors "):
        attach_adapter(fresh, path)
    assert_untouched(fresh)


def test_magnitudes_that_the_metadata_knows_nothing_of_are_refused(
    fresh: StableDiffusion3Pipeline, adapter_path: Path, tmp_path: Path
) -> None:
    path = tmp_path / "unfit.safetensors"
    metadata = {"lora_adapter_metadata": json.dumps({"transformer.r": 4, "transformer.lora_alpha": 4})}
    save_file(with_magnitudes(load_file(adapter_path), 192), path, metadata=metadata)
    with pytest.raises(AdapterRejected, match="says it is plain LoRA, but holds DoRA's magnitudes"):
        attach_adapter(fresh, path)
    assert_untouched(fresh)


@pytest.mark.parametrize(
    ("record", "sentence"),
    [('{"engine_version":"0"}', "captions of prompt engine 0"), ("[]", "unreadable training_record")],
)
def test_an_adapter_that_learned_other_prompts_is_refused(
    record: str, sentence: str, fresh: StableDiffusion3Pipeline, adapter_path: Path, tmp_path: Path
) -> None:
    path = tmp_path / "unfit.safetensors"
    save_file(load_file(adapter_path), path, metadata={"format": "pt", "training_record": record})
    with pytest.raises(AdapterRejected, match=f"^unfit.safetensors .*{sentence}"):
        attach_adapter(fresh, path)
    assert_untouched(fresh)


def test_files_that_are_no_adapter_are_refused(
    adapter_path: Path, tmp_path: Path, fresh: StableDiffusion3Pipeline
) -> None:
    with pytest.raises(AdapterRejected, match="no adapter at .*nowhere"):
        resolve_adapter(str(tmp_path / "nowhere"))
    (tmp_path / "none").mkdir()
    with pytest.raises(AdapterRejected, match="no adapter at .*pytorch_lora_weights.safetensors"):
        resolve_adapter(str(tmp_path / "none"))
    cut = tmp_path / "cut.safetensors"
    for size in (0, 4, 100, adapter_path.stat().st_size - 1):
        cut.write_bytes(adapter_path.read_bytes()[:size])
        with pytest.raises(AdapterRejected, match=r"cut.safetensors is no whole"):
            attach_adapter(fresh, cut)


def test_pickles_are_refused_without_being_opened(tmp_path: Path) -> None:
    class Bomb:
        def __reduce__(self) -> tuple:
            return (Path.touch, (tmp_path / "went-off",))

    (tmp_path / "folder").mkdir()
    for name in ("a.bin", "b.pt", "c.safetensors", "folder/pytorch_lora_weights.bin"):
        (tmp_path / name).write_bytes(pickle.dumps({KEY: Bomb()}))
    torch.save({KEY: torch.zeros(1)}, tmp_path / "d.safetensors")
    for name in ("a.bin", "b.pt", "c.safetensors", "d.safetensors", "folder"):
        with pytest.raises(AdapterRejected, match="is a pickle"):
            resolve_adapter(str(tmp_path / name))
    assert not (tmp_path / "went-off").exists()


def test_an_adapter_is_found_by_file_or_by_folder(adapter_path: Path, tmp_path: Path) -> None:
    assert resolve_adapter(str(adapter_path)) == resolve_adapter(str(adapter_path.parent)) == adapter_path
    one = shutil.copy(adapter_path, tmp_path / "mine.safetensors")
    assert resolve_adapter(str(tmp_path)) == one
    shutil.copy(adapter_path, tmp_path / "other.safetensors")
    with pytest.raises(AdapterRejected, match="mine.safetensors, other.safetensors"):
        resolve_adapter(str(tmp_path))


def test_a_header_length_that_looks_like_a_pickle_is_no_pickle(adapter_path: Path, tmp_path: Path) -> None:
    content, length = adapter_path.read_bytes(), int.from_bytes(adapter_path.read_bytes()[:8], "little")
    wanted = (length | 0xFFFF) + 1 + 0x0280  # its first bytes are those of pickle protocol 2
    padded = wanted.to_bytes(8, "little") + content[8 : 8 + length].ljust(wanted) + content[8 + length :]
    path = tmp_path / "padded.safetensors"
    path.write_bytes(padded)
    assert padded[:2] == b"\x80\x02"
    assert read_adapter_header(resolve_adapter(str(path))).shapes == read_adapter_header(adapter_path).shapes


def test_the_header_tells_ranks_and_alpha(adapter_path: Path) -> None:
    header = read_adapter_header(adapter_path)
    assert {down[0] for down, _ in header.modules().values()} == {4}
    assert header.config is not None and header.config["lora_alpha"] == 8


def test_attaching_replaces_and_detaching_restores(
    fresh: StableDiffusion3Pipeline, make_adapter: Callable[..., Path], adapter_path: Path, tmp_path: Path
) -> None:
    before = {name: tensor.clone() for name, tensor in fresh.transformer.state_dict().items()}
    attach_adapter(fresh, adapter_path)
    first = fresh.transformer.transformer_blocks[0].attn.to_q.lora_A[ADAPTER_NAME].weight.clone()
    attach_adapter(fresh, make_adapter(tmp_path, seed=1, rank=6))
    second = fresh.transformer.transformer_blocks[0].attn.to_q.lora_A[ADAPTER_NAME].weight
    assert (first.shape[0], second.shape[0]) == (4, 6)
    detach_adapter(fresh)
    after = fresh.transformer.state_dict()
    assert list(after) == list(before)
    assert all(torch.equal(after[name], before[name]) for name in before)


def test_a_refused_adapter_leaves_the_attached_one(
    fresh: StableDiffusion3Pipeline, adapter_path: Path, tmp_path: Path
) -> None:
    attach_adapter(fresh, adapter_path)
    path = tmp_path / "unfit.safetensors"
    save_file(changed(load_file(adapter_path), "lora_A", lambda w: w * torch.nan), path)
    with pytest.raises(AdapterRejected, match="not finite"):
        attach_adapter(fresh, path)
    assert ADAPTER_NAME in fresh.transformer.peft_config
    detach_adapter(fresh)


def test_the_revision_is_the_content(
    adapter_path: Path, make_adapter: Callable[..., Path], tmp_path: Path
) -> None:
    copy = Path(shutil.copy(adapter_path, tmp_path / "copy.safetensors"))
    assert adapter_revision(copy) == adapter_revision(adapter_path)
    assert adapter_revision(make_adapter(tmp_path, seed=1)) != adapter_revision(adapter_path)


@pytest.fixture(scope="module")
def dora(spec: ModelSpec, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A DoRA with random directions and magnitudes, saved as diffusers saves it."""
    pipeline, folder = load_pipeline(spec, "cpu"), tmp_path_factory.mktemp("dora")
    torch.manual_seed(0)
    config = LoraConfig(r=4, lora_alpha=4, target_modules=LAYERS, use_dora=True, init_lora_weights=False)
    pipeline.transformer.add_adapter(config, "made")
    tensors = get_peft_model_state_dict(pipeline.transformer, adapter_name="made")
    for key in tensors:
        if MAGNITUDE in key:
            tensors[key] = tensors[key] * torch.linspace(0.5, 1.5, len(tensors[key]))
    settings = pipeline.transformer.peft_config["made"].to_dict()
    pipeline.save_lora_weights(folder, tensors, transformer_lora_adapter_metadata=settings)
    return folder / "pytorch_lora_weights.safetensors"


@torch.no_grad()
def velocity(pipeline: StableDiffusion3Pipeline) -> torch.Tensor:
    config, generator = pipeline.transformer.config, torch.Generator().manual_seed(0)
    return pipeline.transformer(
        hidden_states=torch.randn(1, config.in_channels, 12, 12, generator=generator),
        timestep=torch.tensor([500.0]),
        encoder_hidden_states=torch.randn(1, 8, config.joint_attention_dim, generator=generator),
        pooled_projections=torch.randn(1, config.pooled_projection_dim, generator=generator),
        return_dict=False,
    )[0]


def test_a_dora_at_full_strength_is_what_diffusers_loads_and_at_none_vanilla(
    spec: ModelSpec, fresh: StableDiffusion3Pipeline, dora: Path
) -> None:
    vanilla = velocity(fresh)
    loaded = load_pipeline(spec, "cpu")
    loaded.load_lora_weights(str(dora.parent), weight_name=dora.name)
    attach_adapter(fresh, dora)
    with adapter_scale(fresh, 1.0):
        torch.testing.assert_close(velocity(fresh), velocity(loaded), rtol=0, atol=1e-6)
    with adapter_scale(fresh, 0.0):
        assert torch.equal(velocity(fresh), vanilla)
    with adapter_scale(fresh, None):
        assert torch.equal(velocity(fresh), vanilla)
    assert (velocity(fresh) - vanilla).abs().max() > 1e-3
    torch.testing.assert_close(velocity(fresh), velocity(loaded), rtol=0, atol=1e-6)
    detach_adapter(fresh)


def test_a_dora_fades_on_the_line_between_vanilla_and_itself(
    fresh: StableDiffusion3Pipeline, dora: Path
) -> None:
    attach_adapter(fresh, dora)
    layer = fresh.transformer.transformer_blocks[0].attn.to_q
    inputs = torch.randn(3, layer.in_features, generator=torch.Generator().manual_seed(0))
    outputs = {}
    for scale in (0.0, 0.25, 1.0, 2.0):
        with adapter_scale(fresh, scale), torch.no_grad():
            outputs[scale] = layer(inputs)
    change = outputs[1.0] - outputs[0.0]
    for scale, output in outputs.items():
        torch.testing.assert_close(output, outputs[0.0] + scale * change, rtol=1e-4, atol=1e-5)
    assert not layer.lora_magnitude_vector[ADAPTER_NAME]._forward_hooks
    detach_adapter(fresh)

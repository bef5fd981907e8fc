"""Adapters that fit are attached and removed without a trace, several at once; others leave nothing."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from diffusers import StableDiffusion3Pipeline
from peft import LoraConfig
from peft.tuners.lora import LoraLayer
from peft.utils import get_peft_model_state_dict

from generation.adapters.attached import ADAPTER_NAME, adapter_scale, attach_adapter, attached, detach_adapter
from generation.adapters.file import adapter_revision, read_adapter_header, resolve_adapter
from generation.errors import AdapterRejected
from generation.loading.pipelines import load_pipeline
from generation.loading.tiny_forward import tiny_velocity
from generation.models import ModelSpec
from tests.generation.bad_adapters import BAD_HEADERS, BAD_WEIGHTS, each, with_tensors

Tensors = dict[str, torch.Tensor]
LAYERS = ["to_q", "to_k", "to_v"]
MAGNITUDE = "magnitude_vector"


@pytest.fixture(scope="module")
def fresh(spec: ModelSpec) -> StableDiffusion3Pipeline:
    """A pipeline to attach to; every test leaves it without an adapter."""
    return load_pipeline(spec, "cpu")


def weights(pipeline: StableDiffusion3Pipeline) -> Tensors:
    return {name: tensor.clone() for name, tensor in pipeline.transformer.state_dict().items()}


def assert_untouched(pipeline: StableDiffusion3Pipeline, before: Tensors) -> None:
    assert not hasattr(pipeline.transformer, "peft_config")
    assert not any(isinstance(module, LoraLayer) for module in pipeline.transformer.modules())
    after = pipeline.transformer.state_dict()
    assert list(after) == list(before)
    assert all(torch.equal(after[name], before[name]) for name in before)


@pytest.mark.parametrize("case", ["a deeper model", "NaN", "partial", "changes the base"])
def test_an_unfit_adapter_leaves_nothing(
    case: str, fresh: StableDiffusion3Pipeline, adapter_path: Path, tmp_path: Path
) -> None:
    make, reason = {**BAD_HEADERS, **BAD_WEIGHTS}[case]
    before = weights(fresh)
    with pytest.raises(AdapterRejected, match=reason):
        attach_adapter(fresh, Path(make(adapter_path, tmp_path)))
    assert_untouched(fresh, before)


def test_what_only_the_model_shows_is_refused_once_it_is_loaded(
    fresh: StableDiffusion3Pipeline, adapter_path: Path, tmp_path: Path
) -> None:
    before = weights(fresh)
    silent = Path(each("lora_", lambda weight: weight * 1e-6)(adapter_path, tmp_path))
    with pytest.raises(AdapterRejected, match="changes nothing that this model computes"):
        attach_adapter(fresh, silent)
    loud = Path(each("lora_", lambda weight: weight * 1e12)(adapter_path, tmp_path))
    with pytest.raises(AdapterRejected, match="numbers that are not finite"):
        attach_adapter(fresh, loud)
    assert_untouched(fresh, before)


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
    before = weights(fresh)
    attach_adapter(fresh, adapter_path)
    first = fresh.transformer.transformer_blocks[0].attn.to_q.lora_A[ADAPTER_NAME].weight.clone()
    attach_adapter(fresh, make_adapter(tmp_path, seed=1, rank=6))
    second = fresh.transformer.transformer_blocks[0].attn.to_q.lora_A[ADAPTER_NAME].weight
    assert (first.shape[0], second.shape[0]) == (4, 6)
    detach_adapter(fresh)
    assert_untouched(fresh, before)


def test_a_refused_adapter_leaves_the_attached_one(
    fresh: StableDiffusion3Pipeline, adapter_path: Path, tmp_path: Path
) -> None:
    attach_adapter(fresh, adapter_path)
    path = Path(BAD_WEIGHTS["NaN"][0](adapter_path, tmp_path))
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


def velocity(pipeline: StableDiffusion3Pipeline) -> torch.Tensor:
    return tiny_velocity(pipeline.transformer)


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


@pytest.fixture
def several(
    make_adapter: Callable[..., Path], adapter_path: Path, dora: Path, tmp_path: Path
) -> dict[str, Path]:
    """Three adapters by the names to attach them under: two of different ranks, and a DoRA."""
    return {"first": adapter_path, "second": make_adapter(tmp_path, seed=1, rank=6), "third": dora}


def test_several_adapters_count_one_by_one_as_if_each_were_alone(
    fresh: StableDiffusion3Pipeline, several: dict[str, Path]
) -> None:
    vanilla, before, alone = velocity(fresh), weights(fresh), {}
    for name, path in several.items():
        attach_adapter(fresh, path)
        with adapter_scale(fresh, 0.5):
            alone[name] = velocity(fresh)
        detach_adapter(fresh)
    for name, path in several.items():
        attach_adapter(fresh, path, name)
    assert attached(fresh) == tuple(several)
    for name in ("second", "first", "third", "first", "second"):
        with adapter_scale(fresh, 0.5, name):
            assert torch.equal(velocity(fresh), alone[name])
        with adapter_scale(fresh, None):
            assert torch.equal(velocity(fresh), vanilla)
    for name in ("second", "first"):
        detach_adapter(fresh, name)
    assert attached(fresh) == ("third",)
    with adapter_scale(fresh, 0.5, "third"):
        assert torch.equal(velocity(fresh), alone["third"])
    detach_adapter(fresh, "third")
    assert_untouched(fresh, before)


def test_layers_of_one_adapter_alone_go_with_it(
    fresh: StableDiffusion3Pipeline, adapter_path: Path, tmp_path: Path
) -> None:
    narrow = Path(
        with_tensors(lambda t: {key: t[key] for key in t if ".0.attn.to_q." in key})(adapter_path, tmp_path)
    )
    attach_adapter(fresh, narrow, "narrow")
    attach_adapter(fresh, adapter_path, "wide")
    detach_adapter(fresh, "wide")
    left = [name for name, module in fresh.transformer.named_modules() if isinstance(module, LoraLayer)]
    assert left == ["transformer_blocks.0.attn.to_q"]
    detach_adapter(fresh, "narrow")


def test_an_adapter_means_what_diffusers_makes_of_it_whatever_its_configuration(
    spec: ModelSpec, fresh: StableDiffusion3Pipeline, tmp_path: Path
) -> None:
    source = load_pipeline(spec, "cpu")
    torch.manual_seed(0)
    config = LoraConfig(
        r=4,
        lora_alpha=3,
        rank_pattern={"0.attn.to_q": 2},
        alpha_pattern={"to_k": 7},
        use_rslora=True,
        target_modules=LAYERS,
        init_lora_weights=False,
    )
    source.transformer.add_adapter(config, "made")
    source.save_lora_weights(
        tmp_path,
        get_peft_model_state_dict(source.transformer, adapter_name="made"),
        transformer_lora_adapter_metadata=source.transformer.peft_config["made"].to_dict(),
    )
    attach_adapter(fresh, tmp_path / "pytorch_lora_weights.safetensors")
    torch.testing.assert_close(velocity(fresh), velocity(source), rtol=0, atol=0)
    layer = fresh.transformer.transformer_blocks[0].attn
    assert layer.to_q.scaling[ADAPTER_NAME] == pytest.approx(3 / 2**0.5)
    assert layer.to_k.scaling[ADAPTER_NAME] == pytest.approx(7 / 2)
    detach_adapter(fresh)

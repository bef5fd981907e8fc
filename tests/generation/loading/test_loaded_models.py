"""Models share their parts, stay as long as memory holds them, and are kept as free memory allows."""

from __future__ import annotations

import json
import shutil
from collections.abc import Generator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from weakref import ref

import pytest
import torch
from diffusers import StableDiffusion3Pipeline

from generation.errors import ModelUnavailable
from generation.events import Waiting
from generation.loading.loaded_models import LoadedModels
from generation.loading.pipelines import load_pipeline
from generation.loading.placement import FreeMemory
from generation.models import MODELS, ModelSpec
from generation.render import render_batch
from generation.rendering.scene import Sampling
from generation.workshop.long_lived import long_lived
from generation.workshop.settings import WorkshopSettings
from tests.generation.model_hub import build_small_models

SHARED = ("text_encoder", "text_encoder_2", "text_encoder_3", "vae")
PLENTY = FreeMemory(gpu=10**12, host=10**12)
WORK, RESERVE = 4_000_000_000, 1_000_000_000  # what is kept free besides the weights


@pytest.fixture(scope="module")
def specs(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, ModelSpec]:
    folders = build_small_models(tmp_path_factory.mktemp("models"))
    return {key: replace(MODELS[key], repo=str(path), bundled=True) for key, path in folders.items()}


def result(steps: Generator[Any, None, Any]) -> StableDiffusion3Pipeline:
    while True:
        try:
            assert isinstance(next(steps), Waiting)
        except StopIteration as end:
            pipeline: StableDiffusion3Pipeline = end.value[0]
            return pipeline


def picture(pipeline: StableDiffusion3Pipeline) -> bytes:
    sampling = Sampling(steps=1, guidance=4.5, size_px=128, max_sequence_length=256)
    return render_batch(pipeline, ["a woman with black hair"], [7], sampling, "vanilla")[0].tobytes()


def kept_otherwise(models: LoadedModels, spec: ModelSpec, **how: Any) -> None:
    """Have a model kept in a way that this much memory would not ask for."""
    models._placements[spec.key] = replace(models.placement_of(spec), **how)


def test_encoders_and_vae_are_loaded_once_and_each_model_gives_its_own_pictures(
    specs: Mapping[str, ModelSpec],
) -> None:
    models = LoadedModels("cpu")
    pipelines = {key: result(models.load(spec)) for key, spec in specs.items()}
    first, *others = pipelines.values()
    for part in SHARED:
        assert all(getattr(other, part) is getattr(first, part) for other in others)
    assert len({id(each.transformer) for each in pipelines.values()}) == 3
    for key, spec in specs.items():
        assert picture(pipelines[key]) == picture(load_pipeline(spec, "cpu"))
    assert result(models.load(specs["medium"])) is first


@pytest.mark.parametrize("changed", ["weights", "settings"])
def test_parts_that_are_not_the_same_are_not_shared(
    specs: Mapping[str, ModelSpec], tmp_path: Path, changed: str
) -> None:
    folder = shutil.copytree(specs["large"].repo, tmp_path / "large") / "text_encoder"
    if changed == "weights":
        weights = bytearray((folder / "model.safetensors").read_bytes())
        weights[-1] ^= 1
        (folder / "model.safetensors").write_bytes(weights)
    else:
        settings = json.loads((folder / "config.json").read_text())
        (folder / "config.json").write_text(json.dumps({**settings, "hidden_act": "relu"}))
    models = LoadedModels("cpu")
    one = result(models.load(specs["medium"]))
    other = result(models.load(replace(specs["large"], repo=str(tmp_path / "large"))))
    assert one.text_encoder is not other.text_encoder
    assert one.text_encoder_2 is other.text_encoder_2


def test_how_a_settings_file_was_written_parts_nothing(
    specs: Mapping[str, ModelSpec], tmp_path: Path
) -> None:
    path = shutil.copytree(specs["large"].repo, tmp_path / "large") / "text_encoder" / "config.json"
    note = {"_name_or_path": "elsewhere", "transformers_version": "4.45.2", "torch_dtype": "float16"}
    path.write_text(json.dumps({**json.loads(path.read_text()), **note}, indent=3))
    models = LoadedModels("cpu")
    one = result(models.load(specs["medium"]))
    other = result(models.load(replace(specs["large"], repo=str(tmp_path / "large"))))
    assert one.text_encoder is other.text_encoder


def test_the_longest_unused_goes_first_and_is_gone(specs: Mapping[str, ModelSpec]) -> None:
    # Two transformers and the parts that all share fit besides what is kept free, and a third does not.
    models = LoadedModels("cpu", lambda: FreeMemory(None, WORK + RESERVE + 2_400_000 - held(models)))
    medium = result(models.load(specs["medium"]))
    large = ref(result(models.load(specs["large"])).transformer)
    with long_lived():  # what is loaded to stay is never looked at by the collector again
        result(models.load(specs["medium"]))
    before = held(models)
    turbo = result(models.load(specs["turbo"]))
    assert models.loaded == ("medium", "turbo")
    assert large() is None
    assert held(models) == before
    assert turbo.text_encoder_3 is medium.text_encoder_3


def held(models: LoadedModels) -> int:
    """What the weights of the loaded models take, in bytes."""
    parts = {id(part): part for each in models._models.values() for part in each.pipeline.components.values()}
    modules = [part for part in parts.values() if isinstance(part, torch.nn.Module)]
    return sum(each.nbytes for module in modules for each in (*module.parameters(), *module.buffers()))


def test_saving_memory_drops_all_others_and_offloads_where_there_is_a_gpu(
    specs: Mapping[str, ModelSpec],
) -> None:
    models = LoadedModels("cpu", lambda: PLENTY)
    first = ref(result(models.load(specs["large"])).transformer)
    second = ref(result(models.load(specs["medium"])).transformer)
    assert models.save_memory(specs["large"]).offloaded
    assert models.loaded == () and first() is None and second() is None
    assert picture(result(models.load(specs["large"]))) == picture(load_pipeline(specs["large"], "cpu"))
    on_processor = LoadedModels("cpu")
    result(on_processor.load(specs["medium"]))
    kept = result(on_processor.load(specs["large"]))
    assert not on_processor.save_memory(specs["large"]).offloaded
    assert on_processor.loaded == ("large",) and result(on_processor.load(specs["large"])) is kept


def test_offloaded_models_share_too_and_change_no_bit(specs: Mapping[str, ModelSpec]) -> None:
    models = LoadedModels("cpu", lambda: PLENTY)
    for key in ("medium", "large"):
        kept_otherwise(models, specs[key], offloaded=True)
    first = picture(result(models.load(specs["medium"])))
    large = result(models.load(specs["large"]))
    assert picture(large) == picture(load_pipeline(specs["large"], "cpu"))
    again = result(models.load(specs["medium"]))
    assert picture(again) == first == picture(load_pipeline(specs["medium"], "cpu"))
    assert again.text_encoder is large.text_encoder
    models.rest()
    assert picture(again) == first


@pytest.mark.parametrize(("kind", "words"), [("nf4", "T5 in 4 bits"), ("none", "without T5")])
def test_a_smaller_t5_makes_other_pictures_and_says_so(
    specs: Mapping[str, ModelSpec], kind: str, words: str
) -> None:
    if kind == "nf4":
        pytest.importorskip("bitsandbytes")
    models = LoadedModels("cpu", lambda: PLENTY)
    kept_otherwise(models, specs["medium"], t5=kind)
    pipeline = result(models.load(specs["medium"]))
    assert words in models.placement_of(specs["medium"]).text
    assert models.placement_of(specs["medium"]).other_numbers
    assert picture(pipeline) != picture(load_pipeline(specs["medium"], "cpu"))
    if kind == "nf4":
        linear = pipeline.text_encoder_3.encoder.block[0].layer[0].SelfAttention.q
        assert type(linear).__name__ == "Linear4bit" and linear.weight.dtype == torch.uint8
    else:
        assert pipeline.text_encoder_3 is None and pipeline.tokenizer_3 is None


def test_loading_can_be_left_between_parts(specs: Mapping[str, ModelSpec]) -> None:
    models = LoadedModels("cpu")
    begun = models.load(specs["medium"])
    next(begun), next(begun)
    begun.close()
    assert models.loaded == ()
    assert picture(result(models.load(specs["medium"]))) == picture(load_pipeline(specs["medium"], "cpu"))


def test_memory_that_is_too_small_for_any_way_is_said_with_figures(specs: Mapping[str, ModelSpec]) -> None:
    models = LoadedModels("cpu", lambda: FreeMemory(gpu=10**9, host=10**12))
    with pytest.raises(
        ModelUnavailable, match=r"takes at least 4\.0 GB of the GPU's memory, of which 1\.0 GB"
    ):
        result(models.load(specs["medium"]))


def test_what_is_left_of_a_lent_gpu_is_reckoned_and_nothing_is_dropped_there(
    specs: Mapping[str, ModelSpec],
) -> None:
    lent = FreeMemory(gpu=10**12, host=RESERVE + 100)  # on this processor, all that is loaded is the host's
    models = LoadedModels("cpu", settings=WorkshopSettings(lent=lent))
    medium = result(models.load(specs["medium"]))
    assert held(models) > 100 and models.room() == lent
    with pytest.raises(ModelUnavailable, match="SD 3.5 Large takes at least .* are free"):
        result(models.load(specs["large"]))
    assert result(models.load(specs["medium"])) is medium


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")
def test_on_a_gpu_offloaded_parts_come_and_go_and_dropped_ones_are_gone(
    specs: Mapping[str, ModelSpec],
) -> None:
    empty = torch.cuda.memory_allocated()
    models = LoadedModels("cuda")
    whole = picture(result(models.load(specs["medium"])))
    taken = torch.cuda.memory_allocated() - empty
    assert taken > 1_000_000
    assert models.save_memory(specs["medium"]).offloaded
    assert torch.cuda.memory_allocated() - empty < taken / 10
    assert picture(result(models.load(specs["medium"]))) == whole
    assert torch.cuda.memory_allocated() - empty < taken / 10

"""The models that are loaded: as many as memory holds, sharing parts; the longest unused goes first."""

from __future__ import annotations

import gc
import threading
from collections import OrderedDict
from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass, replace

import torch
from diffusers import StableDiffusion3Pipeline

from generation.adapters.attached import ADAPTER_NAME, adapter_name, attached
from generation.adapters.file import FoundAdapter
from generation.adapters.rack import AdapterRack
from generation.errors import ModelUnavailable
from generation.events import Waiting
from generation.hub.refusals import has_token, is_offline
from generation.loading.held_memory import held_bytes
from generation.loading.machine import (
    Machine,
    free_memory,
    gpu_name,
    no_gpu,
    too_little_memory,
    weights_here,
)
from generation.loading.pipelines import DENOISING_PARTS, TEXT_PARTS, find_model, placement
from generation.loading.placement import (
    T5,
    FreeMemory,
    Placement,
    choose_placement,
    fits,
    part_bytes,
    without_encoders,
)
from generation.loading.shared_parts import SharedParts
from generation.loading.weight_files import WEIGHTY_PARTS, read_index
from generation.models import ModelSpec
from generation.workshop.settings import DEFAULT_SETTINGS, WorkshopSettings

TOKENIZER_OF_T5 = "tokenizer_3"


@dataclass(frozen=True)
class _LoadedModel:
    """A pipeline, and the adapters that are attached to it; they go together."""

    pipeline: StableDiffusion3Pipeline
    adapters: AdapterRack


class LoadedModels:
    """Pipelines by model; not for several threads at once.

    `free` tells what memory is free at the moment it is called, unless a GPU is lent.
    """

    def __init__(
        self,
        device: str | None = None,
        free: Callable[[], FreeMemory] | None = None,
        settings: WorkshopSettings = DEFAULT_SETTINGS,
    ) -> None:
        self._settings = settings
        self._device, self._dtype = placement(device)
        self._gpu = gpu_name(device)
        self._free = free or (self._left_of_lent if settings.lent else lambda: free_memory(device))
        self._shared = SharedParts(self._device, self._dtype)
        self._models: OrderedDict[str, _LoadedModel] = OrderedDict()  # last used last
        self._placements: dict[str, Placement] = {}
        self._placing = threading.Lock()  # asked from several threads, also while one of them loads
        self._ready: str | None = None  # whose parts move to the GPU and back at present

    @property
    def loaded(self) -> tuple[str, ...]:
        """The models that are loaded, the one used last at the end."""
        return tuple(self._models)

    def room(self) -> FreeMemory:
        """What memory would be free if none of these models were loaded."""
        free, (on_gpu, in_host) = self._free(), self._held()
        return FreeMemory(None if free.gpu is None else free.gpu + on_gpu, free.host + in_host)

    def machine(self) -> Machine:
        """What models can use here, with what these would leave."""
        ahead = tuple(sorted(self._settings.embeddings))
        return Machine(self._gpu, self.room(), has_token(), is_offline(), ahead)

    def check_gpu(self, spec: ModelSpec) -> None:
        """Raise ModelUnavailable where a model needs a GPU and there is none, unless it is wanted anyway."""
        problem = no_gpu(spec, self._gpu)
        if problem and not self._settings.anyway:
            raise ModelUnavailable(problem)

    def placement_of(self, spec: ModelSpec) -> Placement:
        """How a model is kept here: decided at the first question, so that its pictures stay the same.

        Raises:
            ModelUnavailable: its weights are not here, or memory is too small for any way to keep it.
        """
        with self._placing:
            if spec.key not in self._placements:
                weights, room = self._weights(spec), self.room()
                chosen = choose_placement(spec, weights, room)
                if chosen is None:
                    raise ModelUnavailable(too_little_memory(spec, weights, room))
                self._placements[spec.key] = chosen
            return self._placements[spec.key]

    def load(
        self, spec: ModelSpec, adapter: FoundAdapter | None = None, tried: bool = True
    ) -> Generator[Waiting, None, tuple[StableDiffusion3Pipeline, str]]:
        """A model's pipeline, ready to work, and the name that the adapter is attached under.

        What is not loaded yet is loaded part by part: between parts the iterator can be closed. `tried`: as
        in `AdapterRack.use`.

        Raises:
            ModelUnavailable: as `placement_of`.
            AdapterRejected: it does not go with the model, or is not what it was.
        """
        chosen = self.placement_of(spec)
        if spec.key not in self._models:
            pipeline = yield from self._load(spec, chosen)
            self._models[spec.key] = _LoadedModel(pipeline, AdapterRack(pipeline))
        self._models.move_to_end(spec.key)
        pipeline, rack = self._models[spec.key].pipeline, self._models[spec.key].adapters
        name = ADAPTER_NAME
        if adapter is not None:
            if chosen.offloaded and adapter_name(adapter.revision) not in attached(pipeline):
                self._unhook(pipeline)  # what is attached to a part that moves would not move with it
            name = rack.use([adapter], tried)[0]
        if chosen.offloaded and self._ready != spec.key:
            # Parts that are shared are hooked into the pipeline that asked last.
            pipeline.enable_model_cpu_offload(device=self._device)
            self._ready = spec.key
        return pipeline, name

    def save_memory(self, spec: ModelSpec) -> Placement:
        """Keep nothing but this model from now on, and on a GPU only the part of it that works."""
        chosen = self.placement_of(spec)
        moves = chosen.on_gpu and not chosen.offloaded
        self._drop(key for key in self.loaded if key != spec.key or moves)
        if chosen.on_gpu:
            self._placements[spec.key] = replace(chosen, offloaded=True)
        return self._placements[spec.key]

    def rest(self) -> None:
        """Give back what an unfinished picture leaves on the GPU: waiting parts, and torch's reserve."""
        if self._ready is not None:
            self._models[self._ready].pipeline.maybe_free_model_hooks()
        if self._device.type == "cuda":
            torch.cuda.empty_cache()

    def _load(self, spec: ModelSpec, chosen: Placement) -> Generator[Waiting, None, StableDiffusion3Pipeline]:
        folder = find_model(spec)
        index = read_index(folder)
        left_out = _left_out(chosen)
        wanted = [
            part for part in WEIGHTY_PARTS if index.get(part, [None])[0] is not None and part not in left_out
        ]
        # Held from here on, so that no part is dropped with a model and then read again.
        keys = {part: self._shared.key(folder / part, index[part], chosen) for part in wanted}
        found = {part: self._shared.find(key) for part, key in keys.items()}
        given = {part: module for part, module in found.items() if module is not None}
        missing = [part for part in wanted if part not in given]
        self._make_room(spec, chosen, missing)
        for part in missing:
            yield Waiting()
            given[part] = self._shared.load(spec, folder / part, keys[part])
        others = (*TEXT_PARTS, *DENOISING_PARTS)
        light = tuple(part for part in others if part not in (*WEIGHTY_PARTS, *left_out))
        return self._shared.assemble(spec, given, light)

    def _weights(self, spec: ModelSpec) -> Mapping[str, int]:
        """How many weights each part has that is ever loaded."""
        weights = weights_here(spec)
        return without_encoders(weights) if spec.key in self._settings.embeddings else weights

    def _make_room(self, spec: ModelSpec, chosen: Placement, missing: list[str]) -> None:
        """Drop models, the longest unused first, until the missing parts of another one fit.

        Raises:
            ModelUnavailable: they do not, on a lent GPU, where what is dropped cannot be read again.
        """
        weights = self._weights(spec)
        sizes = [part_bytes(part, weights[part], chosen.on_gpu, chosen.t5) for part in missing]
        needed = replace(
            chosen,
            device_bytes=chosen.device_bytes if chosen.offloaded else sum(sizes),
            host_bytes=sum(sizes) if chosen.host_bytes else 0,
        )
        while self._models and not fits(spec, needed, self._free()):
            if self._settings.lent:
                raise ModelUnavailable(too_little_memory(spec, weights, self._free()))
            self._drop([self.loaded[0]])

    def _held(self) -> tuple[int, int]:
        return held_bytes([each.pipeline for each in list(self._models.values())])

    def _left_of_lent(self) -> FreeMemory:
        lent, (on_gpu, in_host) = self._settings.lent, self._held()
        assert lent is not None
        return FreeMemory(None if lent.gpu is None else lent.gpu - on_gpu, lent.host - in_host)

    def _drop(self, keys: Iterable[str]) -> None:
        for key in list(keys):
            self._unhook(self._models.pop(key).pipeline)
        # Hooks refer to each other in circles, and the collector leaves alone what was loaded to stay.
        was_frozen = gc.get_freeze_count() > 0
        gc.unfreeze()
        gc.collect()
        if was_frozen:
            gc.freeze()
        if self._device.type == "cuda":
            torch.cuda.empty_cache()

    def _unhook(self, pipeline: StableDiffusion3Pipeline) -> None:
        pipeline.remove_all_hooks()
        self._ready = None  # whose it was: parts that are shared have lost theirs


def _left_out(chosen: Placement) -> tuple[str, ...]:
    """The parts of a model that are never loaded."""
    if not chosen.encoders:
        return TEXT_PARTS
    return (T5, TOKENIZER_OF_T5) if chosen.t5 == "none" else ()

"""Where a model's parts lie while pictures are made: chosen from free memory, and said in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Literal

from generation.loading.weight_files import TEXT_ENCODERS
from generation.models import ModelSpec

T5 = "text_encoder_3"

# Assumed, and generous: activations of both arms at 1,024 px with guidance, and the decoding of two pictures.
# Fewer pixels take less in proportion; the least is for the libraries' own workspaces.
WORK_BYTES_AT_1024_PX = 4_000_000_000
LEAST_WORK_BYTES = 250_000_000
HOST_RESERVE_BYTES = 1_000_000_000  # for Python, its libraries and whatever else runs

# 4 bits a weight, an 8-bit scale for 64 of them, and a float32 for 256 scales.
# Source: Dettmers et al., arXiv 2305.14314, section 3 (double quantization).
NF4_BYTES = 4 / 8 + 1 / 64 + 4 / (64 * 256)
T5_TABLE_SHARE = 0.03  # of its weights are the table of words, which stays as it is

T5Kind = Literal["whole", "nf4", "none"]


@dataclass(frozen=True)
class Placement:
    """How a model is kept: `offloaded` parts lie in the host's memory and on the GPU only while they work.

    `device_bytes` is what the weights take where they work, `host_bytes` in the host's memory. Without
    `encoders` only prompts can be made that were encoded ahead.
    """

    on_gpu: bool
    offloaded: bool
    t5: T5Kind
    device_bytes: int
    host_bytes: int
    encoders: bool = True

    @property
    def text(self) -> str:
        """What to tell people of it."""
        where = "all on the processor"
        if self.on_gpu:
            where = "each part on the GPU only while it works" if self.offloaded else "all on the GPU"
        return f"{where}{_TEXT_OF_T5[self.t5] if self.encoders else ', for prompts that were encoded ahead'}"

    @property
    def other_numbers(self) -> str | None:
        """What of it changes pictures, and so belongs to what rendered them; None for nothing."""
        return _NUMBERS_OF_T5[self.t5]


_TEXT_OF_T5: dict[T5Kind, str] = {
    "whole": "",
    "nf4": ", T5 in 4 bits (nf4), which changes pictures slightly",
    "none": ", without T5, which follows long prompts less closely",
}
_NUMBERS_OF_T5: dict[T5Kind, str | None] = {"whole": None, "nf4": "T5 in nf4", "none": "no T5"}


@dataclass(frozen=True)
class FreeMemory:
    """What models may take, in bytes; `gpu` is None where there is none."""

    gpu: int | None
    host: int


def without_encoders(weights: Mapping[str, int]) -> dict[str, int]:
    """The weights that are left of a model whose prompts are encoded ahead."""
    return {part: number for part, number in weights.items() if part not in TEXT_ENCODERS}


def choose_placement(spec: ModelSpec, weights: Mapping[str, int], free: FreeMemory) -> Placement | None:
    """The first placement that fits, exact ones before others and quick before slow; None where none does.

    `weights` is how many each part has.
    """
    fitting = (each for each in placements(weights, on_gpu=free.gpu is not None) if fits(spec, each, free))
    return next(fitting, None)


def fits(spec: ModelSpec, placement: Placement, free: FreeMemory) -> bool:
    """Whether a placement leaves room to work."""
    host = free.host - HOST_RESERVE_BYTES
    if free.gpu is None:
        return placement.host_bytes + work_bytes(spec) <= host
    return placement.device_bytes + work_bytes(spec) <= free.gpu and placement.host_bytes <= host


def placements(weights: Mapping[str, int], on_gpu: bool) -> list[Placement]:
    """Every way to keep a model, the best first."""
    kinds: list[T5Kind] = ["whole"]
    if T5 in weights:
        # Without bitsandbytes, which comes with the packages for training, there is nothing in 4 bits.
        kinds += ["nf4", "none"] if find_spec("bitsandbytes") else ["none"]
    ways = (False, True) if on_gpu else (False,)
    return [_placement(weights, on_gpu, offloaded, kind) for kind in kinds for offloaded in ways]


def work_bytes(spec: ModelSpec) -> int:
    """What making a picture takes besides the weights, at the model's own size."""
    return max(LEAST_WORK_BYTES, WORK_BYTES_AT_1024_PX * spec.size_px**2 // 1024**2)


def part_bytes(part: str, weights: int, on_gpu: bool, t5: T5Kind) -> int:
    """What a part takes: two bytes a weight on a GPU, four on a processor, less for a T5 in 4 bits."""
    width = 2 if on_gpu else 4
    if part != T5 or t5 == "whole":
        return width * weights
    return round(weights * ((1 - T5_TABLE_SHARE) * NF4_BYTES + T5_TABLE_SHARE * width)) if t5 == "nf4" else 0


def _placement(weights: Mapping[str, int], on_gpu: bool, offloaded: bool, t5: T5Kind) -> Placement:
    sizes = [part_bytes(part, number, on_gpu, t5) for part, number in weights.items()]
    device = max(sizes) if offloaded else sum(sizes)
    host = sum(sizes) if offloaded or not on_gpu else 0
    return Placement(on_gpu, offloaded, t5, device, host, any(part in weights for part in TEXT_ENCODERS))

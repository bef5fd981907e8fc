"""The fewest settings to change so that a run fits: those that cost it least first."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations

from training.config import TrainingConfig
from training.estimate.estimate import Estimate, needed_bytes
from training.memory import GIB

SMALL_PX = 512
SMALL_RANK = 16
ADAMW_RATE = 1e-4  # Prodigy's own is a factor, about 1

Setting = tuple[str, str, object]  # section, key, value
Change = tuple[Setting, ...]  # settings that only make sense together
MICRO_BATCH: Change = (("run", "micro_batch_size", 1),)
FOUR_BITS: Change = (("model", "quantization", "nf4"),)


def advice(expected: Estimate, available: int) -> str:
    """What to set where a run does not fit `available` bytes; or that nothing there is to set is enough."""
    changes = list(_changes(expected))
    if found := _fewest(expected, available, changes):
        return f"set {_said(_largest_parts(expected, available, found))}"
    all_together = ""
    if changes:
        least = min(_needed(expected, changes), _needed(expected, _without(changes, FOUR_BITS)))
        all_together = f", all together ({_said(changes)}) still need about {least / GIB:.1f} GiB"
    return f"no setting makes it fit{all_together}; take a device with more memory, or a smaller model"


def _changes(expected: Estimate) -> Iterator[Change]:
    """What takes less memory, what costs the run least first."""
    config = expected.config
    if expected.shape.images > 1:
        yield MICRO_BATCH
    if not expected.shape.checkpointing:
        yield (("run", "gradient_checkpointing", True),)
    if config.run.precision == "float32":
        yield (("run", "precision", "bfloat16"),)
    if config.optimizer.name == "adamw":
        yield (("optimizer", "name", "adamw_8bit"),)
    elif config.optimizer.name == "prodigy":
        yield ("optimizer", "name", "adamw_8bit"), ("optimizer", "learning_rate", ADAMW_RATE)
    if config.run.ema_decay:
        yield (("run", "ema_decay", 0.0),)
    if config.model.quantization == "none" and not expected.shared_out:
        yield FOUR_BITS
    if config.lora.rank > SMALL_RANK:
        yield (("lora", "rank", SMALL_RANK),)
    if config.validation.every:
        nothing_held_out: Change = (("validation", "held_out", 0),) if config.validation.held_out else ()
        yield ("validation", "every", 0), *nothing_held_out
    if expected.shape.size_px > SMALL_PX:
        yield (("data", "size_px", SMALL_PX),)


def _fewest(expected: Estimate, available: int, changes: Sequence[Change]) -> list[Change] | None:
    """The smallest set that is enough, of several as small the one that costs least; None: none is."""

    def enough(chosen: Sequence[Change]) -> bool:
        return _needed(expected, chosen) <= available

    def any_enough(allowed: Sequence[Change]) -> bool:
        # More changes take less memory, but for one: what passes through layers in 4 bits takes more.
        return enough(allowed) or enough(_without(allowed, FOUR_BITS))

    for change in changes:
        if enough([change]):
            return [change]
    if not any_enough(changes):
        return None
    # Each trial takes a fraction of a second: what is part of every set that is enough is found out first.
    needed = [change for change in changes if not any_enough(_without(changes, change))]
    others = [change for change in changes if change not in needed]
    sets = ([*needed, *more] for size in range(len(others) + 1) for more in combinations(others, size))
    found = next(chosen for chosen in sets if len(chosen) > 1 and enough(chosen))
    return [change for change in changes if change in found]


def _largest_parts(expected: Estimate, available: int, chosen: Sequence[Change]) -> list[Change]:
    """The same set, with as many images at once as fit."""
    if MICRO_BATCH not in chosen:
        return list(chosen)

    def trial(images: int) -> list[Change]:
        part: Change = (("run", "micro_batch_size", images),)
        return [part if change == MICRO_BATCH else change for change in chosen]

    whole = expected.shape.images
    # Divisors: samples of a step are worked on in equal parts.
    parts = [images for images in range(1, whole // 2 + 1) if whole % images == 0]
    fitting = bisect_left(parts, True, key=lambda images: _needed(expected, trial(images)) > available)
    return trial(parts[fitting - 1])


def _needed(expected: Estimate, chosen: Sequence[Change]) -> int:
    config = _changed(expected.config, chosen)
    return needed_bytes(config, expected.device, expected.processes, expected.shared_out)


def _changed(config: TrainingConfig, chosen: Sequence[Change]) -> TrainingConfig:
    for change in chosen:
        for section in {section for section, _, _ in change}:
            values = {key: value for owner, key, value in change if owner == section}
            config = replace(config, **{section: replace(getattr(config, section), **values)})
    return config


def _without(changes: Sequence[Change], left_out: Change) -> list[Change]:
    return [change for change in changes if change != left_out]


def _said(changes: Sequence[Change]) -> str:
    settings = [setting for change in changes for setting in change]
    return " and ".join(f"{section}.{key} = {_toml(value)}" for section, key, value in settings)


def _toml(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else repr(value).replace("'", '"')

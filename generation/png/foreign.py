"""The text `parameters` of a PNG: what AUTOMATIC1111's web UI, its forks, and this program write."""

from __future__ import annotations

import re
from collections.abc import Iterator

from generation.png.foreign_settings import Found

LONGEST_TEXT = 100_000

_NEGATIVE = "Negative prompt:"
_MOST_ALIKE = 2  # names of settings that a prompt's last line may happen to hold
_LORA = re.compile(r"<(?:lora|lyco|hypernet):([^:<>]{1,200})[^<>]{0,100}>")
_NUMBERS = {
    "Steps": ("steps", "Steps"),
    "CFG scale": ("guidance", "CFG scale"),
    "Seed": ("seed", "The seed"),
    "Adapter scale": ("adapter_scale", "Adapter scale"),
}
_NAMES = {*_NUMBERS, "Size", "Model", "Model hash", "Sampler", "Schedule type", "Adapter"}


def read_parameters(text: str) -> Found:
    """The prompt and the settings under it, as fields of a recipe that are yet to be checked."""
    found = Found()
    if len(text) > LONGEST_TEXT:
        found.told.append(f"Its parameters have {len(text):,} characters: they are left out.")
        return found
    words, settings = _parted(text)
    prompt, _, negative = words.partition(_NEGATIVE)
    for lora in dict.fromkeys(_LORA.findall(prompt)):
        found.add_lora(lora)
    if _LORA.sub("", prompt).strip():
        found.values["prompt"] = " ".join(_LORA.sub("", prompt).split())
    found.add_negative(negative.strip())
    _read_settings(settings, found)
    return found


def _read_settings(settings: dict[str, str], found: Found) -> None:
    for name in filter(settings.__contains__, _NUMBERS):
        found.add_number(*_NUMBERS[name], settings.pop(name))
    if "Size" in settings:
        width, times, height = (size := settings.pop("Size")).partition("x")
        found.add_size(*((width, height) if times else (size, size)))
    if "Model" in settings:
        found.add_model(settings.pop("Model"))
    if "Adapter" in settings:
        found.values["adapter"] = settings.pop("Adapter")
    found.add_sampler(settings.pop("Sampler", ""))
    found.leave(settings)


def _parted(text: str) -> tuple[str, dict[str, str]]:
    """What comes before the settings, and the settings: the last line, if it reads as theirs."""
    before, _, last = text.strip().rpartition("\n")
    pairs = (part.partition(":") for part in _at_commas(last))
    settings = {name.strip(): value.strip().strip('"') for name, colon, value in pairs if colon}
    if re.match(r"Steps: ?[0-9]", last) or len(_NAMES & settings.keys()) > _MOST_ALIKE:
        return before, settings
    return text, {}


def _at_commas(line: str) -> Iterator[str]:
    """The parts of a line; a comma within quotes parts nothing."""
    start, quoted = 0, False
    for at, letter in enumerate(line):
        if letter == '"' and line[at - 1] != "\\":
            quoted = not quoted
        elif letter == "," and not quoted:
            yield line[start:at]
            start = at + 1
    yield line[start:]

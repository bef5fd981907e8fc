"""Recipe: everything that decides a pixel, checked, in one canonical form."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from generation.errors import InvalidRecipe
from generation.models import ModelSpec, model_spec
from generation.recipe_json import SCHEMA, parse_fields
from prompt_engine.seeds import LARGEST_SEED
from prompt_engine.selection import Selection

LARGEST_SCALE = 2.0
LONGEST_PROMPT = 1_000
STEP_CACHINGS = ("taylorseer",)
SHORT_REVISION = 7  # characters: as many as git shows, and as links have room for


@dataclass(frozen=True)
class Recipe:
    """What is needed to make the same pictures again: of both arms, or without an adapter of vanilla alone.

    `steps`, `guidance` and `size_px` left out (None) become the model's own; in a made recipe they are
    numbers. `selection` is what `prompt` was made of, or None for a free prompt. Revisions left out mean
    "what is here"; `Workshop` fills them in. `step_caching` is one of STEP_CACHINGS, or None where every step
    is computed.

    Raises:
        InvalidRecipe: with every problem at once.
    """

    prompt: str
    seed: int
    selection: Selection | None = None
    model: str = "demo"
    model_revision: str | None = None
    adapter: str | None = "demo"
    adapter_revision: str | None = None
    adapter_scale: float = 1.0
    steps: int = None  # type: ignore[assignment]  # a made recipe always holds a number
    guidance: float = None  # type: ignore[assignment]
    size_px: int = None  # type: ignore[assignment]
    step_caching: str | None = None

    def __post_init__(self) -> None:
        problems = _problems_with_words(self) + _problems_with_numbers(self)
        try:
            spec = model_spec(self.model)
        except InvalidRecipe as error:
            raise InvalidRecipe([*error.problems, *problems]) from None
        self._fill_in(spec)
        problems += _problems_with_model(self, spec)
        if problems:
            raise InvalidRecipe(problems)
        self._make_canonical()

    def _make_canonical(self) -> None:
        # 4 and 4.0, or two spaces and one, make the same picture: they must make the same fingerprint. So
        # must any strength of no adapter.
        object.__setattr__(self, "prompt", _one_line(self.prompt))
        object.__setattr__(self, "guidance", float(self.guidance or 0.0))
        without = self.adapter is None
        object.__setattr__(self, "adapter_scale", 1.0 if without else float(self.adapter_scale or 0.0))
        object.__setattr__(self, "adapter_revision", None if without else self.adapter_revision)

    def _fill_in(self, spec: ModelSpec) -> None:
        for name in ("steps", "guidance", "size_px"):
            if getattr(self, name) is None:
                object.__setattr__(self, name, getattr(spec, name))

    @property
    def spec(self) -> ModelSpec:
        """The model this recipe is for."""
        return model_spec(self.model)

    def with_revisions(self, model_revision: str | None, adapter_revision: str | None) -> Recipe:
        """The same recipe, naming exactly the weights that it was made with."""
        return replace(self, model_revision=model_revision, adapter_revision=adapter_revision)

    def to_json(self) -> str:
        """The canonical form: equal recipes give equal text."""
        values = {"schema": SCHEMA, **asdict(self)}
        return json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Recipe:
        """Read what `to_json` wrote.

        Raises:
            InvalidRecipe: with every problem at once.
        """
        values, problems = parse_fields(text, [field.name for field in fields(cls)])
        try:
            # An absent prompt is already named: something stands in for it, not to be called empty too.
            recipe = cls(**{"prompt": "absent", "seed": 0, **values})
        except InvalidRecipe as error:
            raise InvalidRecipe([*problems, *error.problems]) from None
        if problems:
            raise InvalidRecipe(problems)
        return recipe

    def fingerprint(self) -> str:
        """SHA-256 of the canonical form, in hex: the recipe's name in the results store."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()


def means_revision(asked: str | None, here: str) -> bool:
    """Whether a recipe that asks for a revision, or for one that begins so, means the one that is here."""
    return asked is None or asked == here or (len(asked) >= SHORT_REVISION and here.startswith(asked))


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _problems_with_words(recipe: Recipe) -> list[str]:
    problems = []
    if not isinstance(recipe.prompt, str) or not recipe.prompt.strip():
        problems.append("The prompt is empty: say what the portrait should show.")
    elif len(recipe.prompt) > LONGEST_PROMPT:
        problems.append(f"The prompt has {len(recipe.prompt):,} characters: use at most {LONGEST_PROMPT:,}.")
    elif any(unicodedata.category(letter) in ("Cc", "Cs") for letter in _one_line(recipe.prompt)):
        problems.append("The prompt holds control characters: write it as plain text.")
    if recipe.selection is not None and not isinstance(recipe.selection, Selection):
        problems.append(f"The selection is {recipe.selection!r}: give a Selection, or leave it out.")
    for name in ("adapter", "model_revision", "adapter_revision"):
        value = getattr(recipe, name)
        if value is not None and not (isinstance(value, str) and value and value.isprintable()):
            problems.append(f"The {name.replace('_', ' ')} is {value!r}: give a name, or leave it out.")
    if recipe.step_caching is not None and recipe.step_caching not in STEP_CACHINGS:
        known = " or ".join(STEP_CACHINGS)
        problems.append(f"Step caching is {recipe.step_caching!r}: use {known}, or leave it out.")
    return problems


def _problems_with_numbers(recipe: Recipe) -> list[str]:
    problems = []
    if not _is_whole(recipe.seed) or not 0 <= recipe.seed <= LARGEST_SEED:
        problems.append(f"The seed is {recipe.seed!r}: use a whole number from 0 to {LARGEST_SEED:,}.")
    if not _is_number(recipe.adapter_scale) or not 0 <= recipe.adapter_scale <= LARGEST_SCALE:
        problems.append(
            f"Adapter scale is {recipe.adapter_scale!r}: use a number from 0 to {LARGEST_SCALE:g}."
        )
    return problems


def _problems_with_model(recipe: Recipe, spec: ModelSpec) -> list[str]:
    problems = []
    low, high = spec.steps_range
    if not _is_whole(recipe.steps) or not low <= recipe.steps <= high:
        problems.append(f"Steps is {recipe.steps!r}: {spec.title} takes a whole number from {low} to {high}.")
    least, most = spec.guidance_range
    if not _is_number(recipe.guidance) or not least <= recipe.guidance <= most:
        span = f"a number from {least:g} to {most:g}"
        problems.append(f"Guidance is {recipe.guidance!r}: {spec.title} takes {span}.")
    if not _is_whole(recipe.size_px) or recipe.size_px not in spec.sizes_px:
        sizes = " or ".join(str(size) for size in spec.sizes_px)
        problems.append(f"The size is {recipe.size_px!r} px: {spec.title} takes {sizes}.")
    return problems


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)

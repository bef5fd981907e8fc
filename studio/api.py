"""The public endpoints: the same three things the page does, for programs."""

import random
from typing import Any, Literal

import gradio as gr
from gradio.data_classes import FileData

from generation.recipe import Recipe
from prompt_engine.buckets import GENDERS
from prompt_engine.errors import InvalidSelection
from prompt_engine.realiser import realise
from prompt_engine.sampler import largest_selection, sample_selection
from prompt_engine.seeds import LARGEST_SEED, draw_seed
from prompt_engine.selection import Selection
from studio.messages import explained
from studio.services import Services

MOST_PROMPTS = 100
MOST_FACES = 20


def add_endpoints(services: Services) -> None:
    """Add /sample, /match and /compare to the Blocks that is being built."""
    endpoints = Endpoints(services)
    gr.api(endpoints.sample, api_name="sample", queue=False)
    gr.api(endpoints.match, api_name="match", queue=False)
    gr.api(endpoints.compare, api_name="compare", concurrency_id="pictures", concurrency_limit=1)


class Endpoints:
    """What each endpoint does; its docstring is what a program's author reads."""

    def __init__(self, services: Services) -> None:
        self.services = services

    @explained
    def sample(
        self,
        count: int = 1,
        gender: Literal["male", "female"] | None = None,
        size: int = 3,
        seed: int | None = None,
    ) -> list[dict[str, Any]]:
        """Draw random prompts by the documented weights.

        Args:
            count: how many prompts, 1 to 100.
            gender: "male" or "female"; left out, it is drawn too.
            size: how many attributes each prompt has.
            seed: the same seed draws the same prompts; left out, others each time.

        Returns:
            One entry a prompt: gender, attributes, prompt.
        """
        _check_whole("count", count, 1, MOST_PROMPTS)
        if gender is not None:
            _check_gender(gender)
        _check_whole("size", size, 0, largest_selection(gender))
        if seed is not None:
            _check_whole("seed", seed, 0, LARGEST_SEED)
        rng = random.Random(seed)
        return [_described(sample_selection(rng, gender, size)) for _ in range(count)]

    @explained
    def match(
        self,
        gender: Literal["male", "female"],
        attributes: list[str],
        count: int = MOST_FACES,
        seed: int | None = None,
    ) -> dict[str, Any]:
        """Count the CelebA images that carry some attributes, and name some matching faces.

        Args:
            gender: "male" or "female".
            attributes: CelebA labels, such as "Black_Hair" and "Smiling".
            count: how many faces to name, 0 to 20.
            seed: the same seed names the same faces; left out, others each time.

        Returns:
            prompt; images, the number of matching images; exact, false where that number is an upper bound;
            faces, the ids of some of them; source, where the faces come from.
        """
        _check_whole("count", count, 0, MOST_FACES)
        if seed is not None:
            _check_whole("seed", seed, 0, LARGEST_SEED)
        selection = _selection(gender, attributes)
        matching = self.services.match_count(selection)
        faces = self.services.faces.sample(selection, count, draw_seed() if seed is None else seed)
        found = {"images": matching.images, "exact": matching.exact, "faces": [face.id for face in faces]}
        return {**_described(selection), **found, "source": self.services.faces.notice}

    @explained
    def compare(
        self,
        gender: Literal["male", "female"],
        attributes: list[str],
        seed: int | None = None,
        steps: int | None = None,
        guidance: float | None = None,
        adapter_scale: float = 1.0,
    ) -> tuple[FileData, FileData, dict[str, Any]]:
        """Make both portraits of a selection, vanilla and fine-tuned, from the same prompt and noise.

        Args:
            gender: "male" or "female".
            attributes: CelebA labels, such as "Black_Hair" and "Smiling".
            seed: decides the starting noise; left out, it is drawn.
            steps: denoising steps; left out, the model's own number.
            guidance: how closely the prompt is followed; left out, the model's own value.
            adapter_scale: strength of the adapter in the fine-tuned portrait, 0 to 2.

        Returns:
            The vanilla PNG, the fine-tuned PNG, and what they were made with: prompt, seed, steps, guidance.
        """
        selection = _selection(gender, attributes)
        recipe = Recipe(
            prompt=realise(selection),
            seed=draw_seed() if seed is None else seed,
            selection=selection,
            model=self.services.model,
            adapter_scale=adapter_scale,
            **_given(steps=steps, guidance=guidance),
        )
        stored = self.services.finished(recipe)
        return _file(stored.vanilla), _file(stored.fine_tuned), _settings(stored.recipe)


def _selection(gender: Any, attributes: Any) -> Selection:
    _check_gender(gender)
    if not isinstance(attributes, list) or not all(isinstance(label, str) for label in attributes):
        raise InvalidSelection(f'attributes is {attributes!r}: give a list of labels, such as ["Smiling"].')
    return Selection(gender, tuple(attributes))


def _check_gender(gender: Any) -> None:
    if not isinstance(gender, str):
        raise InvalidSelection(f"gender is {gender!r}: give {' or '.join(map(repr, GENDERS))}.")


def _check_whole(name: str, value: Any, least: int, most: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise InvalidSelection(f"{name} is {value!r}: give a whole number from {least} to {most:,}.")


def _described(selection: Selection) -> dict[str, Any]:
    return {
        "gender": selection.gender,
        "attributes": list(selection.wanted),
        "prompt": realise(selection),
    }


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _settings(recipe: Recipe) -> dict[str, Any]:
    names = ("prompt", "model", "seed", "steps", "guidance", "adapter_scale", "size_px")
    return {name: getattr(recipe, name) for name in names}


def _file(path: Any) -> Any:
    return FileData(path=str(path), orig_name=path.name, mime_type="image/png").model_dump()

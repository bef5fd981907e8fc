"""The public endpoints: the same three things the page does, for programs."""

import random
from typing import Any, Literal

import gradio as gr
from gradio.data_classes import FileData

from generation.events import ARMS
from generation.recipe import Recipe
from prompt_engine.buckets import GENDERS
from prompt_engine.distribution import MODES
from prompt_engine.errors import InvalidSelection
from prompt_engine.query import Query
from prompt_engine.realiser import realise
from prompt_engine.relations import describe_relation, warnings
from prompt_engine.seeds import LARGEST_SEED, draw_seed
from prompt_engine.selection import MOST_ATTRIBUTES, Selection
from studio.messages import explained
from studio.services import Services

MOST_PROMPTS = 100
MOST_FACES = 20
MOST_IMAGES = 202_599  # all of CelebA
NOTHING: list[str] = []  # as a default; nobody changes it


def add_endpoints(services: Services) -> None:
    """Add /sample, /match and /compare to the Blocks that is being built."""
    endpoints = Endpoints(services)
    # In a queue: with a threshold, a new one each time, drawing takes a second of the processor.
    gr.api(endpoints.sample, api_name="sample", concurrency_id="sampling", concurrency_limit=1)
    gr.api(endpoints.match, api_name="match", queue=False)
    at_once = services.at_once
    gr.api(endpoints.compare, api_name="compare", concurrency_id="pictures", concurrency_limit=at_once)


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
        mode: Literal["legacy", "faithful", "uniform", "coverage"] = "legacy",
        least_images: int = 0,
    ) -> list[dict[str, Any]]:
        """Draw random prompts.

        Args:
            count: how many prompts, 1 to 100.
            gender: "male" or "female"; left out, it is drawn too.
            size: how many attributes each prompt has, 0 to 6.
            seed: the same seed draws the same prompts; left out, others each time.
            mode: "legacy" draws by the documented weights, "faithful" as often as images carry them,
                "uniform" all alike, "coverage" the rarer the more often.
            least_images: prompts of fewer CelebA images are not drawn.

        Returns:
            One entry a prompt: gender, attributes, unwanted, prompt.
        """
        _check_whole("count", count, 1, MOST_PROMPTS)
        if gender is not None:
            _check_gender(gender)
        _check_whole("size", size, 0, MOST_ATTRIBUTES)
        _check_whole("least_images", least_images, 0, MOST_IMAGES)
        if seed is not None:
            _check_whole("seed", seed, 0, LARGEST_SEED)
        if not isinstance(mode, str):
            raise InvalidSelection(f"mode is {mode!r}: give {', '.join(map(repr, MODES))}.")
        sampler = self.services.sampler(mode, gender, size, least_images)
        rng = random.Random(seed)
        return [_described(sampler.draw(rng)) for _ in range(count)]

    @explained
    def match(
        self,
        gender: Literal["male", "female"],
        attributes: list[str],
        count: int = MOST_FACES,
        seed: int | None = None,
        unwanted: list[str] = NOTHING,
        split: Literal["train", "validation", "test"] | None = None,
        blurry: Literal["out", "in", "only"] = "out",
        strict: bool = False,
    ) -> dict[str, Any]:
        """Count the CelebA images that carry some attributes and lack others, and name some matching faces.

        Args:
            gender: "male" or "female".
            attributes: CelebA labels, such as "Black_Hair" and "Smiling".
            count: how many faces to name, 0 to 20.
            seed: the same seed names the same faces; left out, others each time.
            unwanted: labels that the images must not carry.
            split: "train", "validation" or "test"; left out, all images.
            blurry: "out" leaves blurry images out, "in" counts them too, "only" nothing else.
            strict: leave out images whose labels contradict each other.

        Returns:
            prompt; warnings, a sentence for each pair of attributes that is rare; images, the number of
            matching images; exact, false where that number is an upper bound; faces, the ids of some of them;
            source, where the faces come from.
        """
        _check_whole("count", count, 0, MOST_FACES)
        if seed is not None:
            _check_whole("seed", seed, 0, LARGEST_SEED)
        if not isinstance(strict, bool):
            raise InvalidSelection(f"strict is {strict!r}: give true or false.")
        selection = _selection(gender, attributes, unwanted)
        query = Query.of(selection, Query(split=split, blurry=blurry, strict=strict))
        matching = self.services.match_count(query)
        faces = self.services.faces.sample_ids(query, count, draw_seed() if seed is None else seed)
        return {
            **_described(selection),
            "warnings": [describe_relation(each) for each in warnings(selection, self.services.lifts)],
            "images": matching.images,
            "exact": matching.exact,
            "faces": faces,
            "source": self.services.faces.notice,
        }

    @explained
    def compare(
        self,
        gender: Literal["male", "female"],
        attributes: list[str],
        seed: int | None = None,
        steps: int | None = None,
        guidance: float | None = None,
        adapter_scale: float = 1.0,
        unwanted: list[str] = NOTHING,
    ) -> tuple[FileData, FileData, dict[str, Any]]:
        """Make both portraits of a selection, vanilla and fine-tuned, from the same prompt and noise.

        Args:
            gender: "male" or "female".
            attributes: CelebA labels, such as "Black_Hair" and "Smiling".
            seed: decides the starting noise; left out, it is drawn.
            steps: denoising steps; left out, the model's own number.
            guidance: how closely the prompt is followed; left out, the model's own value.
            adapter_scale: strength of the adapter in the fine-tuned portrait, 0 to 2.
            unwanted: labels that the portraits must not show, said in the prompt.

        Returns:
            The vanilla PNG, the fine-tuned PNG, and what they were made with: prompt, seed, steps, guidance.
        """
        selection = _selection(gender, attributes, unwanted)
        recipe = Recipe(
            prompt=realise(selection),
            seed=draw_seed() if seed is None else seed,
            selection=selection,
            model=self.services.model,
            adapter=self.services.adapter,
            adapter_scale=adapter_scale,
            **_given(steps=steps, guidance=guidance),
        )
        stored = self.services.finished(recipe)
        vanilla, fine_tuned = (_file(stored.files[arm]) for arm in ARMS)
        return vanilla, fine_tuned, _settings(stored.recipe)


def _selection(gender: Any, attributes: Any, unwanted: Any) -> Selection:
    _check_gender(gender)
    for name, labels in (("attributes", attributes), ("unwanted", unwanted)):
        if not isinstance(labels, list) or not all(isinstance(label, str) for label in labels):
            raise InvalidSelection(f'{name} is {labels!r}: give a list of labels, such as ["Smiling"].')
    return Selection(gender, tuple(attributes), tuple(unwanted))


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
        "unwanted": list(selection.unwanted),
        "prompt": realise(selection),
    }


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _settings(recipe: Recipe) -> dict[str, Any]:
    names = ("prompt", "model", "seed", "steps", "guidance", "adapter_scale", "size_px")
    return {name: getattr(recipe, name) for name in names}


def _file(path: Any) -> Any:
    return FileData(path=str(path), orig_name=path.name, mime_type="image/png").model_dump()

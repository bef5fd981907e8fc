"""Endpoints about prompts, and about the CelebA images that match them."""

import random
from typing import Any, Literal

from generation.models import model_spec
from generation.prompts.length import part_read
from prompt_engine.distribution import MODES
from prompt_engine.errors import InvalidSelection
from prompt_engine.relations import describe_relation, warnings
from prompt_engine.seeds import draw_seed
from prompt_engine.selection import MOST_ATTRIBUTES
from studio.api.arguments import (
    check_gender,
    check_seed,
    check_whole,
    described,
    read_query,
    read_selection,
)
from studio.messages import explained
from studio.services import Services

MOST_PROMPTS = 100
MOST_FACES = 20
MOST_IMAGES = 202_599  # all of CelebA
NOTHING: list[str] = []  # as a default; nobody changes it


class PromptEndpoints:
    """What each endpoint does; its docstring is what a program's author reads, and a model that uses tools.

    Gradio reads one line an argument.
    """

    def __init__(self, services: Services) -> None:
        self.services = services

    @explained
    def build_prompt(
        self, gender: Literal["male", "female"], attributes: list[str], unwanted: list[str] = NOTHING
    ) -> dict[str, Any]:
        """Write the prompt of some facial attributes, and say which of them rarely go together.

        Args:
            gender: "male" or "female".
            attributes: CelebA labels, such as "Black_Hair" and "Smiling"; none stands for anybody.
            unwanted: labels that the face must not have, said in the prompt.

        Returns:
            gender, attributes and unwanted as given
            prompt
            part_read: as much of the prompt as the page's model reads
            warnings: a sentence for each pair of attributes that is rare
        """
        selection = read_selection(gender, attributes, unwanted)
        told = described(selection)
        rare = [describe_relation(each) for each in warnings(selection, self.services.lifts)]
        model = self.services.model
        read = part_read(told["prompt"], model_spec(model), self.services.has_t5(model))
        return {**told, "part_read": read, "warnings": rare}

    @explained
    def random_prompt(
        self,
        count: int = 1,
        gender: Literal["male", "female"] | None = None,
        size: int = 3,
        seed: int | None = None,
        mode: Literal["legacy", "faithful", "uniform", "coverage"] = "legacy",
        least_images: int = 0,
    ) -> list[dict[str, Any]]:
        """Draw random prompts of facial attributes.

        Args:
            count: how many prompts, 1 to 100.
            gender: "male" or "female"; left out, it is drawn too.
            size: how many attributes each prompt has, 0 to 6.
            seed: the same seed draws the same prompts; left out, others each time.
            mode: by documented weights, as often as images carry them, all alike, or rare ones more often.
            least_images: prompts of fewer CelebA images are not drawn.

        Returns:
            for each prompt gender, attributes, unwanted and prompt
        """
        check_whole("count", count, 1, MOST_PROMPTS)
        if gender is not None:
            check_gender(gender)
        check_whole("size", size, 0, MOST_ATTRIBUTES)
        check_whole("least_images", least_images, 0, MOST_IMAGES)
        check_seed(seed)
        if not isinstance(mode, str):
            raise InvalidSelection(f"mode is {mode!r}: give {', '.join(map(repr, MODES))}.")
        sampler = self.services.sampler(mode, gender, size, least_images)
        rng = random.Random(seed)
        return [described(sampler.draw(rng)) for _ in range(count)]

    @explained
    def count_matches(
        self,
        gender: Literal["male", "female"],
        attributes: list[str],
        unwanted: list[str] = NOTHING,
        split: Literal["train", "validation", "test"] | None = None,
        blurry: Literal["out", "in", "only"] = "out",
        strict: bool = False,
    ) -> dict[str, Any]:
        """Count the CelebA images that carry some attributes and lack others.

        Args:
            gender: "male" or "female".
            attributes: CelebA labels, such as "Black_Hair" and "Smiling".
            unwanted: labels that the images must not carry.
            split: "train", "validation" or "test"; left out, all images.
            blurry: "out" leaves blurry images out, "in" counts them too, "only" nothing else.
            strict: leave out images whose labels contradict each other.

        Returns:
            images: the number of matching images
            exact: false where that number is an upper bound
        """
        found = self.services.match_count(read_query(gender, attributes, unwanted, split, blurry, strict))
        return {"images": found.images, "exact": found.exact}

    @explained
    def matching_faces(
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
        """Name some faces that carry some attributes and lack others; no image is read or given.

        Args:
            gender: "male" or "female".
            attributes: CelebA labels, such as "Black_Hair" and "Smiling".
            count: how many faces to name at most, 0 to 20.
            seed: the same seed names the same faces; left out, others each time.
            unwanted: labels that the images must not carry.
            split: "train", "validation" or "test"; left out, all images.
            blurry: "out" leaves blurry images out, "in" names them too, "only" nothing else.
            strict: leave out images whose labels contradict each other.

        Returns:
            faces: the ids of matching images
            source: where they come from
        """
        check_whole("count", count, 0, MOST_FACES)
        check_seed(seed)
        query = read_query(gender, attributes, unwanted, split, blurry, strict)
        faces = self.services.faces.sample_ids(query, count, draw_seed() if seed is None else seed)
        return {"faces": faces, "source": self.services.faces.notice}

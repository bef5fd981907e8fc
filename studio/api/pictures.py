"""Endpoints that make portraits."""

from collections.abc import Sequence
from typing import Any, Literal

from gradio.data_classes import FileData

from generation.errors import InvalidRecipe
from generation.events import ARMS
from generation.prompts.length import part_read
from generation.recipe import Recipe
from prompt_engine.realiser import realise
from prompt_engine.seeds import draw_seed
from studio.adapter_choice import meant_adapter, usual_adapter
from studio.answered_early import answered_early
from studio.api.arguments import check_text, read_selection, read_texts
from studio.api.prompts import NOTHING
from studio.messages import explain, explained
from studio.services import Services, StoredComparison

MODEL_EXAMPLE, ADAPTER_EXAMPLE = "large", "owner/name"
_SETTINGS = (
    *("prompt", "model", "model_revision", "seed", "steps", "guidance", "adapter", "adapter_revision"),
    *("adapter_scale", "size_px", "step_caching"),
)


class PictureEndpoints:
    """What each endpoint does; its docstring is what a program's author reads, and a model that uses tools.

    Gradio reads one line an argument.
    """

    def __init__(self, services: Services) -> None:
        self.services = services

    @answered_early
    @explained
    def compare(
        self,
        gender: Literal["male", "female"] | None = None,
        attributes: list[str] = NOTHING,
        seed: int | None = None,
        steps: int | None = None,
        guidance: float | None = None,
        adapter_scale: float = 1.0,
        unwanted: list[str] = NOTHING,
        prompt: str | None = None,
        model: str | None = None,
        adapter: str | None = None,
        size_px: int | None = None,
        step_caching: Literal["taylorseer"] | None = None,
    ) -> tuple[FileData | None, FileData | None, dict[str, Any]]:
        """Make both portraits of a prompt, vanilla and fine-tuned, from the same words and noise.

        Args:
            gender: "male" or "female"; left out only where a prompt is given.
            attributes: CelebA labels, such as "Black_Hair" and "Smiling".
            seed: decides the starting noise; left out, it is drawn.
            steps: denoising steps; left out, the model's own number.
            guidance: how closely the prompt is followed; left out, the model's own value.
            adapter_scale: strength of the adapter in the fine-tuned portrait, 0 to 2.
            unwanted: labels that the portraits must not show, said in the prompt.
            prompt: words of your own, in place of gender and attributes.
            model: "demo", "medium", "large" or "turbo"; left out, the page's own.
            adapter: an offered one, "owner/name[@revision]" on the Hub, or "none" for vanilla alone.
            size_px: width and height; left out, the model's own.
            step_caching: "taylorseer" computes fewer steps, and changes the portraits.

        Returns:
            the vanilla PNG
            the fine-tuned PNG: null without an adapter
            what they were made with: prompt, model, seed, steps, guidance and more; seconds, if known
            part_read: as much of the prompt as the model reads, the rest changes nothing
        """
        recipe = self._recipe(
            _words(gender, attributes, unwanted, prompt),
            model,
            adapter,
            seed,
            **_given(steps=steps, guidance=guidance, size_px=size_px, step_caching=step_caching),
            adapter_scale=adapter_scale,
        )
        stored = self.services.finished(recipe)
        vanilla, fine_tuned = _files(stored)
        return vanilla, fine_tuned, self._settings(stored)

    @answered_early
    @explained
    def compare_models(
        self,
        gender: Literal["male", "female"] | None = None,
        attributes: list[str] = NOTHING,
        seed: int | None = None,
        unwanted: list[str] = NOTHING,
        prompt: str | None = None,
        models: list[str] | None = None,
    ) -> list[dict[str, Any]]:
        """Make the portraits of one prompt with several models, each with its own steps and guidance.

        Args:
            gender: "male" or "female"; left out only where a prompt is given.
            attributes: CelebA labels, such as "Black_Hair" and "Smiling".
            seed: decides the starting noise of all; left out, it is drawn once.
            unwanted: labels that the portraits must not show, said in the prompt.
            prompt: words of your own, in place of gender and attributes.
            models: of "demo", "medium", "large" and "turbo"; left out, all that can run here.

        Returns:
            for each model its name
            vanilla and fine_tuned: a PNG each, the second null where no adapter is offered for the model
            settings: as compare gives them
            problem: a sentence where it could not be made, else null
        """
        words = _words(gender, attributes, unwanted, prompt)
        seed = draw_seed() if seed is None else seed
        if models is None:
            asked = tuple(offer.key for offer in self.services.offers() if offer.on)
        else:
            asked = read_texts("models", models, MODEL_EXAMPLE)
        if not asked:
            raise InvalidRecipe("models is empty: name one, or leave it out for all that can run here.")
        recipes = [self._recipe(words, model, None, seed) for model in dict.fromkeys(asked)]
        return [self._made(recipe) for recipe in recipes]

    def _recipe(self, words: dict[str, Any], model: Any, adapter: Any, seed: Any, **settings: Any) -> Recipe:
        if model is not None:
            check_text("model", model, MODEL_EXAMPLE)
        model = self.services.model if model is None else model
        offered = self.services.adapters_for(model)
        adapter = usual_adapter(offered) if adapter is None else adapter
        check_text("adapter", adapter, ADAPTER_EXAMPLE)
        return Recipe(
            **words,
            seed=draw_seed() if seed is None else seed,
            model=model,
            adapter=meant_adapter(adapter, offered),
            **settings,
        )

    def _made(self, recipe: Recipe) -> dict[str, Any]:
        """One model's entry; what goes wrong with it leaves the others alone."""
        entry: dict[str, Any] = {"model": recipe.model, "vanilla": None, "fine_tuned": None}
        try:
            stored = self.services.finished(recipe)
        except Exception as problem:
            return {**entry, "settings": None, "problem": explain(problem)}
        files = dict(zip(ARMS, _files(stored), strict=True))
        return {**entry, **files, "settings": self._settings(stored), "problem": None}

    def _settings(self, stored: StoredComparison) -> dict[str, Any]:
        recipe = stored.recipe
        read = part_read(recipe.prompt, recipe.spec, self.services.has_t5(recipe.model))
        return {
            **{name: getattr(recipe, name) for name in _SETTINGS},
            "part_read": read,
            "seconds": stored.seconds,
        }


def _words(gender: Any, attributes: Any, unwanted: Any, prompt: Any) -> dict[str, Any]:
    """What the portraits show, as fields of a recipe."""
    if prompt is None:
        if gender is None:
            raise InvalidRecipe("Give a gender, 'male' or 'female', or a prompt of your own.")
        selection = read_selection(gender, attributes, unwanted)
        return {"selection": selection, "prompt": realise(selection)}
    check_text("prompt", prompt, "a woman with black hair")
    if gender is not None or attributes or unwanted:
        raise InvalidRecipe("Give either a prompt, or a gender with attributes: both were given.")
    return {"prompt": prompt}


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _files(stored: StoredComparison) -> Sequence[Any]:
    """Both portraits for whoever asked; None for one that was not made."""
    paths = (stored.files.get(arm) for arm in ARMS)
    return [
        path and FileData(path=str(path), orig_name=path.name, mime_type="image/png").model_dump()
        for path in paths
    ]

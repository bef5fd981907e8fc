"""Endpoints about how portraits were made: the adapters, and recipes in links and pictures."""

import json
from dataclasses import asdict
from typing import Any

from gradio.data_classes import FileData

from generation.errors import InvalidRecipe
from generation.links import PARTS, recipe_from_link
from generation.models import MODELS, model_spec
from generation.png.dropped import read_dropped
from generation.recipe import Recipe
from studio.adapter_tab.facts import TOLD, adapter_facts
from studio.adapter_tab.names import offered_names, read_named
from studio.api.arguments import check_text, read_upload
from studio.messages import explain, explained
from studio.opening import wanted_recipe
from studio.services import Services
from studio.view import View

NO_PORTRAITS = "The link has no seed, and so shows no portraits of its own: take one from Share."


class RecipeEndpoints:
    """What each endpoint does; its docstring is what a program's author reads, and a model that uses tools.

    Gradio reads one line an argument.
    """

    def __init__(self, services: Services) -> None:
        self.services = services

    @explained
    def adapters(self, adapter: str | None = None) -> list[dict[str, Any]]:
        """List the adapters that are offered, or look at one on the Hugging Face Hub; no weight is fetched.

        Args:
            adapter: an offered one, or "owner/name[@revision]" on the Hub; left out, all that are offered.

        Returns:
            for each adapter its name, and models: those it is offered for
            revision, kind, ranks, alphas, layers and size_bytes: of its file
            base and faces: what it was trained on, null where that is not recorded
            page: where it is described on the Hub, null where it is not there
            problem: a sentence where it cannot be read, else null
        """
        if adapter is not None:
            check_text("adapter", adapter, "owner/name")
            return [self._entry(adapter)]
        return [self._entry_or_problem(name) for name in offered_names(self.services)]

    @explained
    def recipe_from_link(self, link: str) -> dict[str, Any]:
        """Read which portraits a link to this page, or its address, shows: whole, or after the question mark.

        Args:
            link: such as "https://…/?v=1&a=fv&m=demo&l=demo&s=42&n=20&g=4&w=1&p=96".

        Returns:
            the recipe: prompt, selection, model, adapter, seed, steps and all else that decides a pixel
        """
        check_text("link", link, "?v=1&…")
        fields: dict[str, Any] = json.loads(self._linked(link).to_json())
        return fields

    @explained
    def recipe_from_png(self, png: FileData, model: str = "demo") -> dict[str, Any]:
        """Read how a PNG was made: one of this page's, AUTOMATIC1111's or ComfyUI's, as far as it says.

        Args:
            png: the picture, uploaded; for a tool a public URL, one that a tool here gave, or a data: URL.
            model: "demo", "medium", "large" or "turbo": whose settings count where the picture names none.

        Returns:
            fields: those of a recipe that could be read
            left_alone: a sentence for each thing in the picture that means nothing here
        """
        check_text("model", model, "demo")
        fields, told = read_dropped(read_upload("png", png), model_spec(model).key)
        selection = fields.get("selection")
        plain = fields | ({"selection": asdict(selection)} if selection else {})
        return {"fields": plain, "left_alone": list(told)}

    def _linked(self, link: str) -> Recipe:
        """The recipe of a shared link; or of the page's address, which says less."""
        query = (link.partition("?")[2] or link).partition("#")[0]
        parts = [part for part in query.split("&") if part.partition("=")[0] in PARTS]
        if any(part.startswith("v=") for part in parts):
            return recipe_from_link("&".join(parts))  # the rest, such as who sent it, decides no pixel
        view, problems = View.from_address(query, self.services.plain_view)
        recipe = None if problems else wanted_recipe(view, self.services)
        if recipe is None:
            raise InvalidRecipe(list(problems) or NO_PORTRAITS)
        return recipe

    def _entry(self, adapter: str) -> dict[str, Any]:
        found = read_named(adapter, self.services)
        facts = adapter_facts(found).told()
        return {"adapter": found.name, "models": self._models(adapter), **facts, "problem": None}

    def _entry_or_problem(self, adapter: str) -> dict[str, Any]:
        try:
            return self._entry(adapter)
        except Exception as problem:
            return {
                "adapter": adapter,
                "models": self._models(adapter),
                **dict.fromkeys(TOLD),
                "problem": explain(problem),
            }

    def _models(self, adapter: str) -> list[str]:
        """Those it is offered for."""
        return [key for key in MODELS if adapter in offered_names(self.services, key)]

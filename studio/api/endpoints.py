"""The public endpoints, added to the page: for gradio_client, and as tools of the Model Context Protocol."""

from __future__ import annotations

import gradio as gr

from studio.api.pictures import PictureEndpoints
from studio.api.prompts import PromptEndpoints
from studio.api.recipes import RecipeEndpoints
from studio.services import Services

GROUPS = (PromptEndpoints, PictureEndpoints, RecipeEndpoints)
LOOK_UPS_AT_ONCE = 2  # of whoever has the Hub asked


def add_endpoints(services: Services) -> None:
    """Add them to the Blocks that is being built."""
    prompts, pictures = PromptEndpoints(services), PictureEndpoints(services)
    recipes = RecipeEndpoints(services)
    gr.api(prompts.build_prompt, api_name="build_prompt", queue=False)
    # In a queue: with a threshold, a new one each time, drawing takes a second of the processor.
    gr.api(prompts.random_prompt, api_name="random_prompt", concurrency_id="sampling", concurrency_limit=1)
    gr.api(prompts.count_matches, api_name="count_matches", queue=False)
    gr.api(prompts.matching_faces, api_name="matching_faces", queue=False)
    made = {"concurrency_id": "pictures", "concurrency_limit": services.at_once}
    gr.api(pictures.compare, api_name="compare", **made)
    gr.api(pictures.compare_models, api_name="compare_models", **made)
    gr.api(recipes.adapters, api_name="adapters", concurrency_limit=LOOK_UPS_AT_ONCE)
    gr.api(recipes.recipe_from_link, api_name="recipe_from_link", queue=False)
    gr.api(recipes.recipe_from_png, api_name="recipe_from_png", queue=False)

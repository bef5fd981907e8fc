"""Share: the link that opens the portraits that are shown, made on request and copied by the browser."""

from __future__ import annotations

import os
from dataclasses import replace
from html import escape

import gradio as gr

from generation.errors import GenerationError, LinkTooLong
from generation.public_address import public_address
from generation.recipe import Recipe
from studio.messages import explain
from studio.portraits import Portraits
from studio.render import render_problem
from studio.view import View
from studio.wiring import PRIVATE, UNQUEUED, read_script

NOTHING_YET = "There is nothing to share yet: Generate makes portraits."
PAGE = "(made, shown) => [made, shown, location.origin + location.pathname]"


def share(made: str, shown: str, page: str) -> str:
    """The link as HTML, or why there is none; `shown` is the view's address, `page` where it is served."""
    if not made:
        return render_problem(NOTHING_YET)
    try:
        recipe = Recipe.from_json(made)
        link = shared_link(recipe, View.from_address(shown)[0], public_address(os.environ, page))
    except GenerationError as problem:
        return render_problem(explain(problem))
    return (
        '<div class="shared"><label>Link to these portraits '
        f'<input readonly value="{escape(link)}"></label><span class="note" role="status"></span></div>'
    )


def shared_link(recipe: Recipe, view: View, address: str) -> str:
    """The link to a recipe, with which images the view counts as far as that fits.

    Raises:
        LinkTooLong, InvalidRecipe: as `write_link`.
    """
    if recipe.selection != view.selection:
        view = View()
    view = replace(view, tab="explore")
    try:
        return view.to_link(recipe, address)
    except LinkTooLong:
        return View().to_link(recipe, address)


def wire_sharing(portraits: Portraits, shown: gr.Textbox) -> None:
    """Wire the button; `shown` holds the address of the view."""
    page = gr.Textbox(visible="hidden")
    asked = portraits.share.click(
        share, inputs=[portraits.made, shown, page], outputs=portraits.shared, js=PAGE, **UNQUEUED
    )
    asked.success(js=read_script("copy_link"), **PRIVATE)

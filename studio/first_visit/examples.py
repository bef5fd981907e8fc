"""Examples to click: each is a whole choice whose portraits are shipped, so that they are there at once."""

from __future__ import annotations

from html import escape

from studio.render import ARMS
from studio.served_files import file_address
from studio.services import Services, StoredComparison
from studio.view import View


def render_examples(services: Services) -> str:
    """Of each a picture, vanilla to the left and fine-tuned to the right, and its prompt."""
    links = "".join(f"<li>{_link(each, services)}</li>" for each in services.examples)
    return f"<h2>Examples</h2><ul>{links}</ul>" if links else ""


def _link(example: StoredComparison, services: Services) -> str:
    pictures = "".join(
        f'<img src="{escape(file_address(example.files[arm]))}" alt="" loading="lazy">' for arm in ARMS
    )
    words = escape(example.recipe.prompt)
    address = escape(_view(example, services).to_address())
    pair, said = f'<span class="pair">{pictures}</span>', f'<span lang="en">{words}</span>'
    return f'<a href="?{address}" data-view>{pair}{said}</a>'


def _view(example: StoredComparison, services: Services) -> View:
    """What opens it; the seed stays one that is drawn anew, so that Generate makes other portraits."""
    recipe, selection = example.recipe, example.recipe.selection
    assert selection is not None  # examples are made of choices
    model = None if recipe.model == services.model else recipe.model
    return View(selection.gender, selection.wanted, selection.unwanted, made=recipe.seed, model=model)

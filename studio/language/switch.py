"""The links that change the language."""

from __future__ import annotations

from studio.language.choice import ASKED, LANGUAGES


def render_switch() -> str:
    """A link for each language, in its own words; the style sheet hides the one that is read."""
    links = "".join(
        f'<a href="?{ASKED}={tag}" hreflang="{tag}" lang="{tag}" data-language="{tag}">{name}</a>'
        for tag, name in LANGUAGES.items()
    )
    return f'<p class="languages">{links}</p>'

"""Builds the page and serves it."""

from __future__ import annotations

from pathlib import Path

import gradio as gr

from generation.models import model_spec
from studio.api import add_endpoints
from studio.render import render_footer
from studio.services import Services
from studio.tabs.about import build_about_tab
from studio.tabs.explore import build_explore_tab

STATIC = Path(__file__).parent / "static"
TITLE = "What does fine-tuning change?"
LEAD = (
    "One prompt, one starting noise, two portraits: Stable Diffusion 3.5 as it is, "
    "and the same model with an adapter trained on CelebA."
)
DEMO_LEAD = (
    "One prompt, one starting noise, two portraits: a small demo model as it is, and the same model "
    "fine-tuned on drawings with light and texture. They stand in for Stable Diffusion 3.5 and for "
    "CelebA’s photographs."
)
LARGEST_UPLOAD = "1mb"


def build_page(services: Services) -> gr.Blocks:
    """Build the whole page; nothing is served yet."""
    lead = DEMO_LEAD if model_spec(services.model).bundled else LEAD
    with gr.Blocks(title=TITLE, analytics_enabled=False, delete_cache=(3600, 86_400)) as page:
        gr.HTML(f"<h1>{TITLE}</h1><p>{lead}</p>", elem_id="header")
        with gr.Tabs():
            with gr.Tab("Explore", id="explore"):
                build_explore_tab(services, page)
            with gr.Tab("About", id="about"):
                build_about_tab(services)
        gr.HTML(render_footer(model_spec(services.model)), elem_id="footer")
        add_endpoints(services)
    return page


def serve(services: Services, block: bool = True) -> gr.Blocks:
    """Serve the page; with `block`, stay until interrupted."""
    page = build_page(services)
    page.queue(max_size=services.settings.max_waiting)
    page.launch(
        server_name=services.settings.host,
        server_port=services.settings.port,
        theme=_theme(),
        css_paths=STATIC / "style.css",
        js=(STATIC / "dropdown_menus.js").read_text(encoding="utf-8"),
        footer_links=["api"],
        run_history=False,
        enable_monitoring=False,
        max_file_size=LARGEST_UPLOAD,
        allowed_paths=[str(folder) for folder in services.served_folders],
        ssr_mode=False,
        pwa=False,
        prevent_thread_lock=True,
        quiet=True,  # it would offer to share the page, and with it the faces
    )
    print(f"The page is on {page.local_url}", flush=True)
    services.warm_up_faces()
    if block:
        page.block_thread()
    return page


def _theme() -> gr.themes.Base:
    """One accent colour, dark enough for white text on it; the fonts are the system's, named in style.css."""
    theme = gr.themes.Base(primary_hue="teal", secondary_hue="teal", neutral_hue="stone", font=["sans-serif"])
    return theme.set(
        body_text_color_subdued="*neutral_600",
        body_text_color_subdued_dark="*neutral_400",
        button_primary_background_fill="*primary_700",
        button_primary_background_fill_hover="*primary_800",
        button_primary_background_fill_dark="*primary_700",
        button_primary_background_fill_hover_dark="*primary_600",
        color_accent="*primary_600",
        block_border_width="0px",
        block_label_border_width="0px",
        block_radius="12px",
        button_large_radius="10px",
        button_small_radius="8px",
        button_large_text_weight="600",
        button_large_text_size="1rem",
        button_large_padding="10px 18px",
        input_background_fill="*neutral_100",
        input_background_fill_dark="*neutral_800",
        input_radius="8px",
    )

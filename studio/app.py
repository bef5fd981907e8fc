"""Builds the page and serves it."""

from __future__ import annotations

import sys

import gradio as gr
from starlette.middleware import Middleware

from generation.models import model_spec
from studio.adapter_tab.names import local_files
from studio.answered_early import queue_size
from studio.api.endpoints import add_endpoints
from studio.api.own_pictures import take_own_pictures
from studio.api.tools import answer_in_json
from studio.first_visit.glossary import render_terms
from studio.first_visit.header import TITLE, render_header
from studio.gate.fetching import fetch_within_bounds
from studio.gate.gate import Gate
from studio.health.route import build_health_route
from studio.history.memory import build_memory
from studio.kept_document import KeptDocument
from studio.language.answers import answer_in_language
from studio.language.document import InLanguage
from studio.language.switch import render_switch
from studio.light_sessions import keep_light_sessions
from studio.navigation import build_navigation, keep_tab
from studio.render import render_footer
from studio.services import Services
from studio.tabs.about import build_about_tab
from studio.tabs.adapter import build_adapter_tab
from studio.tabs.dataset import build_dataset_tab
from studio.tabs.explore import build_explore_tab
from studio.tabs.grid import build_grid_tab
from studio.tabs.models import build_models_tab
from studio.texts import build_texts_route
from studio.wiring import STATIC, read_script

LARGEST_UPLOAD = 16_777_216  # bytes of a picture that is dropped, or fetched for a tool
SWITCH_S = 0.0005  # Python's own 0.005 are waited for at every turn while another visitor's faces are drawn
SESSIONS_KEPT = 300  # Gradio keeps 0.6 MB of each that ever asked for something, 10,000 of them if not told
SHEETS = (
    "language",
    "style",
    "first_visit",
    "choice",
    "faces",
    "explore",
    "dataset",
    "models",
    "grid",
    "adapter",
    "evaluation",
    "about",
    "connection",
)
SCRIPTS = (
    "connection",
    "queue_place",
    "address_bar",
    "first_visit",
    "terms",
    "cost",
    "face_dialog",
    "assist",
    "compare",
    "difference",
    "keys",
    "named_download",
    "drop_picture",
    "status_line",
    "history",
    "about",
    "report",
)


def build_page(services: Services) -> gr.Blocks:
    """Build the whole page; nothing is served yet."""
    with gr.Blocks(title=TITLE, analytics_enabled=False, delete_cache=(3600, 86_400)) as page:
        gr.HTML(render_switch() + render_header(services), elem_id="header")
        gr.HTML(render_terms(), visible="hidden", elem_id="terms")
        navigation, memory = build_navigation(page), build_memory()
        with navigation.tabs:
            with gr.Tab("Explore", id="explore", elem_id="explore-tab") as explore:
                controls = build_explore_tab(services, page, navigation, memory)
            with gr.Tab("Models", id="models", elem_id="models-tab") as models:
                build_models_tab(services, navigation, memory, models)
            with gr.Tab("Grid", id="grid", elem_id="grid-tab") as grid:
                build_grid_tab(services, navigation, controls, grid)
            with gr.Tab("Dataset", id="dataset", elem_id="dataset-tab") as dataset:
                build_dataset_tab(services, navigation)
            with gr.Tab("Adapter", id="adapter", elem_id="adapter-tab") as adapter:
                build_adapter_tab(services, navigation, adapter)
            with gr.Tab("About", id="about", elem_id="about-tab") as about:
                build_about_tab(services)
        for tab in (explore, models, grid, dataset, adapter, about):
            keep_tab(tab, "tab", plain="explore")
        gr.HTML(render_footer(model_spec(services.model)), elem_id="footer")
        add_endpoints(services)
    return page


def serve(services: Services, block: bool = True) -> gr.Blocks:
    """Serve the page; with `block`, stay until interrupted."""
    sys.setswitchinterval(SWITCH_S)
    page = build_page(services)
    fetch_within_bounds(LARGEST_UPLOAD)
    # Given from where they lie: Gradio would copy each into a folder of its own, which nothing bounds.
    gr.set_static_paths([services.exporter.folder])
    gate = Middleware(Gate, lambda: page, services.settings.public, LARGEST_UPLOAD)
    page.queue(max_size=queue_size(services.settings.max_waiting))
    page.launch(
        server_name=services.settings.host,
        server_port=services.settings.port,
        theme=_theme(),
        css_paths=[STATIC / f"{name}.css" for name in SHEETS],
        js=read_script("dropdown_menus"),
        head="".join(map(_script, SCRIPTS)),
        footer_links=["api"],
        state_session_capacity=SESSIONS_KEPT,
        run_history=False,
        enable_monitoring=False,
        max_file_size=LARGEST_UPLOAD,
        allowed_paths=[str(path) for path in (*services.served_folders, *local_files(services))],
        ssr_mode=False,
        pwa=False,
        mcp_server=True,
        prevent_thread_lock=True,
        app_kwargs={
            "routes": [build_health_route(services, lambda: page._queue), build_texts_route()],
            "middleware": [gate, Middleware(InLanguage), Middleware(KeptDocument)],
        },
        share=False,  # left out, GRADIO_SHARE or a notebook would show strangers the page, and the faces
        quiet=True,  # it would offer to share the page
    )
    keep_light_sessions(page)
    answer_in_json(page)
    take_own_pictures(page)
    answer_in_language(page)
    print(f"The page is on {page.local_url}", flush=True)
    services.warm_up_faces()
    if block:
        page.block_thread()
    return page


def _script(name: str) -> str:
    return f"<script>{read_script(name)}</script>"


def _theme() -> gr.themes.Base:
    """One accent colour, dark enough for white text on it; the fonts are the system's, named in style.css."""
    theme = gr.themes.Base(primary_hue="teal", secondary_hue="teal", neutral_hue="stone", font=["sans-serif"])
    return theme.set(
        body_text_color_subdued="*neutral_600",
        body_text_color_subdued_dark="*neutral_400",
        color_accent="*primary_700",
        link_text_color="*primary_700",
        link_text_color_hover="*primary_800",
        link_text_color_visited="*primary_700",
        link_text_color_dark="*primary_400",
        link_text_color_hover_dark="*primary_300",
        link_text_color_visited_dark="*primary_400",
        input_placeholder_color="*neutral_600",
        input_placeholder_color_dark="*neutral_400",
        button_primary_background_fill="*primary_700",
        button_primary_background_fill_hover="*primary_800",
        button_primary_background_fill_dark="*primary_700",
        button_primary_background_fill_hover_dark="*primary_600",
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

"""Imports run one way, and each library stays in the layer that needs it."""

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

# What a part may import of our own code. Nothing imports the tests, the bench or the entry point.
ARROWS: dict[str, set[str]] = {
    "app": {"studio", "generation", "prompt_engine"},
    "studio": {"generation", "prompt_engine"},
    "training": {"generation", "prompt_engine"},
    "generation": {"prompt_engine"},
    "prompt_engine": set(),
    "bench": {"studio", "training", "generation", "prompt_engine"},
}

MODEL_LIBRARIES = {
    "torch",
    "diffusers",
    "transformers",
    "tokenizers",
    "peft",
    "safetensors",
    "huggingface_hub",
}

# The libraries a part may import, in every file and in every function.
LIBRARIES: dict[str, set[str]] = {
    "app": set(),
    "prompt_engine": {"numpy", "PIL", "pyarrow", "huggingface_hub", "tqdm"},
    "generation": {"numpy", "PIL", "dotenv", "filelock", "psutil"} | MODEL_LIBRARIES,
    "training": {"numpy", "PIL", "accelerate", "bitsandbytes", "datasets", "prodigyopt", "pyarrow", "tqdm"}
    | MODEL_LIBRARIES,
    "studio": {"numpy", "PIL", "gradio", "markdown_it", "starlette"},
    "bench": {
        "numpy",
        "PIL",
        "httpx",
        "playwright",
        "psutil",
        "pytest",
        "accelerate",
        "diffusers",
        "gradio_client",
        "torch",
    },
}

# Opened by accelerate when a configuration names them.
TRACKERS = {"trackio", "tensorboard"}

# Asked for by name at one place: who borrows GPUs, and what Gradio serves tools with.
OPTIONAL = {"spaces", "mcp"}

# Libraries whose package has another name.
PACKAGES = {"PIL": "Pillow", "dotenv": "python-dotenv", "markdown_it": "markdown-it-py"}

# The one file that may import a library its layer may not.
EXCEPTIONS: dict[str, set[str]] = {
    "generation/loading/quantized.py": {"bitsandbytes"},  # optional: of the packages for training
    "studio/zerogpu.py": {"spaces"},
    "studio/api/tools.py": {"gradio_client", "mcp"},
    "studio/gate/calls.py": {"gradio_client"},
    "studio/gate/fetching.py": {"gradio_client", "httpx", "safehttpx"},  # which Gradio fetches with
    **{
        f"studio/deploy/{name}.py": {"huggingface_hub"}
        for name in ("command", "deploying", "hub", "revisions", "sending", "space", "waiting")
    },
    "studio/deploy/front_matter.py": {"huggingface_hub", "yaml"},
    "studio/deploy/picture_check.py": {"gradio_client"},
    "training/tracking.py": {"trackio", "wandb"},
}


@dataclass(frozen=True)
class Import:
    """One import: the file that holds it and the top-level name it brings in."""

    file: str
    line: int
    top: str

    @property
    def part(self) -> str:
        return Path(self.file).parts[0].removesuffix(".py")


def imports_in(source: str, file: str) -> Iterator[Import]:
    """Every absolute or dynamic import in `source`; relative ones stay inside their part."""
    for node in ast.walk(ast.parse(source)):
        for name in names_imported(node):
            yield Import(file, node.lineno, name.split(".")[0])


def names_imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
        return [node.module]
    if isinstance(node, ast.Call) and ast.unparse(node.func) in (
        "import_module",
        "importlib.import_module",
        "__import__",
    ):
        return [node.args[0].value] if node.args and isinstance(node.args[0], ast.Constant) else []
    return []


def wrong(found: Import) -> str | None:
    """What is wrong with an import, in words; None when nothing is."""
    if found.top in sys.stdlib_module_names or found.top == found.part:
        return None
    place = f"{found.file}:{found.line}"
    if found.top in ARROWS or found.top == "tests":
        return (
            None if found.top in ARROWS[found.part] else f"{place}: {found.part} must not import {found.top}"
        )
    allowed = LIBRARIES[found.part] | EXCEPTIONS.get(found.file, set())
    return None if found.top in allowed else f"{place}: {found.part} must not import the library {found.top}"


def product_files(repository: Path) -> list[Path]:
    folders = [repository / part for part in ARROWS]
    return [repository / "app.py", *(file for folder in folders for file in sorted(folder.rglob("*.py")))]


def test_imports_follow_the_arrows_and_stay_in_their_layer(repository: Path) -> None:
    files = product_files(repository)
    found = [
        one
        for file in files
        for one in imports_in(file.read_text(encoding="utf-8"), file.relative_to(repository).as_posix())
    ]
    assert {one.part for one in found} >= {"app", "studio", "training", "generation", "prompt_engine"}
    assert [problem for one in found if (problem := wrong(one))] == []


def test_every_library_is_a_requirement(repository: Path) -> None:
    """What only another package happens to install may be gone with its next version."""
    names = {part: requirements(repository / f"requirements{part}.txt") for part in ("", "-train", "-dev")}
    libraries = {part: {PACKAGES.get(name, name) for name in allowed} for part, allowed in LIBRARIES.items()}
    served = set().union(*(libraries[part] for part in ARROWS if part not in ("bench", "training")))
    assert served | OPTIONAL <= names[""]
    assert served | libraries["training"] | OPTIONAL | TRACKERS == names[""] | names["-train"]
    assert libraries["bench"] <= names[""] | names["-dev"]


def requirements(file: Path) -> set[str]:
    lines = file.read_text(encoding="utf-8").splitlines()
    return {re.split(r"[<>=!~ ]", line)[0] for line in lines if line and line[0] not in "#-"}


def test_every_top_level_module_belongs_to_a_known_part(repository: Path) -> None:
    folders = {file.parent.name for file in repository.glob("[!.]*/*.py")}
    modules = {file.stem for file in repository.glob("*.py")}
    assert folders | modules <= set(ARROWS) | {"tests"}


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("prompt_engine/faces/folder.py", "import generation.recipe"),
        ("prompt_engine/index.py", "def f():\n    import torch"),
        ("generation/compare.py", "from studio.app import build"),
        ("generation/compare.py", "import gradio as gr"),
        ("studio/app.py", "from training.config import Config"),
        ("studio/app.py", "import importlib\nimportlib.import_module('training.loop')"),
        ("studio/app.py", "import spaces"),
        ("generation/zerogpu.py", "import spaces"),
        ("training/loop.py", "from studio import settings"),
        ("training/loop.py", "import bench.table"),
        ("app.py", "from training.config import Config"),
        ("app.py", "import gradio"),
    ],
)
def test_a_wrong_import_is_found(file: str, source: str) -> None:
    assert any(wrong(one) for one in imports_in(source, file))


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("app.py", "import os\nfrom studio.app import main"),
        ("studio/zerogpu.py", "import spaces"),
        ("studio/tabs/explore.py", "import gradio as gr\nfrom generation.recipe import Recipe"),
        ("training/validation.py", "from generation.compare import compare"),
        ("prompt_engine/faces/drawn.py", "from ..selection import Selection\nimport numpy as np"),
    ],
)
def test_a_right_import_is_left_alone(file: str, source: str) -> None:
    assert not any(wrong(one) for one in imports_in(source, file))

"""Which file a name means: paths, links, the Hub's cache, and what is recorded of it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from generation.adapters.file import (
    RECORD_KEY,
    WEIGHT_NAME,
    AdapterHeader,
    adapter_revision,
    build_adapter_header,
    find_adapter,
    resolve_adapter,
)
from generation.adapters.fit import check_for_model
from generation.adapters.names import HubName, parse_hub_name
from generation.adapters.transformer_outline import build_outline
from generation.errors import AdapterRejected
from generation.models import model_spec
from tests.generation.bad_adapters import A, B


def test_names_on_the_hub_are_told_from_paths() -> None:
    assert parse_hub_name("ada/portraits") == HubName("ada/portraits")
    assert parse_hub_name("ada/por.tra-its_2@refs/pr/1") == HubName("ada/por.tra-its_2", "refs/pr/1")
    assert parse_hub_name("ada/portraits@v1", "0" * 40) == HubName("ada/portraits", "0" * 40)
    assert HubName("ada/portraits", "0" * 40).is_commit
    assert not HubName("ada/portraits", "v1").is_commit
    for text in (
        "demo",
        "ada",
        "/ada/x",
        "./ada",
        "~/x",
        "ada/x/y",
        "ada/x@",
        "ada/x@../y",
        "ada /x",
        "ada/x\n",
    ):
        assert parse_hub_name(text) is None


def test_a_file_is_recorded_by_its_name_and_its_content(adapter_path: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(adapter_path, tmp_path / "mine.safetensors"))
    (tmp_path / "elsewhere").mkdir()
    link = tmp_path / "elsewhere" / "link.safetensors"
    link.symlink_to(path)
    found = find_adapter(str(path))
    assert (found.name, found.revision) == ("mine.safetensors", adapter_revision(path))
    assert not found.is_from_hub
    assert find_adapter(str(link)).name == "mine.safetensors"


def test_a_folder_may_link_within_itself_and_be_a_link(adapter_path: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    shutil.copy(adapter_path, folder / "step-10.weights")
    (folder / WEIGHT_NAME).symlink_to("step-10.weights")
    (tmp_path / "last").symlink_to(folder)
    assert resolve_adapter(str(tmp_path / "last")) == tmp_path / "last" / WEIGHT_NAME


def test_the_links_of_the_hubs_cache_are_followed_and_no_others(adapter_path: Path, tmp_path: Path) -> None:
    snapshot = tmp_path / "models--ada--x" / "snapshots" / ("0" * 40)
    blobs = tmp_path / "models--ada--x" / "blobs"
    snapshot.mkdir(parents=True)
    blobs.mkdir()
    shutil.copy(adapter_path, blobs / "abc")
    (snapshot / WEIGHT_NAME).symlink_to("../../blobs/abc")
    assert resolve_adapter(str(snapshot)) == snapshot / WEIGHT_NAME
    (blobs / "abc").unlink()
    (blobs / "abc").symlink_to(adapter_path)
    with pytest.raises(AdapterRejected, match="link to a file elsewhere"):
        resolve_adapter(str(snapshot))


def test_the_header_is_checked_wherever_the_adapter_lies(adapter_path: Path) -> None:
    def refuse(_: object) -> None:
        raise AdapterRejected("not this one")

    with pytest.raises(AdapterRejected, match="not this one"):
        find_adapter(str(adapter_path), check=refuse)


@pytest.mark.parametrize(("key", "blocks"), [("medium", 24), ("large", 38), ("turbo", 38)])
def test_official_models_are_known_without_their_weights(key: str, blocks: int) -> None:
    outline = build_outline(model_spec(key))
    assert len(outline.transformer_blocks) == blocks
    assert {parameter.device.type for parameter in outline.parameters()} == {"meta"}
    assert hasattr(outline.transformer_blocks[12], "attn2") and (
        (outline.transformer_blocks[12].attn2 is not None) == (key == "medium")
    )


def header_of(width: int, trained_on: str) -> AdapterHeader:
    """An adapter of rank 4 of one layer, of which there is nothing but the header."""
    record = json.dumps({"base_model": {"key": trained_on}})
    size = 4 * width * 2
    parts = {
        A: {"dtype": "BF16", "shape": [4, width], "data_offsets": [0, size]},
        B: {"dtype": "BF16", "shape": [width, 4], "data_offsets": [size, 2 * size]},
    }
    content = json.dumps({"__metadata__": {RECORD_KEY: record}, **parts}).encode()
    return build_adapter_header(Path("lora.safetensors"), content, 8 + len(content) + 2 * size)


def test_a_record_that_its_shapes_belie_is_refused() -> None:
    for trained_on in ("large", "turbo"):
        check_for_model(header_of(2432, trained_on), model_spec("large"))
    with pytest.raises(AdapterRejected, match="on SD 3.5 Medium, but has the shapes of SD 3.5 Large"):
        check_for_model(header_of(2432, "medium"), model_spec("large"))
    with pytest.raises(AdapterRejected, match="made for another model .*takes 1536 values"):
        check_for_model(header_of(2432, "large"), model_spec("medium"))

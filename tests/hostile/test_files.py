"""Files and texts that strangers hand in, damaged at random: read, or refused in a sentence, no more."""

from __future__ import annotations

import json
import struct
import time
import tomllib
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save_file

from generation.adapters.file import build_adapter_header, resolve_adapter
from generation.adapters.header import LENGTH_BYTES
from generation.adapters.names import parse_hub_name
from generation.errors import GenerationError, InvalidRecipe
from generation.example import EXAMPLE_FOLDER
from generation.links import recipe_from_link
from generation.models import model_spec
from generation.png.dropped import read_dropped
from generation.prompts.embeddings import PreparedEmbeddings
from generation.recipe import Recipe
from prompt_engine.attribute_file import parse_attribute_list
from prompt_engine.errors import AttributeFileError
from studio.adapter_tab.card import render_card
from studio.history.entry import KEPT, read_entries
from studio.view import View
from tests.hostile.values import SCRIPTS, TEXTS, examples, hostile
from training.config_file import read_config
from training.errors import ConfigError

PNG = (EXAMPLE_FOLDER / "vanilla.png").read_bytes()
SIGNATURE = PNG[:8]


def chunk(kind: bytes, content: bytes, length: int | None = None) -> bytes:
    size = len(content) if length is None else length
    return struct.pack(">I", size) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def header(width: int = 8, height: int = 8) -> bytes:
    return SIGNATURE + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))


kinds = st.sampled_from(
    [b"tEXt", b"zTXt", b"iTXt", b"acTL", b"fcTL", b"fdAT", b"eXIf", b"iCCP", b"IDAT", b"IEND"]
)
texts = st.text() | st.sampled_from(TEXTS)
places = st.integers(0, len(PNG) - 1)
chunks = st.builds(chunk, kinds, st.binary(max_size=60), st.none() | st.integers(0, 2**32 - 1))


@examples(60)
@given(st.lists(chunks, max_size=6), st.integers(0, 2**31 - 1), st.integers(0, 2**31 - 1))
def test_any_chunks_are_read_or_refused(tmp_path: Path, parts: list[bytes], width: int, height: int) -> None:
    read_quickly(tmp_path, header(width, height) + b"".join(parts))


@examples(60)
@given(
    st.lists(st.tuples(st.integers(0, len(PNG) - 1), st.integers(0, 255)), max_size=5), st.integers(1, 10**6)
)
def test_bits_that_flip_do_no_more_than_be_told(
    tmp_path: Path, flips: list[tuple[int, int]], length: int
) -> None:
    content = bytearray(PNG)
    for place, value in flips:
        content[place] = value
    read_quickly(tmp_path, bytes(content[:length]))


@pytest.mark.parametrize(
    "content",
    [
        header(30_000, 30_000) + chunk(b"IDAT", zlib.compress(bytes(10_000))) + chunk(b"IEND", b""),
        header() + chunk(b"zTXt", b"recipe\0\0" + zlib.compress(zlib.compress(bytes(10**8), 9), 9)),
        header() + chunk(b"iTXt", b"recipe\0\1\0\0\0" + zlib.compress(bytes(5 * 10**8), 9)),
        header() + chunk(b"acTL", struct.pack(">II", 2**31 - 1, 0)) + chunk(b"fcTL", bytes(26)) * 3000,
    ],
    ids=["900 million pixels", "a bomb in a bomb", "half a gigabyte", "an animation without end"],
)
def test_a_bomb_does_not_go_off(tmp_path: Path, content: bytes) -> None:
    read_quickly(tmp_path, content)


def read_quickly(folder: Path, content: bytes) -> None:
    path = folder / "a.png"
    path.write_bytes(content)
    began = time.process_time()
    try:
        fields, told = read_dropped(path)
    except InvalidRecipe as problem:
        assert "a.png" in str(problem) and len(str(problem)) < 2_000
    else:
        assert set(fields) <= set(Recipe.__dataclass_fields__) and all(len(each) < 1_000 for each in told)
    assert time.process_time() - began < 2


@examples(150)
@given(
    st.dictionaries(st.sampled_from("vaqmlsngwpc") | st.text(max_size=3), st.text() | st.sampled_from(TEXTS))
)
def test_any_link_is_a_recipe_or_told(parts: dict[str, str]) -> None:
    link = "https://a.example/?v=1&" + "&".join(f"{name}={text}" for name, text in parts.items())
    for text in (link, "".join(parts.values())):
        try:
            assert recipe_from_link(text).prompt
        except GenerationError as problem:
            assert str(problem)
        view, problems = View.from_address(text.partition("?")[2] or text)
        assert isinstance(view, View) and all(problems)


@examples(150)
@given(st.sampled_from(TEXTS) | st.text() | st.from_regex(r"[\w./@%\\-]{1,40}/[\w./@%\\:-]{1,60}"))
def test_a_name_on_the_hub_stays_on_it(text: str) -> None:
    name = parse_hub_name(text)
    if name is not None:
        whole = f"{name.repository}@{name.revision}"
        assert whole.isascii() and name.repository.count("/") == 1
        assert not {"..", "//", ":", "%", "\\", "?", "#"} & {whole[at : at + 2] for at in range(len(whole))}
        assert not set(":%\\?#") & set(whole)


@examples(80)
@given(data=st.data())
def test_any_header_of_an_adapter_is_read_or_refused(data: st.DataObject) -> None:
    path = resolve_adapter("demo")
    content = path.read_bytes()
    length = int.from_bytes(content[:LENGTH_BYTES], "little")
    told = json.loads(content[LENGTH_BYTES : LENGTH_BYTES + length])
    for name in data.draw(st.lists(st.sampled_from(sorted(told)), max_size=3)):
        field = data.draw(
            st.sampled_from(["dtype", "shape", "data_offsets", "format", "lora_adapter_metadata"])
        )
        told[name] = {**told[name], field: data.draw(hostile)}
    told |= data.draw(st.dictionaries(st.sampled_from(TEXTS[:12]), hostile, max_size=2))
    text = json.dumps(told).encode(errors="surrogatepass")
    try:
        build_adapter_header(path, text, len(content) - length + len(text))
    except GenerationError as problem:
        assert len(str(problem)) < 5_000


@examples(80)
@given(data=st.data())
def test_any_configuration_is_read_or_refused(tmp_path: Path, repository: Path, data: st.DataObject) -> None:
    text = (repository / "training" / "configs" / "demo.toml").read_text()
    tables = tomllib.loads(text)
    section = data.draw(st.sampled_from(sorted(tables)))
    key = data.draw(st.sampled_from(sorted(tables[section])) | st.text(max_size=5))
    damaged = text.encode()[: data.draw(st.integers(0, len(text)))] + data.draw(st.binary(max_size=20))
    file = tmp_path / "a.toml"
    file.write_bytes(data.draw(st.sampled_from([damaged, text.encode()])))
    try:
        read_config(file, [f"{section}.{key}={data.draw(hostile)}"])
    except ConfigError as problem:
        assert str(problem)


@examples(80)
@given(st.binary(max_size=400) | st.sampled_from(TEXTS).map(lambda text: text.encode(errors="replace")))
def test_any_attribute_list_is_read_or_refused(content: bytes) -> None:
    try:
        parse_attribute_list(content, "list.csv")
    except AttributeFileError as problem:
        assert "\n" not in str(problem)


records = st.dictionaries(st.sampled_from(["prompts", "schema", "encoders", "device", "dtype"]), hostile)


@examples(40)
@given(st.binary(max_size=300), records.map(json.dumps) | st.sampled_from(TEXTS))
def test_any_embeddings_are_read_or_refused(tmp_path: Path, content: bytes, record: str) -> None:
    file = tmp_path / "a.safetensors"
    whole = {"prompt_embeddings": record.encode(errors="replace").decode()}
    save_file({"a": np.zeros(1)}, file, metadata=whole)
    for damaged in (file.read_bytes(), file.read_bytes()[:-8] + content, content):
        file.write_bytes(damaged)
        with pytest.raises(GenerationError):
            PreparedEmbeddings(file, model_spec("demo"))


@examples(80)
@given(st.lists(st.dictionaries(st.sampled_from(["recipe", "result", "made", "seconds", "run"]), hostile)))
def test_any_history_is_passed_over(entries: list[object]) -> None:
    assert read_entries(json.dumps(entries * 3)) == ()


@pytest.mark.parametrize("held", [*TEXTS, "[" * 100_000, '[{"recipe":' + '{"a":' * 5_000])
def test_what_is_no_history_is_passed_over(held: str) -> None:
    assert read_entries(held) == ()


def test_a_history_is_read_so_far_and_no_further() -> None:
    recipe = json.loads(Recipe("a man", 3).to_json())
    entries = [{"recipe": recipe, "result": f"{number:064x}", "made": 5} for number in range(KEPT + 50)]
    assert len(read_entries(json.dumps(entries))) == KEPT


@examples(100)
@given(st.lists(st.sampled_from(SCRIPTS) | st.text(max_size=20) | st.sampled_from(TEXTS[:12]), max_size=6))
def test_a_card_is_never_a_script(pieces: list[str]) -> None:
    html = render_card("\n".join(pieces), None).lower()
    for sign in ("<script", "onerror=", "<svg", "<iframe", '="javascript:', "<img", "<base", "<form"):
        assert sign not in html.replace("&lt;", "").replace("<code>", ""), html[:500]

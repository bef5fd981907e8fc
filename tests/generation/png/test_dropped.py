"""What is dropped on the page is read as far as it goes: the rest is named, and nothing in it can do harm."""

from __future__ import annotations

import json
import random
import struct
import time
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from generation.errors import InvalidRecipe
from generation.events import ARMS
from generation.png.comfy_graph import read_graph
from generation.png.dropped import MOST_TOLD, read_dropped
from generation.png.foreign import read_parameters
from generation.png.metadata import read_recipe, render_png
from generation.png.text import LARGEST_FILE, MOST_CHUNKS
from generation.recipe import Recipe
from prompt_engine.selection import Selection

IMAGE = Image.linear_gradient("L").convert("RGB").resize((96, 96))
CHOICE = Selection("female", ("Black_Hair", "Smiling"), ("Eyeglasses",))
RECIPE = Recipe(
    "a woman with black hair and a smile, without eyeglasses",
    7,
    CHOICE,
    model="large",
    adapter="someone/faces",
    adapter_revision="0123456789abcdef0123456789abcdef01234567",
    guidance=4.5,
    adapter_scale=0.75,
    size_px=768,
    step_caching="taylorseer",
)
A1111 = """a portrait of a man, <lora:faceMix:0.8> 35mm
second line
Negative prompt: blurry, bad hands
Steps: 28, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 5.5, Seed: 77, Size: 1024x1024, \
Model hash: abc, Model: sd3.5_large_fp8_scaled, Lora hashes: "faceMix: 1, b: 2", Version: v1.10"""
COMFY = {
    "3": {
        "class_type": "KSampler",
        "inputs": {
            "seed": 77,
            "steps": 28,
            "cfg": 5.5,
            "sampler_name": "euler",
            "model": ["11", 0],
            "positive": ["6", 0],
            "negative": ["7", 0],
            "latent_image": ["5", 0],
        },
    },
    "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "sd35/sd3.5_large.safetensors"}},
    "5": {"class_type": "EmptySD3LatentImage", "inputs": {"width": 768, "height": 768, "batch_size": 1}},
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a portrait of a man", "clip": ["4", 1]}},
    "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "blurry", "clip": ["4", 1]}},
    "8": {"class_type": "VAEDecode", "inputs": {"samples": ["3", 0], "vae": ["4", 2]}},
    "11": {"class_type": "LoraLoader", "inputs": {"lora_name": "face.safetensors", "model": ["4", 0]}},
}
WORKFLOW = {
    "nodes": [
        {
            "id": 3,
            "type": "KSampler",
            "inputs": [{"name": "positive", "link": 1}, {"name": "latent_image", "link": 2}],
            "widgets_values": [77, "randomize", 28, 5.5, "euler", "simple", 1],
        },
        {"id": 6, "type": "CLIPTextEncode", "inputs": [], "widgets_values": ["a portrait of a man"]},
        {"id": 5, "type": "EmptySD3LatentImage", "widgets_values": [768, 768, 1]},
        {"id": 9, "type": "Note", "widgets_values": {"text": "hello"}},
    ],
    "links": [[1, 6, 0, 3, 1, "CONDITIONING"], [2, 5, 0, 3, 3, "LATENT"]],
}


def picture(path: Path, **texts: str) -> Path:
    chunks = PngImagePlugin.PngInfo()
    for name, text in texts.items():
        chunks.add_itxt(name, text)
    IMAGE.save(path, format="PNG", pnginfo=chunks)
    return path


@pytest.mark.parametrize("arm", ARMS)
def test_our_own_comes_back_whole(arm: str, tmp_path: Path) -> None:
    path = tmp_path / "ours.png"
    path.write_bytes(render_png(IMAGE, RECIPE, arm))
    fields, told = read_dropped(path)
    assert told == () and Recipe(**fields) == RECIPE


def test_our_parameters_say_it_too(tmp_path: Path) -> None:
    path = tmp_path / "ours.png"
    path.write_bytes(render_png(IMAGE, RECIPE, "fine_tuned"))
    with Image.open(path) as image:
        parameters = image.text["parameters"]
    fields, told = read_dropped(picture(path, parameters=parameters))
    asked = ("prompt", "seed", "model", "adapter", "adapter_scale", "steps", "guidance", "size_px")
    assert fields == {name: getattr(RECIPE, name) for name in asked}
    assert told == ()


def test_of_our_own_a_broken_field_is_named_and_left_alone(tmp_path: Path) -> None:
    values = json.loads(RECIPE.to_json())
    broken = values | {"steps": 999, "stepz": 1, "adapter": "/srv/me/x", "selection": {"gender": "x"}}
    fields, told = read_dropped(picture(tmp_path / "a.png", recipe=json.dumps(broken)))
    for name in ("steps", "adapter", "adapter_revision", "stepz"):
        assert name not in fields
    assert (fields["seed"], fields["guidance"], fields["size_px"]) == (7, 4.5, 768)
    assert len(told) == 4
    for named in ("999", "'stepz'", "'/srv/me/x'", "'x'"):
        assert sum(named in sentence for sentence in told) == 1, named


@pytest.mark.parametrize("text", ["{", '{"schema":99}', "[]"])
def test_without_a_usable_recipe_the_parameters_are_read(text: str, tmp_path: Path) -> None:
    fields, told = read_dropped(
        picture(tmp_path / "a.png", recipe=text, parameters="a man\nSteps: 20, Seed: 3")
    )
    assert fields == {"prompt": "a man", "steps": 20, "seed": 3}
    assert len(told) == 1 and "recipe" in told[0]


def test_a1111_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    fields, told = read_dropped(picture(tmp_path / "a.png", parameters=A1111))
    assert fields == {
        "prompt": "a portrait of a man, 35mm second line",
        "model": "large",
        "steps": 28,
        "guidance": 5.5,
        "seed": 77,
        "size_px": 1024,
    }
    assert len(told) == 4
    for named in ("'faceMix'", "'blurry, bad hands'", "'DPM++ 2M'", "Schedule type, Model hash, Lora hashes"):
        assert sum(named in sentence for sentence in told) == 1, named


def test_what_this_app_cannot_make_is_told_field_by_field(tmp_path: Path) -> None:
    text = "a man\nSteps: 200, Sampler: Euler, CFG scale: x, Seed: 99999999999, Size: 832x1216, Model: pony"
    fields, told = read_dropped(picture(tmp_path / "a.png", parameters=text), model="turbo")
    assert fields == {"prompt": "a man"}
    for named in ("1 to 10", "'x'", "99999999999", "'832' × '1216'", "'pony'"):
        assert sum(named in sentence for sentence in told) == 1, named
    assert len(told) == 5


@pytest.mark.parametrize("texts", [{"prompt": COMFY}, {"prompt": COMFY, "workflow": WORKFLOW}])
def test_comfyui_is_read_from_the_graph_that_ran(texts: dict[str, Any], tmp_path: Path) -> None:
    texts = {name: json.dumps(graph) for name, graph in texts.items()}
    fields, told = read_dropped(picture(tmp_path / "a.png", **texts))
    assert fields == {
        "prompt": "a portrait of a man",
        "model": "large",
        "steps": 28,
        "guidance": 5.5,
        "seed": 77,
        "size_px": 768,
    }
    assert len(told) == 2 and "'blurry'" in str(told) and "'face.safetensors'" in str(told)


def test_comfyui_is_read_from_the_drawing_where_nothing_ran(tmp_path: Path) -> None:
    path = picture(tmp_path / "a.png", workflow=json.dumps(WORKFLOW), prompt="{")
    fields, told = read_dropped(path, model="large")
    assert fields == {
        "prompt": "a portrait of a man",
        "steps": 28,
        "guidance": 5.5,
        "seed": 77,
        "size_px": 768,
    }
    assert told == ()


def test_a_guided_sampler_has_its_settings_in_other_nodes() -> None:
    graph = {
        "1": {
            "class_type": "SamplerCustomAdvanced",
            "inputs": {"noise": ["2", 0], "guider": ["3", 0], "sigmas": ["4", 0]},
        },
        "2": {"class_type": "RandomNoise", "inputs": {"noise_seed": 5}},
        "3": {"class_type": "CFGGuider", "inputs": {"cfg": 3, "positive": ["5", 0], "negative": ["6", 0]}},
        "4": {"class_type": "BasicScheduler", "inputs": {"steps": 9}},
        "5": {"class_type": "CLIPTextEncodeSD3", "inputs": {"clip_l": "", "t5xxl": ["7", 0]}},
        "6": {"class_type": "CLIPTextEncode", "inputs": {"text": ""}},
        "7": {"class_type": "PrimitiveString", "inputs": {"value": "a man"}},
    }
    found = read_graph(json.dumps(graph), None)
    assert found.values == {"seed": 5, "steps": 9, "guidance": 3, "prompt": "a man"}
    assert found.told == []


def test_settings_that_are_all_broken_are_named_and_no_part_of_the_prompt(tmp_path: Path) -> None:
    text = "just a prompt\nSteps: many, CFG scale: -3, Seed: 99999999999999, Size: big"
    fields, told = read_dropped(picture(tmp_path / "a.png", parameters=text))
    assert fields == {"prompt": "just a prompt"}
    for named in ("Steps is 'many'", "'big'", "-3", "99999999999999"):
        assert sum(named in sentence for sentence in told) == 1, named
    assert len(told) == 4


def test_a_prompt_of_several_lines_stays_one() -> None:
    for last in ("Steps: up to a door", "style: oil, mood: calm, light: soft, size: large"):
        assert read_parameters(f"a man\n{last}").values == {"prompt": f"a man {last}"}


def test_comfyui_values_from_other_nodes_are_read_or_named() -> None:
    graph = json.loads(json.dumps(COMFY))
    graph["3"]["inputs"] |= {"seed": ["20", 0], "steps": ["21", 0], "cfg": ["22", 0], "denoise": 0.6}
    graph["20"] = {"class_type": "PrimitiveInt", "inputs": {"value": 123}}
    graph["21"] = {"class_type": "Arithmetic", "inputs": {"a": ["20", 0], "steps_of": 9}}
    found = read_graph(json.dumps(graph), None)
    assert found.values["seed"] == 123 and not {"steps", "guidance"} & found.values.keys()
    for named in ("Steps comes from another node", "CFG comes from another node", "Denoise is 0.6"):
        assert sum(named in sentence for sentence in found.told) == 1, named
    drawing = json.loads(json.dumps(WORKFLOW))
    drawing["nodes"][0]["inputs"].append({"name": "seed", "link": 3, "widget": {"name": "seed"}})
    drawing["nodes"].append({"id": 20, "type": "PrimitiveNode", "widgets_values": [124, "fixed"]})
    drawing["links"].append([3, 20, 0, 3, 4, "INT"])
    assert read_graph(None, json.dumps(drawing)).values["seed"] == 124


def test_graphs_that_turn_in_circles_or_hold_nothing_end() -> None:
    circle = {
        str(number): {"class_type": "KSampler", "inputs": {"positive": [str(number), 0], "x": ["2", 0]}}
        for number in range(3)
    }
    assert "no prompt" in str(read_graph(json.dumps(circle), None).told)
    for text in (
        None,
        "",
        "{",
        "[]",
        "[" * 10**5,
        '{"1":{"inputs":[]}}',
        '{"1":7}',
        '{"nodes":[1],"links":[2]}',
    ):
        assert read_graph(text, text).values == {}
        assert len(read_graph(text, text).told) == 1


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("sd3.5_large", "large"),
        ("sd3.5_large_turbo.safetensors", "turbo"),
        ("models\\sd3.5_medium_incl_clips_t5xxlfp8scaled.safetensors", "medium"),
        ("stable-diffusion-3.5-large-turbo", "turbo"),
        ("demo-model", "demo"),
        ("sd3.5_large_myOwnMix", None),
        ("sd3_medium", None),
        ("", None),
    ],
)
def test_official_weights_are_known_by_their_files_names(name: str, key: str | None) -> None:
    found = read_parameters(f"a man\nSteps: 20, Model: {name}")
    assert found.values.get("model") == key
    assert len(found.told) == (key is None)


@given(st.text())
def test_any_text_is_some_parameters(text: str) -> None:
    for whole in (text, f"a\nSteps: 1, {text}"):
        found = read_parameters(whole)
        assert all(isinstance(value, str | int | float) for value in found.values.values())


def test_many_sentences_are_cut_short(tmp_path: Path) -> None:
    recipe = json.dumps({"schema": 2, "prompt": "a", "seed": 1, **{f"x{number}": 1 for number in range(50)}})
    fields, told = read_dropped(picture(tmp_path / "a.png", recipe=recipe))
    assert fields == {"prompt": "a", "seed": 1}
    assert len(told) == MOST_TOLD + 1 and told[-1].startswith("40 more")


def test_a_picture_without_settings_says_so(tmp_path: Path) -> None:
    fields, told = read_dropped(picture(tmp_path / "plain.png"))
    assert fields == {} and told == ("plain.png does not say how it was made.",)


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(*between: bytes, width: int = 8, height: int = 8) -> bytes:
    """A PNG with more chunks before its pixels."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    pixels = zlib.compress(bytes(min(width, 9000) // 8 + 2) * min(height, 1000))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(between) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


MEGABYTES = zlib.compress(b"x" * 40_000_000, 9)
HOSTILE = {
    "pixels": lambda: png(width=2**31 - 1, height=2**31 - 1),
    "one compressed text": lambda: png(chunk(b"zTXt", b"recipe\0\0" + MEGABYTES)),
    "one compressed international text": lambda: png(chunk(b"iTXt", b"recipe\0\1\0\0\0" + MEGABYTES)),
    "many texts": lambda: png(*[chunk(b"zTXt", b"a\0\0" + zlib.compress(b"x" * 10**6))] * 100),
    "many parts": lambda: png(chunk(b"tEXt", b"a\0") * (MOST_CHUNKS + 1)),
    "a lie about its length": lambda: png(struct.pack(">I", 2**31 - 1) + b"tEXtrecipe\0"),
    "a wrong checksum": lambda: png(chunk(b"tEXt", b"recipe\0{}")[:-4] + b"0000"),
    "another format": lambda: b"GIF89a" + bytes(100),
    "nothing": lambda: b"",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_file_is_refused_quickly(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(HOSTILE[kind]())
    started = time.process_time()
    for read in (read_dropped, read_recipe):
        with pytest.raises(InvalidRecipe, match="a.png"):
            read(path)
    assert time.process_time() - started < 1


def test_a_large_picture_is_not_unpacked_for_its_settings(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    text = chunk(b"tEXt", b"parameters\0a man\nSteps: 20, Seed: 3")
    path.write_bytes(png(text, width=9000, height=9000))  # its pixels end early, which nobody looks at
    assert read_dropped(path)[0] == {"prompt": "a man", "steps": 20, "seed": 3}


def test_text_that_stands_after_the_pixels_is_read(tmp_path: Path) -> None:
    path, end = tmp_path / "a.png", 12  # bytes of the last chunk
    late = chunk(b"tEXt", b"recipe\0" + RECIPE.to_json().encode("latin-1"))
    plain = picture(path).read_bytes()
    path.write_bytes(plain[:-end] + late + plain[-end:])
    assert Recipe(**read_dropped(path)[0]) == RECIPE


def test_a_file_too_large_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    with path.open("wb") as file:
        file.truncate(LARGEST_FILE + 1)
    with pytest.raises(InvalidRecipe, match="64,000,001 bytes"):
        read_dropped(path)


def test_no_damage_to_a_file_does_more_than_be_told(tmp_path: Path) -> None:
    rng, path = random.Random(0), tmp_path / "a.png"
    whole = render_png(IMAGE, RECIPE, "vanilla")
    for _ in range(300):
        damaged = bytearray(whole)
        for _ in range(rng.randrange(1, 6)):
            damaged[rng.randrange(len(damaged) // 2)] = rng.randrange(256)
        path.write_bytes(damaged[: rng.randrange(8, len(whole) + 1)] if rng.random() < 0.3 else damaged)
        try:
            fields, _ = read_dropped(path)
        except InvalidRecipe:
            continue
        assert set(fields) <= set(Recipe.__dataclass_fields__)

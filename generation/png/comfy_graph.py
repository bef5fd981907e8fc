"""The graph in a PNG of ComfyUI's: the settings that lead to its sampler, wherever in it they are."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from generation.png.foreign_settings import Found

MOST_NODES = 5_000

# What the widgets of a node are called, in the order in which `workflow` lists their values.
_WIDGETS = {
    "KSampler": ("seed", "", "steps", "cfg", "sampler_name", "scheduler", "denoise"),
    "KSamplerAdvanced": ("", "noise_seed", "", "steps", "cfg", "sampler_name", "scheduler"),
    "RandomNoise": ("noise_seed",),
    "BasicScheduler": ("scheduler", "steps", "denoise"),
    "KSamplerSelect": ("sampler_name",),
    "CFGGuider": ("cfg",),
    "CLIPTextEncode": ("text",),
    "CLIPTextEncodeSD3": ("clip_l", "clip_g", "t5xxl", "empty_padding"),
    "CheckpointLoaderSimple": ("ckpt_name",),
    "UNETLoader": ("unet_name", "weight_dtype"),
    "EmptyLatentImage": ("width", "height", "batch_size"),
    "EmptySD3LatentImage": ("width", "height", "batch_size"),
    "LoraLoader": ("lora_name", "strength_model", "strength_clip"),
    "LoraLoaderModelOnly": ("lora_name", "strength_model"),
    "PrimitiveNode": ("value",),
    "PrimitiveInt": ("value",),
    "PrimitiveFloat": ("value",),
}
_NUMBERS = {
    "seed": (("seed", "noise_seed"), "The seed"),
    "steps": (("steps",), "Steps"),
    "guidance": (("cfg",), "CFG"),
}
_WORDS = ("text", "t5xxl", "clip_l", "clip_g", "prompt", "string", "value")

Node = dict[str, Any]
Graph = dict[str, Node]


def read_graph(prompt: str | None, workflow: str | None) -> Found:
    """The settings of the sampler, as fields of a recipe that are yet to be checked.

    `prompt` is the graph as it ran, `workflow` as it was drawn: read where the other says nothing.
    """
    for graph in (_ran(prompt), _drawn(workflow)):
        samplers = [node for node in graph.values() if _is_sampler(node)]
        if samplers:
            return _read_sampler(graph, samplers)
    return Found(told=["Its ComfyUI graph has no sampler that can be read: it is left out."])


def _read_sampler(graph: Graph, samplers: list[Node]) -> Found:
    found, sampler = Found(), samplers[0]
    if len(samplers) > 1:
        found.told.append(f"Its ComfyUI graph has {len(samplers)} samplers: only the first one is read.")
    for name, (inputs, title) in _NUMBERS.items():
        value = _number(graph, sampler, inputs, title, found)
        if value is not None:
            found.add_number(name, title, value)
    width, height = (_number(graph, sampler, (side,), f"The {side}", found) for side in ("width", "height"))
    if width is not None and height is not None:
        found.add_size(width, height)
    _tell_denoise(_number(graph, sampler, ("denoise",), "Denoise", found), found)
    _read_words(graph, sampler, found)
    model = _first(graph, sampler, ("ckpt_name", "unet_name"))
    if model is not None:
        found.add_model(model)
    for node in _behind(graph, sampler):
        if isinstance(node["inputs"].get("lora_name"), str):
            found.add_lora(node["inputs"]["lora_name"])
    found.add_sampler(_first(graph, sampler, ("sampler_name",)) or "")
    return found


def _tell_denoise(share: Any, found: Found) -> None:
    if isinstance(share, int | float) and share < 1:
        found.told.append(
            f"Denoise is {share:g}: it began with another picture, which is not here, so the portraits begin "
            "with noise alone."
        )


def _read_words(graph: Graph, sampler: Node, found: Found) -> None:
    for node in _behind(graph, sampler):
        for side in ("positive", "conditioning", "negative"):
            start = _linked(graph, node["inputs"].get(side))
            words = _first(graph, start, _WORDS) if start else None
            if words is None:
                continue
            if side == "negative":
                found.add_negative(words)
            else:
                found.values["prompt"] = " ".join(str(words).split())
        if "prompt" in found.values:
            return
    found.told.append("Its ComfyUI graph has no prompt that can be read.")


def _is_sampler(node: Node) -> bool:
    names = node["inputs"].keys()
    return "sampler" in node["class_type"].lower() and bool({"positive", "guider"} & names)


def _first(graph: Graph, start: Node, names: tuple[str, ...]) -> Any:
    """The value of the input nearest to a node that is called so; None where there is none."""
    for node in _behind(graph, start):
        for name in names:
            value = node["inputs"].get(name)
            if isinstance(value, str | int | float) and value != "":
                return value
    return None


def _number(graph: Graph, start: Node, names: tuple[str, ...], title: str, found: Found) -> Any:
    """The nearest input that is called so, or what the node that it is linked to holds; else it is told."""
    for node in _behind(graph, start):
        for name in names:
            value = node["inputs"].get(name)
            if isinstance(value, list):
                held = (_linked(graph, value) or {"inputs": {}})["inputs"]
                plain = [held[key] for key in (name, "value") if isinstance(held.get(key), str | int | float)]
                if not plain:
                    found.told.append(
                        f"{title} comes from another node of its ComfyUI graph, where it cannot be read: it "
                        "is left as it was."
                    )
                    return None
                value = plain[0]
            if isinstance(value, str | int | float) and value != "":
                return value
    return None


def _behind(graph: Graph, start: Node) -> Iterator[Node]:
    """A node and all that lead to it, the nearest first."""
    waiting, seen = [start], {id(start)}
    for node in waiting:
        yield node
        for value in node["inputs"].values():
            other = _linked(graph, value)
            if other is not None and id(other) not in seen:
                seen.add(id(other))
                waiting.append(other)


def _linked(graph: Graph, value: Any) -> Node | None:
    """The node that an input takes its value from."""
    return graph.get(str(value[0])) if isinstance(value, list) and len(value) == 2 else None


def _ran(text: str | None) -> Graph:
    nodes = _parsed(text)
    return {
        str(key): {"class_type": str(node.get("class_type", "")), "inputs": node["inputs"]}
        for key, node in list(nodes.items())[:MOST_NODES]
        if isinstance(node, dict) and isinstance(node.get("inputs"), dict)
    }


def _drawn(text: str | None) -> Graph:
    """The graph as it was drawn, in the form of one that ran."""
    drawing = _parsed(text)
    nodes, links = (drawing.get(name) for name in ("nodes", "links"))
    if not isinstance(nodes, list) or not isinstance(links, list):
        return {}
    sources = {str(link[0]): [link[1], link[2]] for link in links if isinstance(link, list) and len(link) > 2}
    return {
        str(node.get("id")): {"class_type": str(node.get("type", "")), "inputs": _inputs(node, sources)}
        for node in nodes[:MOST_NODES]
        if isinstance(node, dict)
    }


def _inputs(node: Node, sources: dict[str, list[Any]]) -> dict[str, Any]:
    widgets, inputs = node.get("widgets_values"), node.get("inputs")
    names = _WIDGETS.get(str(node.get("type")), ())
    written = dict(zip(names, widgets, strict=False)) if isinstance(widgets, list) else {}
    linked = {
        str(each.get("name")): sources[str(each.get("link"))]
        for each in (inputs if isinstance(inputs, list) else [])
        if isinstance(each, dict) and str(each.get("link")) in sources
    }
    return {**written, **linked}


def _parsed(text: str | None) -> dict[str, Any]:
    try:
        value = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}

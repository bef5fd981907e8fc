"""The command models, from a shell's view: what is on, why the others are off, and fetching one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from huggingface_hub import constants

from generation.__main__ import main
from generation.events import Finished
from generation.loading.machine import Machine, offer, offers
from generation.loading.placement import FreeMemory
from generation.models import MODELS
from generation.recipe import Recipe
from generation.workshop.settings import WorkshopSettings
from generation.workshop.workshop import Workshop
from tests.generation.model_hub import serve_model
from tests.hub_api.client import TOKEN, use_hub
from tests.hub_api.server import HubApi
from tests.prompt_engine.faces.hub_server import Faults
from tests.small_models import build_small_sd35

GPU = Machine("A GPU", FreeMemory(gpu=80_000_000_000, host=64_000_000_000), token=True, offline=False)
NO_GPU = replace(GPU, gpu=None, free=FreeMemory(None, 64_000_000_000))
SMALL_GPU = replace(GPU, free=FreeMemory(gpu=6_000_000_000, host=64_000_000_000))
GATED = {"X-Error-Code": "GatedRepo", "X-Error-Message": "Access to this model is restricted."}


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[HubApi]:
    with HubApi() as server:
        use_hub(server, monkeypatch, tmp_path)
        yield server


def reasons(machine: Machine, ask_hub: bool = False) -> dict[str, str | None]:
    return {each.key: each.problem for each in offers(machine, ask_hub)}


def test_the_demo_model_is_on_everywhere(hub: HubApi) -> None:
    for machine in (GPU, NO_GPU, SMALL_GPU):
        demo = offer(MODELS["demo"], machine, ask_hub=True)
        assert demo.on and demo.placement and demo.link is None
    assert hub.asked == []


@pytest.mark.parametrize(
    ("machine", "words"),
    [
        (NO_GPU, "needs a GPU"),
        (SMALL_GPU, "takes at least .* GB of the GPU's memory, of which 6.0 GB are free"),
        (GPU, "not on this machine: accept the licence on .*--download"),
    ],
)
def test_each_reason_has_a_sentence_and_a_link(hub: HubApi, machine: Machine, words: str) -> None:
    for each in offers(machine):
        if each.key != "demo":
            assert not each.on and each.placement is None
            assert each.link == f"https://huggingface.co/{MODELS[each.key].repo}"
            assert re.search(words, str(each.problem))
    assert hub.asked == []


def test_the_hub_is_asked_only_where_a_download_would_help(hub: HubApi) -> None:
    hub.faults = Faults("resolve", 403, GATED)
    assert all("may not read" in (said or "") for key, said in reasons(GPU, True).items() if key != "demo")
    asked = len(hub.asked)
    for machine in (NO_GPU, SMALL_GPU, replace(GPU, offline=True)):
        assert reasons(machine, True) == reasons(machine)
    assert len(hub.asked) == asked


def test_without_a_token_that_is_the_reason(hub: HubApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_TOKEN")
    hub.faults = Faults("resolve", 401, GATED)
    assert "set HF_TOKEN to a token" in str(reasons(GPU, True)["large"])


def test_a_fetched_model_with_all_three_encoders_makes_pictures(
    hub: HubApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = build_small_sd35(tmp_path / "turbo", dual_attention=False, blocks=2)
    serve_model(hub, "turbo", folder)
    assert main(["models", "--download", "turbo", "--json"]) == 0
    out, err = capsys.readouterr()
    assert "Fetching" in err and TOKEN not in out + err
    told = json.loads(out)
    turbo = next(each for each in told["models"] if each["key"] == "turbo")
    assert turbo["steps"] == {"default": 4, "range": [1, 10]} and turbo["guidance"]["default"] == 0
    assert told["schema"] == 1 and told["machine"]["token"] is True
    assert offer(MODELS["turbo"], GPU).on
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    asked = len(hub.asked)
    recipe = Recipe("a woman with black hair", 7, model="turbo", adapter=None, steps=1, size_px=512)
    *_, last = Workshop("cpu", settings=WorkshopSettings(anyway=True)).compare(recipe)
    assert isinstance(last, Finished) and last.comparison.image("vanilla").size == (512, 512)
    assert last.comparison.recipe.model_revision == hub.repositories[MODELS["turbo"].repo].refs["main"]
    assert len(hub.asked) == asked


def test_it_says_what_is_on_and_off_in_lines(hub: HubApi, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models"]) == 0
    first, demo, *others = capsys.readouterr().out.splitlines()
    assert first.startswith("GPU: ") and first.endswith(" free.")
    assert demo.startswith("demo: on, all on the ")
    assert [line.split(" ")[:2] for line in others] == [
        [f"{key}:", "off."] for key in MODELS if key != "demo"
    ]


@pytest.mark.parametrize(
    ("model", "words"), [("demo", "nothing to download"), ("larg", "did you mean 'large'")]
)
def test_what_cannot_be_fetched_is_one_sentence(
    hub: HubApi, capsys: pytest.CaptureFixture[str], model: str, words: str
) -> None:
    assert main(["models", "--download", model]) == 2
    out, err = capsys.readouterr()
    assert words in err and not out and err.count("\n") == 1


def test_the_licence_that_is_not_accepted_ends_a_download(
    hub: HubApi, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hub.faults = Faults("resolve|api", 403, GATED)
    assert main(["models", "--download", "large"]) == 2
    assert "accept the licence on https://huggingface.co/stabilityai" in capsys.readouterr().err

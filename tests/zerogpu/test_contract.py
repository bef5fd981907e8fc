"""The contract with ZeroGPU, held by the real app, the real `spaces` and a real client over HTTP."""

from __future__ import annotations

import os
import signal
import time
from concurrent.futures import as_completed
from pathlib import Path
from typing import Any

import psutil
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError
from PIL import Image, ImageChops
from safetensors.numpy import load_file, save_file

from generation.adapters.file import resolve_adapter
from generation.recipe import Recipe
from studio.durations import read_durations
from studio.messages import KNOWN
from studio.settings import Settings
from studio.zerogpu import GPUS_AT_ONCE
from tests.zerogpu.conftest import GPU_SECONDS, OTHER_ADAPTER, PATIENCE_S, SpaceOnZeroGpu
from tests.zerogpu.device_api import Answer, Lent, Queued, Quota, Status

PROMPT = "a man with a goatee"
MAX_WAITING = Settings.max_waiting
QUICK = {"gender": "male", "attributes": ["Goatee"], "steps": 4}


def compare(client: Client, **changed: Any) -> tuple[Image.Image, Image.Image]:
    asked = client.submit(**(QUICK | changed), api_name="/compare")
    vanilla, fine_tuned, _ = asked.result(timeout=PATIENCE_S)
    return Image.open(vanilla).convert("RGB"), Image.open(fine_tuned).convert("RGB")


def same(one: Image.Image, other: Image.Image) -> bool:
    return ImageChops.difference(one, other).getbbox() is None


def test_the_app_reports_its_start_and_lets_visitors_wait(space: SpaceOnZeroGpu) -> None:
    assert space.api.started == 1
    models, (own, other) = zip(*space.hello["loaded"], strict=True)  # before the page is launched
    assert set(models) == {"demo"} and own == "demo" and Path(other).name == OTHER_ADAPTER
    assert space.hello["queue"] == 2 * MAX_WAITING  # left to Gradio, one on ZeroGPU


def test_a_comparison_borrows_a_gpu_once_for_the_seconds_it_needs(
    space: SpaceOnZeroGpu, clients: dict[str, Client]
) -> None:
    compare(clients["stranger"], seed=1)
    compare(clients["stranger"], seed=1, steps=50)
    durations = read_durations(GPU_SECONDS)
    declared = [durations.declared_s(Recipe(PROMPT, seed=1, steps=steps)) for steps in (4, 50)]
    assert [int(asked["durationSeconds"]) for asked in space.api.asked] == declared
    assert {asked["gpuSize"] for asked in space.api.asked} == {"large"}
    loan = space.loan(-1)
    assert loan.failed is False
    assert psutil.Process(loan.pid).ppid() == space.hello["pid"]
    assert any("4 steps, 96 px, 4 rows: 2 s declared" in line for line in space.log)


def test_what_is_stored_asks_for_no_gpu(space: SpaceOnZeroGpu, clients: dict[str, Client]) -> None:
    made = compare(clients["stranger"], seed=2)
    space.loan(-1)
    space.api.answers = [Status(503)]  # for whoever asks all the same
    again = compare(clients["known"], seed=2)
    assert len(space.api.asked) == 1
    assert all(map(same, made, again))


def test_a_warm_worker_serves_the_next_visitor_and_never_mixes_strengths(
    space: SpaceOnZeroGpu, clients: dict[str, Client]
) -> None:
    stranger, known = clients["stranger"], clients["known"]
    full = compare(stranger, seed=3)
    first = space.loan(-1)
    none = compare(known, seed=3, adapter_scale=0)
    half = compare(stranger, seed=3, adapter_scale=0.5)
    space.forget_results()
    again = compare(known, seed=3)
    loans = space.api.loans[space.api.loans.index(first) :]
    assert {loan.pid for loan in loans} == {first.pid} and all(loan.idle for loan in loans[1:])
    assert all(map(same, full, again)) and same(*none)
    assert not same(*full) and not same(*half) and not same(full[1], half[1])
    assert all(same(full[0], vanilla) for vanilla, _ in (none, half))


def test_an_adapter_that_changes_nothing_is_found_out_on_the_gpu_and_the_next_visitor_served(
    space: SpaceOnZeroGpu, clients: dict[str, Client], tmp_path: Path
) -> None:
    weights, mute = load_file(resolve_adapter("demo")), tmp_path / "mute.safetensors"
    save_file({key: weight * 1e-9 for key, weight in weights.items()}, mute)
    space.ask(prompt=PROMPT, seed=8, steps=4, adapter=str(mute))
    told = space.hear("StoredComparison")
    assert told["kind"] == "adapter refused"
    assert "mute.safetensors changes nothing that this model computes" in told["sentence"]
    assert len(space.api.asked) == 1
    assert not same(*compare(clients["known"], seed=8))


REFUSALS: list[tuple[str, Answer, str, dict[str, str]]] = [
    ("known", Quota(5, 11_040), "quota", {"when": "in 3 h 04 min"}),
    ("stranger", Quota(0, 600), "quota", {"figures": "", "when": "later"}),
    (
        "known",
        Quota(100, -1),
        "quota",
        {"figures": " (2 s at once are more than anyone may borrow)", "when": "later"},
    ),
    ("known", Quota(100, 0), "quota", {"figures": "", "when": "later"}),
    ("stranger", Status(503), "busy", {}),
    ("stranger", Status(500), "busy", {}),
    ("known", Status(401), "queue full", {}),
    ("stranger", Queued(ends="failed"), "no gpu", {}),
    ("known", Queued(ends="failed"), "no gpu", {}),
    ("stranger", Lent(dies=True), "aborted", {}),
    ("stranger", Lent(refused=True), "aborted", {}),
]


@pytest.mark.parametrize(("who", "answer", "kind", "figures"), REFUSALS)
def test_every_refusal_is_a_sentence_with_an_action(
    who: str,
    answer: Answer,
    kind: Any,
    figures: dict[str, str],
    space: SpaceOnZeroGpu,
    clients: dict[str, Client],
) -> None:
    space.api.forget_workers()
    space.api.answers = [answer]
    with pytest.raises(AppError) as told:
        compare(clients[who], seed=4)
    figures = {"figures": " (2 s are asked for, 5 s are left)"} | figures
    assert str(told.value) == KNOWN[kind].text(**figures)


def test_who_waits_in_zerogpus_queue_is_served(space: SpaceOnZeroGpu, clients: dict[str, Client]) -> None:
    space.api.answers = [Queued(pings=2)]
    assert len(compare(clients["stranger"], seed=5)) == 2


@pytest.mark.parametrize(
    ("blow", "kind"), [(signal.SIGKILL, "worker death"), (signal.SIGSTOP, "timeout")], ids=str
)
def test_a_gpu_that_is_lost_midway_is_told_and_the_next_one_serves(
    blow: signal.Signals, kind: Any, space: SpaceOnZeroGpu
) -> None:
    space.api.take_back = True
    space.ask(prompt=PROMPT, seed=6, steps=4)
    assert space.hear("Progress")["event"] == "Progress"
    pid = space.api.loans[-1].pid
    assert pid is not None
    os.kill(pid, blow)
    problem = space.hear()
    assert problem["kind"] == kind
    assert problem["sentence"] in {KNOWN[kind].text(seconds=seconds) for seconds in range(2, 60)}
    space.api.take_back = False
    space.ask(prompt=PROMPT, seed=6, steps=4)
    assert space.hear("StoredComparison")["event"] == "StoredComparison"


@pytest.mark.parametrize(
    ("leave_at", "answer"),
    [("Progress", Lent()), ("Waiting", Queued(pings=20))],
    ids=["while it is made", "while they wait in ZeroGPU's queue"],
)
def test_who_leaves_is_let_go_at_once_and_the_worker_is_free(
    leave_at: str, answer: Answer, space: SpaceOnZeroGpu
) -> None:
    borrowed = len(space.api.loans)
    space.api.answers = [answer]
    space.ask(leave_at=leave_at, prompt=PROMPT, seed=7, steps=50)
    assert space.hear("left")["seconds"] < 1  # not until the GPU is free, or the portraits are made
    loan = space.loan(borrowed)
    assert loan.failed is False
    assert not list(space.results.glob("comparisons/*/*/result.json"))
    space.ask(prompt=PROMPT, seed=7, steps=4)
    assert space.hear("StoredComparison")["event"] == "StoredComparison"
    assert space.loan(borrowed + 1).pid == loan.pid


@pytest.mark.parametrize(
    ("recipe", "kind"),
    [
        ({"model": "large"}, "model off"),
        ({"adapter": "./nowhere.safetensors"}, "adapter refused"),
        ({"adapter": "nowhere/at-all"}, "hub"),  # the tests are offline
        ({"adapter_revision": "0" * 64}, "adapter refused"),
    ],
)
def test_what_cannot_be_made_asks_for_no_gpu(
    recipe: dict[str, Any], kind: str, space: SpaceOnZeroGpu
) -> None:
    space.ask(prompt=PROMPT, seed=8, **recipe)
    problem = space.hear("StoredComparison")
    assert problem["kind"] == kind and problem["sentence"].endswith(".")
    assert space.api.asked == []


def test_visitors_borrow_at_once_and_who_asks_for_the_same_waits_for_it(
    space: SpaceOnZeroGpu, clients: dict[str, Client]
) -> None:
    made = compare(clients["known"], seed=11)
    with space.api.held():
        asked = [clients["stranger"].submit(**QUICK, seed=seed, api_name="/compare") for seed in (12, 13, 13)]
        again = compare(clients["known"], seed=11)  # what is stored waits for nobody's GPU
        deadline = time.monotonic() + PATIENCE_S
        while len(space.api.asked) < 3 and time.monotonic() < deadline:
            time.sleep(0.01)
    pictures = [job.result(timeout=PATIENCE_S)[0] for job in asked]
    assert all(map(same, made, again))
    assert len(space.api.asked) == 3  # seeds 11, 12 and 13
    one, other, like_other = (Image.open(picture).convert("RGB") for picture in pictures)
    assert same(other, like_other) and not same(one, other)
    assert len({loan.pid for loan in space.api.loans[-2:]}) == 2


def test_a_full_queue_refuses_what_has_to_be_made_and_nothing_else_and_then_empties(
    space: SpaceOnZeroGpu, clients: dict[str, Client]
) -> None:
    client, more = clients["stranger"], GPUS_AT_ONCE + MAX_WAITING + 8
    made = compare(clients["known"], seed=14)
    with space.api.held():
        asked = [client.submit(**QUICK, seed=9, api_name="/compare").future for _ in range(more)]
        refused = next(as_completed(asked, timeout=PATIENCE_S))
        assert "full" in str(refused.exception())
        assert all(map(same, made, compare(clients["known"], seed=14)))
        assert clients["known"].predict(seed=1, api_name="/random_prompt")
    answers = [job.exception() for job in asked]
    assert MAX_WAITING <= answers.count(None) < more
    assert len(space.api.asked) == 2  # the others found it stored

"""A run is published: one commit, nothing twice, and what is pulled makes the same picture."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from huggingface_hub import HfApi, ModelCard, hf_hub_download, snapshot_download

from generation.adapters.attached import attach_adapter
from generation.adapters.file import WEIGHT_NAME, adapter_revision
from generation.compare import compare
from generation.events import Finished
from generation.loading.pipelines import load_pipeline
from generation.models import model_spec
from generation.png.metadata import read_recipe, render_png
from generation.recipe import Recipe
from tests.hub_api.answers import Answer
from tests.hub_api.client import TOKEN, child_environment, use_hub
from tests.hub_api.repositories import Repository
from tests.hub_api.server import Account, HubApi, Request
from tests.prompt_engine.faces.hub_server import Faults
from tests.training.publishing.conftest import PROMPTS, SEEDS
from tests.training.publishing.reports import write_report
from training.__main__ import main
from training.config import TrainingConfig
from training.config_file import build_config
from training.publishing.private_places import without_private_places

REPO = "ada/faces"
PICTURES = 2 * len(PROMPTS) * len(SEEDS)
Publish = Callable[..., int]


@pytest.fixture
def publish(hub: HubApi, run_folder: Path) -> Publish:
    """Runs the command in this process; gives its exit code."""

    def run(*options: str, repo: str = REPO) -> int:
        return main(["publish", str(run_folder), "--repo", repo, *options])

    return run


def test_one_commit_brings_all_of_it(hub: HubApi, publish: Publish, run_folder: Path) -> None:
    assert publish() == 0
    repository = hub.repositories[REPO]
    assert len(repository.commits) == 2  # the Hub makes the first
    files = dict(repository.files)
    assert files.keys() == {
        ".gitattributes",
        "README.md",
        WEIGHT_NAME,
        "config.toml",
        "metrics.jsonl",
        *(f"gallery/{row:02}-{arm}.png" for row in (1, 2, 3, 4) for arm in ("vanilla", "fine-tuned")),
    }
    for name in (WEIGHT_NAME, "metrics.jsonl"):
        assert files[name] == (run_folder / name).read_bytes()


def test_what_is_pulled_by_name_makes_the_same_picture(
    hub: HubApi, publish: Publish, run_folder: Path, random_model: Path, single_threaded: None
) -> None:
    publish()
    pulled = Path(hf_hub_download(REPO, WEIGHT_NAME))
    assert pulled.parent.name == hub.repositories[REPO].refs["main"]
    recipe = Recipe(PROMPTS[0], SEEDS[0], adapter=REPO, steps=4)
    trained, loaded = (_picture(path, recipe, random_model) for path in (run_folder / WEIGHT_NAME, pulled))
    gallery = Path(snapshot_download(REPO)) / "gallery" / "01-fine-tuned.png"
    assert trained == loaded
    assert read_recipe(gallery) == recipe


def _picture(adapter: Path, recipe: Recipe, model: Path) -> bytes:
    pipeline = load_pipeline(replace(model_spec("demo"), repo=str(model)), "cpu")
    attach_adapter(pipeline, adapter)
    finished = next(event for event in compare(recipe, pipeline) if isinstance(event, Finished))
    return render_png(finished.comparison.image("fine_tuned"), recipe, "fine_tuned")


def test_the_same_again_makes_no_commit(
    hub: HubApi, publish: Publish, capsys: pytest.CaptureFixture[str]
) -> None:
    publish()
    hub.asked.clear()
    assert publish() == 0
    assert "Nothing to do" in capsys.readouterr().out
    assert len(hub.repositories[REPO].commits) == 2
    assert hub.count("^PUT") == 0


def test_after_a_broken_upload_only_the_rest_is_sent(hub: HubApi, publish: Publish) -> None:
    hub.faults = Faults(where="PUT /store", status=403, times=1)
    assert publish() == 2
    there = len(hub.large_files)
    assert 0 < there < PICTURES + 1
    hub.asked.clear()
    assert publish() == 0
    assert hub.count("^PUT") == PICTURES + 1 - there


def test_after_a_kill_between_two_files_only_the_rest_is_sent(
    hub: HubApi, publish: Publish, run_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = [sys.executable, "-m", "training", "publish", str(run_folder), "--repo", REPO]
    process = subprocess.Popen(command, env=child_environment(hub, tmp_path / "home"))
    answer = hub.answer

    def kill_at_the_third(request: Request) -> Answer:
        if hub.count("^PUT") == 3:
            process.kill()
        return answer(request)

    monkeypatch.setattr(hub, "answer", kill_at_the_third)
    assert process.wait(120) == -signal.SIGKILL
    monkeypatch.undo()
    there = len(hub.large_files)
    assert 0 < there < PICTURES + 1 and len(hub.repositories[REPO].commits) == 1
    use_hub(hub, monkeypatch, tmp_path)
    hub.asked.clear()
    assert publish() == 0
    # At most: what was on its way when the process was killed may have arrived since.
    assert 0 < hub.count("^PUT") <= PICTURES + 1 - there


def test_after_a_failed_commit_nothing_is_sent_again(hub: HubApi, publish: Publish) -> None:
    hub.faults = Faults(where="/commit/", status=500, times=1)
    assert publish() == 2
    assert len(hub.repositories[REPO].commits) == 1
    hub.asked.clear()
    assert publish() == 0
    assert hub.count("^PUT") == 0


def test_what_somebody_else_commits_meanwhile_is_not_written_over(
    hub: HubApi, publish: Publish, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = hub.answer

    def meanwhile(request: Request) -> Answer:
        repository = hub.repositories.get(REPO)
        if repository and "/commit/" in request.path and len(repository.commits) == 1:
            repository.commit("main", "theirs", {**repository.files, "README.md": b"theirs"})
        return answer(request)

    monkeypatch.setattr(hub, "answer", meanwhile)
    assert publish() == 2
    assert "at the same moment" in capsys.readouterr().err
    assert hub.repositories[REPO].files["README.md"] == b"theirs"
    assert publish() == 0  # asked for once more, it is meant


def test_a_short_refusal_is_tried_again_by_the_client(hub: HubApi, publish: Publish) -> None:
    hub.faults = Faults(where="preupload", status=429, headers={"Retry-After": "0"}, times=1)
    assert publish() == 0


def test_pictures_of_an_earlier_publication_go(hub: HubApi, publish: Publish) -> None:
    publish()
    repository = hub.repositories[REPO]
    repository.commit("main", "by hand", {**repository.files, "gallery/old.png": b"\0", "notes.md": b"mine"})
    assert publish() == 0
    assert "gallery/old.png" not in repository.files
    assert repository.files["notes.md"] == b"mine"


def test_a_pull_request_leaves_main_alone_and_is_gone_on_with(
    hub: HubApi, publish: Publish, run_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repository = hub.repositories["bob/faces"] = Repository("bob/faces")
    assert publish("--pull-request", repo="bob/faces") == 0
    assert capsys.readouterr().out.splitlines()[-1] == f"Done: {hub.endpoint}/bob/faces/discussions/1"
    assert set(repository.files) == {".gitattributes"}
    (run_folder / "metrics.jsonl").open("a").write('{"step": 3, "loss": 1.0}\n')
    assert publish("--pull-request", repo="bob/faces") == 0
    assert len(repository.discussions) == 1
    proposed = repository.commits[repository.refs["refs/pr/1"]]
    assert proposed.files["metrics.jsonl"] == (run_folder / "metrics.jsonl").read_bytes()


def test_the_card_is_one_that_the_hub_reads(hub: HubApi, publish: Publish) -> None:
    publish()
    card = ModelCard.load(REPO)
    assert card.data.library_name == "diffusers"
    urls = [each["output"]["url"] for each in card.data.widget]
    assert [each["text"] for each in card.data.widget] == [prompt for prompt in PROMPTS for _ in SEEDS]
    assert all(url in hub.repositories[REPO].files for url in urls)


def test_the_evaluation_goes_along(hub: HubApi, publish: Publish, run_folder: Path) -> None:
    report = write_report(run_folder, adapter_revision(run_folder / WEIGHT_NAME))
    (report.parent / "index.html").write_text("<p>figures</p>")
    (report.parent / "faces-of-the-dataset.png").write_bytes(b"nobody's business")
    assert publish() == 0
    files = hub.repositories[REPO].files
    assert {path for path in files if path.startswith("evaluation/")} == {
        "evaluation/report.json",
        "evaluation/index.html",
    }
    assert "| KID | 0.250" in files["README.md"].decode()


def test_a_dry_run_shows_the_card_and_asks_nothing(
    hub: HubApi, publish: Publish, capsys: pytest.CaptureFixture[str]
) -> None:
    assert publish("--dry-run") == 0
    shown = capsys.readouterr().out
    assert "<Gallery />" in shown and "gallery/04-fine-tuned.png" in shown
    assert hub.asked == []


def test_no_place_of_this_machine_is_published(hub: HubApi, publish: Publish, tmp_path: Path) -> None:
    publish()
    private = [str(tmp_path).encode(), b"/tmp/", b"folder =", TOKEN.encode()]
    files = hub.repositories[REPO].files
    assert [path for path, content in files.items() if any(each in content for each in private)] == []


@pytest.mark.parametrize(
    ("place", "shown"),
    [
        ("/srv/jane/runs/one", "outputs/one"),
        ("outputs/../../srv/jane/one", "outputs/one"),
        ("../jane/one", "outputs/one"),
        ("~jane/one", "outputs/one"),
        ("~jane", None),
        ("~", None),
        ("..", None),
        ("outputs/one", "outputs/one"),
    ],
)
def test_places_outside_the_repository_keep_their_last_name_at_most(place: str, shown: str | None) -> None:
    config = build_config({"run": {"output": place}, "data": {"cache": place, "faces": "folder:/srv/jane"}})
    public = without_private_places(config)
    usual = TrainingConfig()
    assert public.run.output == (shown or usual.run.output)
    assert public.data.cache == (shown or usual.data.cache)
    assert public.data.faces == "folder:celeba"


def test_what_a_killed_run_reported_after_its_adapter_is_not_on_the_card(
    hub: HubApi, publish: Publish, run_folder: Path
) -> None:
    later = {"sigmas": [0.5], "vanilla": [1.0], "fine_tuned": [0.12345]}
    rows = [{"step": 3, "loss": 0.98765}, {"step": 3, "held_out": later}]
    (run_folder / "metrics.jsonl").open("a").writelines(f"{json.dumps(row)}\n" for row in rows)
    publish()
    card = hub.repositories[REPO].files["README.md"].decode()
    assert "last training loss" in card and "0.9877" not in card and "0.1235" not in card


def test_a_private_repository_stays_private(
    hub: HubApi, publish: Publish, capsys: pytest.CaptureFixture[str]
) -> None:
    HfApi().create_repo(REPO)
    assert publish("--private") == 2
    assert "everybody can see it" in capsys.readouterr().err
    assert len(hub.repositories[REPO].commits) == 1


def test_an_organisation_is_published_to(hub: HubApi, publish: Publish) -> None:
    hub.tokens["hf_writer"] = Account("ada", organisations=("lab",))
    assert publish(repo="lab/faces") == 0
    assert "lab/faces" in hub.repositories

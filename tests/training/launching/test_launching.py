"""One command for both places: what is started, what is refused, and that launching again goes on."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from tests.hub_api.jobs import Bucket
from tests.hub_api.repositories import Repository
from tests.hub_api.server import Account, HubApi
from tests.prompt_engine.faces.hub_server import Faults
from tests.training.launching.conftest import CODE, git, git_settings
from training.__main__ import main
from training.config_file import build_config
from training.launching.job import RUN_LABEL

JOBS = ("--on", "hf-jobs", "--flavor", "h200", "--timeout", "2h")
STEPS = 6
Launch = Callable[..., int]


@pytest.fixture
def config_file(tmp_path: Path) -> Path:
    """A short run on a model that lies in the bucket."""
    path = tmp_path / "run.toml"
    path.write_text(
        f"""
[model]
folder = "/data/model"
[data]
count = 6
captions_per_face = 2
[lora]
rank = 4
[optimizer]
warmup_steps = 1
[run]
output = "outputs/faces"
steps = {STEPS}
batch_size = 4
log_every = 1
save_every = 2
[tracking]
tracker = "none"
"""
    )
    return path


@pytest.fixture
def launch(hub: HubApi, checkout: Path, config_file: Path) -> Launch:
    """Runs the command in this process, for code that lies in `checkout`; gives its exit code."""

    def run(*options: str) -> int:
        return main(["launch", "--config", str(config_file), "--code", f"{CODE}/checkout", *options])

    return run


def _refused(code: int, capsys: pytest.CaptureFixture[str]) -> str:
    assert code == 2
    return capsys.readouterr().err.strip().splitlines()[-1]


def _spec(hub: HubApi) -> dict[str, Any]:
    return hub.jobs[-1].spec


def test_a_job_is_told_everything(hub: HubApi, launch: Launch, checkout: Path) -> None:
    assert launch(*JOBS, "--yes") == 0
    spec = _spec(hub)
    assert (spec["flavor"], spec["timeoutSeconds"], spec["dockerImage"]) == ("h200", 7200, "python:3.12")
    assert spec["volumes"] == [{"type": "bucket", "source": "ada/sd35-celeba", "mountPath": "/data"}]
    assert hub.buckets["ada/sd35-celeba"].private
    assert spec["secrets"] == {"HF_TOKEN": "hf_writer"}
    assert "hf_writer" not in json.dumps([spec["environment"], spec["command"], spec["labels"]])
    assert spec["environment"]["CODE_COMMIT"] == git(checkout, "rev-parse", "HEAD")
    config = build_config(tomllib.loads(spec["environment"]["TRAINING_CONFIG"]))
    assert (config.run.output, config.run.steps) == ("outputs/faces", STEPS)
    assert config.tracking.price_per_hour == pytest.approx(5)


def test_weights_and_biases_is_installed_and_gets_its_key_as_a_secret(
    hub: HubApi, launch: Launch, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tracked = (*JOBS, "--yes", "--set", "tracking.tracker=wandb")
    monkeypatch.delenv("WANDB_API_KEY", raising=False)
    assert "set WANDB_API_KEY" in _refused(launch(*tracked), capsys)
    monkeypatch.setenv("WANDB_API_KEY", "the key")
    assert launch(*tracked) == 0
    assert _spec(hub)["secrets"] == {"HF_TOKEN": "hf_writer", "WANDB_API_KEY": "the key"}
    told = {key: value for key, value in _spec(hub).items() if key != "secrets"}
    assert "requirements-train.txt wandb\n" in _spec(hub)["command"][-1] and "the key" not in json.dumps(told)
    assert "the key" not in "".join(capsys.readouterr())


def test_eight_gpus_are_eight_processes(hub: HubApi, launch: Launch) -> None:
    options = ("--flavor", "h200x8", "--timeout", "20m", "--set", "run.batch_size=16", "--yes")
    assert launch("--on", "hf-jobs", *options) == 0
    script = _spec(hub)["command"][-1]
    assert "accelerate.commands.launch --num_processes 8" in script
    assert "--multi_gpu -m training train" in script


def test_the_price_is_said_and_agreed_to_before_anything_starts(
    hub: HubApi, launch: Launch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert launch(*JOBS) == 2  # nobody is here to answer
    said = capsys.readouterr()
    assert "$10.00 at most" in said.out and "--yes" in said.err
    assert "$9.99" in _refused(launch(*JOBS, "--yes", "--most-dollars", "9.99"), capsys)
    assert (hub.jobs, hub.buckets) == ([], {})


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("n\n", 2), ("\n", 2), ("", 2)])
def test_only_a_yes_starts_it(
    answer: str, code: int, hub: HubApi, launch: Launch, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = StringIO(answer)  # "" is Ctrl+D
    monkeypatch.setattr(person, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", person)
    assert launch(*JOBS) == code
    assert len(hub.jobs) == (code == 0)


def test_a_dry_run_starts_nothing(hub: HubApi, launch: Launch, capsys: pytest.CaptureFixture[str]) -> None:
    assert launch(*JOBS, "--dry-run") == 0
    shown = capsys.readouterr().out
    assert "--resume-or-start" in shown and "$10.00" in shown and "stopped after 2 h" in shown
    assert shown.endswith("Nothing is missing: without --dry-run it is started.\n")
    assert (hub.jobs, hub.buckets, hub.count("^POST")) == ([], {}, 0)


def test_a_dry_run_without_a_token_shows_all_and_says_what_is_missing(
    hub: HubApi,
    launch: Launch,
    checkout: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.delenv("HF_TOKEN")
    assert launch(*JOBS, "--dry-run") == 0
    shown, missing = capsys.readouterr().out.split("Before it can be started:\n")
    assert "$10.00 at most" in shown and "--resume-or-start" in shown  # prices are for everybody
    assert f"code {git(checkout, 'rev-parse', 'HEAD')} from {CODE}/checkout" in shown
    assert "bucket YOU/sd35-celeba at /data" in shown
    assert missing.count("\n") == 1 and "There is no Hugging Face token on this machine" in missing
    assert "set HF_TOKEN" in _refused(launch(*JOBS, "--yes"), capsys)


def test_a_dry_run_without_a_network_shows_all_but_the_price(
    hub: HubApi, launch: Launch, checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hub.__exit__()
    (checkout / "requirements-train.txt").write_text("other")
    assert launch(*JOBS, "--dry-run", "--most-dollars", "1") == 0
    shown, missing = capsys.readouterr().out.split("Before it can be started:\n")
    assert "price: not known" in shown and "--resume-or-start" in shown
    assert f"code {git(checkout, 'rev-parse', 'HEAD')} from" in shown
    assert "did not answer for the machines" in missing and "commit and push" in missing
    assert "sent twice" not in missing


def test_a_machine_that_there_is_none_of_is_refused_in_a_dry_run_too(
    launch: Launch, capsys: pytest.CaptureFixture[str]
) -> None:
    code = launch("--on", "hf-jobs", "--flavor", "h20", "--timeout", "2h", "--dry-run")
    assert "no machine 'h20'" in _refused(code, capsys)


@pytest.mark.parametrize(
    ("on", "options"),
    [("local", ("--yes",)), ("local", ("--most-dollars", "0")), ("hf-jobs", ("--processes", "2"))],
)
def test_what_is_for_the_other_place_is_refused(
    on: str, options: tuple[str, ...], config_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["launch", "--config", str(config_file), "--on", on, *options])
    said = _refused(code, capsys)
    assert said.startswith(f"{options[0]} is for ") and f"--on is {on}" in said


def test_a_run_is_not_started_twice_at_once(
    hub: HubApi, launch: Launch, capsys: pytest.CaptureFixture[str]
) -> None:
    launch(*JOBS, "--yes")
    assert "under way already" in _refused(launch(*JOBS, "--yes"), capsys)
    hub.jobs[0].stage = "ERROR"  # as after a timeout
    assert launch(*JOBS, "--yes") == 0
    assert hub.jobs[0].spec == hub.jobs[1].spec
    assert launch(*JOBS, "--yes", "--set", "run.output=outputs/other") == 0
    assert len({job.spec["labels"][RUN_LABEL] for job in hub.jobs}) == 2


def test_a_bucket_that_everybody_sees_is_not_used(
    hub: HubApi, launch: Launch, capsys: pytest.CaptureFixture[str]
) -> None:
    hub.buckets["ada/open"] = Bucket("ada/open", private=False)
    assert "Everybody can see" in _refused(launch(*JOBS, "--yes", "--bucket", "ada/open"), capsys)
    assert hub.jobs == []


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("data.faces=folder:../celeba", "hub:OWNER/NAME"),
        ("data.faces=folder:/data/../etc", "hub:OWNER/NAME"),
        ("model.folder=/srv/model", "leave it out"),
        ("run.output=/srv/run", "no place that the bucket keeps"),
        ("data.cache=../cache", "no place that the bucket keeps"),
        ("run.steps=-1", "at least 1"),
    ],
)
def test_what_only_this_machine_has_is_refused(
    setting: str, said: str, hub: HubApi, launch: Launch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said in _refused(launch(*JOBS, "--yes", "--set", setting), capsys)
    assert hub.jobs == []


MEDIUM = "stabilityai/stable-diffusion-3.5-medium"


@pytest.mark.parametrize("name", [MEDIUM, "ada/faces"])
def test_what_the_token_may_not_read_is_told_before_it_is_paid_for(
    name: str, hub: HubApi, launch: Launch, config_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config_file.write_text(config_file.read_text().replace('folder = "/data/model"', 'key = "medium"'))
    options = (*JOBS, "--yes", "--set", "data.faces=hub:ada/faces@main")
    hub.repositories = {each: Repository(each) for each in (MEDIUM, "ada/faces")}
    hub.repositories[name].gated = True
    assert f"{name}: accept its terms" in _refused(launch(*options), capsys)
    del hub.repositories[name]
    assert f"404 for the {'model' if name == MEDIUM else 'dataset'} {name}" in _refused(
        launch(*options), capsys
    )
    assert (hub.jobs, hub.buckets) == ([], {})
    hub.repositories[name] = Repository(name)
    assert launch(*options) == 0


@pytest.mark.parametrize(("where", "status"), [("whoami", 401), ("hardware", 500), ("POST /api/jobs", 402)])
def test_an_error_of_the_hub_is_a_sentence(
    where: str, status: int, hub: HubApi, launch: Launch, capsys: pytest.CaptureFixture[str]
) -> None:
    hub.faults = Faults(where=where, status=status)
    assert f"answered {status}" in _refused(launch(*JOBS, "--yes"), capsys)
    assert hub.jobs == []


def test_an_organisation_can_pay(hub: HubApi, launch: Launch, capsys: pytest.CaptureFixture[str]) -> None:
    assert "403" in _refused(launch(*JOBS, "--yes", "--namespace", "lab"), capsys)
    hub.tokens["hf_writer"] = Account("ada", organisations=("lab",))
    assert launch(*JOBS, "--yes", "--namespace", "lab") == 0
    assert (hub.jobs[0].owner, set(hub.buckets)) == ("lab", {"lab/sd35-celeba"})


def test_what_is_not_committed_would_not_be_there(
    launch: Launch, checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (checkout / "requirements-train.txt").write_text("other")
    assert "commit" in _refused(launch(*JOBS, "--yes"), capsys)


def test_a_commit_that_was_not_pushed(
    launch: Launch, checkout: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    git(tmp_path, "clone", "--quiet", str(checkout), "pushed")
    git(checkout, "commit", "--quiet", "--allow-empty", "--message", "later")
    assert "push it" in _refused(launch(*JOBS, "--yes", "--code", f"{CODE}/pushed"), capsys)


def test_a_password_in_the_address_stays_here(
    hub: HubApi, launch: Launch, capfd: pytest.CaptureFixture[str]
) -> None:
    address = f"{CODE.replace('://', '://jane:k3y@hole@')}/checkout"
    assert launch(*JOBS, "--yes", "--code", address) == launch(*JOBS, "--dry-run", "--code", address) == 0
    assert _spec(hub)["environment"]["CODE_URL"] == f"{CODE}/checkout"
    assert "hole" not in json.dumps(_spec(hub)) + "".join(capfd.readouterr())


def test_code_that_only_this_machines_keyring_opens(
    hub: HubApi, launch: Launch, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    knows = "!f() { echo username=jane; echo password=secret; }; f"
    settings = {f"url.{hub.endpoint}/.insteadOf": "https://private.test/", "credential.helper": knows}
    git_settings(monkeypatch, settings)
    hub.faults = Faults(where="info/refs", status=401, headers={"WWW-Authenticate": 'Basic realm="code"'})
    said = _refused(launch(*JOBS, "--yes", "--code", "https://private.test/repository"), capsys)
    assert "without a password" in said
    assert hub.count("info/refs") == 1  # a keyring that is asked answers, and git asks once more
    assert hub.jobs == []


@pytest.mark.parametrize(
    "address", ["/srv/git/repository", "ssh://host/repository", "http://host/repository"]
)
def test_an_address_that_is_not_for_everybody(
    address: str, launch: Launch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "--code https://" in _refused(launch(*JOBS, "--yes", "--code", address), capsys)


@pytest.mark.parametrize("origin", ["/srv/git/repository", None])
def test_code_that_nobody_else_reaches(
    origin: str | None, hub: HubApi, checkout: Path, config_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if origin:
        git(checkout, "remote", "add", "origin", origin)
    assert "--code" in _refused(main(["launch", "--config", str(config_file), *JOBS, "--yes"]), capsys)


def test_a_job_that_was_killed_is_gone_on_with_by_the_next_until_it_is_finished(
    hub: HubApi,
    launch: Launch,
    random_model: Path,
    config_file: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The very script of the job runs here, with another folder as the bucket and everything installed."""
    bucket = tmp_path / "bucket"
    shutil.copytree(random_model, bucket / "model", copy_function=os.link)
    launch(*JOBS, "--yes", "--set", "run.steps=5000")
    job = _start_as_job(hub, bucket, tmp_path / "first")
    _wait_for(lambda: any((bucket / "outputs/faces/checkpoints").glob("step-*[2468].safetensors")), job)
    os.killpg(job.pid, signal.SIGKILL)
    job.wait()
    hub.jobs[0].stage = "ERROR"
    reached = max(path.name for path in (bucket / "outputs/faces/checkpoints").iterdir())
    steps = int(reached[5:11]) + 2
    launch(*JOBS, "--yes", "--set", f"run.steps={steps}")
    again = _start_as_job(hub, bucket, tmp_path / "second")
    said, _ = again.communicate(timeout=120)
    assert again.returncode == 0, said
    assert "Going on after step" in said
    assert (bucket / "outputs/faces/pytorch_lora_weights.safetensors").is_file()
    capsys.readouterr()
    settings = {"model.folder": bucket / "model", "run.output": bucket / "outputs/faces", "run.steps": steps}
    code, said = _launch_again(config_file, settings, capsys)
    assert code == 0 and f"is finished, after {steps:,} steps" in said
    code, said = _launch_again(config_file, {**settings, "lora.rank": 8}, capsys)
    assert code == 2 and "lora.rank was 4, is 8" in said


def _start_as_job(hub: HubApi, bucket: Path, folder: Path) -> subprocess.Popen[str]:
    spec = _spec(hub)
    folder.mkdir()
    for name, does in (("pip", "exit 0"), ("uv", "exit 0"), ("python", f'exec {sys.executable} "$@"')):
        (folder / name).write_text(f"#!/bin/sh\n{does}\n")
        (folder / name).chmod(0o755)
    places = {
        "/tmp/code": f"{folder}/code",
        "/tmp/config.toml": f"{folder}/config.toml",
        "/data": str(bucket),
    }
    script, config = spec["command"][-1], spec["environment"]["TRAINING_CONFIG"]
    script = script.replace(" --bucket ", " --every 0.2 --bucket ")
    for place, here in places.items():
        script, config = script.replace(place, here), config.replace(f'"{place}', f'"{here}')
    environment = {**os.environ, **spec["environment"], "TRAINING_CONFIG": config, "OMP_NUM_THREADS": "1"}
    environment["PATH"] = f"{folder}:{environment['PATH']}"
    return subprocess.Popen(
        ["bash", "-c", script],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def _wait_for(done: Callable[[], bool], process: subprocess.Popen[str], seconds: float = 120) -> None:
    until = time.monotonic() + seconds
    while not done():
        assert process.poll() is None, process.stdout and process.stdout.read()
        assert time.monotonic() < until
        time.sleep(0.05)


def _launch_again(
    config_file: Path, settings: dict[str, object], capsys: pytest.CaptureFixture[str]
) -> tuple[int, str]:
    """What comes of the very command that `launch --on local` starts; its exit code and last words."""
    overrides = [part for key, value in settings.items() for part in ("--set", f"{key}={value}")]
    assert main(["launch", "--config", str(config_file), "--on", "local", "--dry-run", *overrides]) == 0
    python, *command = shlex.split(capsys.readouterr().out)
    assert (python, command[:2]) == (sys.executable, ["-m", "training"])
    code = main(command[2:])
    said = capsys.readouterr()
    return code, (said.out + said.err).splitlines()[-1]


def test_here_the_command_becomes_the_run(repository: Path) -> None:
    start = "import sys; from training.launching.local import start_here; start_here(sys.argv[1:])"
    run = [sys.executable, "-c", "print('trained'); raise SystemExit(7)"]
    done = subprocess.run(
        [sys.executable, "-c", start, *run], cwd=repository, capture_output=True, text=True, check=False
    )
    assert done.returncode == 7
    assert done.stdout.startswith("Starting: ") and done.stdout.endswith("\ntrained\n")


def test_here_several_processes_go_through_accelerate(
    config_file: Path, repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--on", "local", "--processes", "2", "--dry-run"]
    assert main(["launch", "--config", str(config_file), *options]) == 0
    command = shlex.split(capsys.readouterr().out)
    start, told = command[: command.index("training")], command[command.index("training") :]
    assert told == ["training", "train", "--config", str(config_file), "--resume-or-start"]
    done = subprocess.run(
        [*start, "training", "train", "--help"], cwd=repository, capture_output=True, text=True, check=False
    )
    assert done.stdout.count("usage: python -m training train") == 2, done.stderr

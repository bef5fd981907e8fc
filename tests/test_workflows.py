"""The workflows are valid, pinned and modest, and what they run exists."""

import argparse
import re
import shlex
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from studio.deploy.command import add_arguments

PIN = re.compile(r"uses: (?P<action>[\w./-]+)@(?P<commit>[0-9a-f]{40}) # (?P<version>v\d+\.\d+\.\d+)$")
WORKFLOWS = ("canary.yml", "ci.yml", "deploy.yml")


@pytest.fixture(scope="module")
def folder(repository: Path) -> Path:
    return repository / ".github" / "workflows"


def read(folder: Path, name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((folder / name).read_text(encoding="utf-8"))
    return loaded


def jobs(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for name in WORKFLOWS:
        for key, job in read(folder, name)["jobs"].items():
            yield f"{name}: {key}", job


def scripts(folder: Path) -> list[str]:
    """Every line that a step runs."""
    steps = (step for _, job in jobs(folder) for step in job.get("steps", ()))
    return [line for step in steps for line in step.get("run", "").splitlines()]


def run(*command: str | Path) -> None:
    program = Path(sys.executable).parent / command[0]
    done = subprocess.run([program, *command[1:]], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_none_is_forgotten(folder: Path) -> None:
    assert sorted(file.name for file in folder.iterdir()) == sorted(WORKFLOWS)


def test_they_follow_githubs_schema(folder: Path) -> None:
    schema = ("check-jsonschema", "--builtin-schema")
    run(*schema, "vendor.github-workflows", *(folder / name for name in WORKFLOWS))
    run(*schema, "vendor.dependabot", folder.parent / "dependabot.yml")


def test_zizmor_finds_nothing_unsafe(folder: Path) -> None:
    run(
        *("zizmor", "--offline", "--no-progress", "--persona=pedantic", "--min-severity=medium"),
        *(folder / name for name in WORKFLOWS),
        folder.parent / "dependabot.yml",
    )


def test_actions_are_pinned_to_one_commit_with_its_version(folder: Path) -> None:
    pins = defaultdict(set)
    for name in WORKFLOWS:
        for line in (folder / name).read_text(encoding="utf-8").splitlines():
            if "uses:" in line and "uses: ./" not in line:
                found = PIN.search(line)
                assert found, f"{name} does not say commit and version: {line.strip()}"
                pins[found["action"]].add((found["commit"], found["version"]))
    assert pins
    assert [action for action, commits in pins.items() if len(commits) > 1] == []


def test_each_job_says_what_it_may_and_how_long(folder: Path) -> None:
    assert all(read(folder, name)["permissions"] == {} for name in WORKFLOWS)
    for name, job in jobs(folder):
        allowed = dict(job["permissions"])
        assert allowed.pop("contents") == "read", name
        assert not allowed or (allowed == {"id-token": "write"} and "HF_OIDC_RESOURCE" in job["env"]), name
        assert "uses" in job or job["timeout-minutes"] <= 100, name


def test_no_workflow_reads_a_secret(folder: Path) -> None:
    assert [name for name in WORKFLOWS if "secrets." in (folder / name).read_text(encoding="utf-8")] == []


def test_a_tag_is_deployed_after_ci_and_by_way_of_staging(folder: Path) -> None:
    deploy = read(folder, "deploy.yml")["jobs"]
    assert deploy["ci"]["uses"] == "./.github/workflows/ci.yml"
    assert (deploy["staging"]["needs"], deploy["production"]["needs"]) == ("ci", "staging")


def test_every_deployment_they_ask_for_is_one_that_can_be_asked_for(folder: Path) -> None:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    words = [shlex.split(line)[4:] for line in scripts(folder) if "-m studio deploy" in line]
    asked = [parser.parse_args(each) for each in words]
    assert {each.space for each in asked} == {"$SPACE"}
    ways = [
        [name for name in ("staging", "promote", "rollback", "check") if getattr(each, name)]
        for each in asked
    ]
    assert sorted(ways) == [["check"], ["promote"], ["rollback"], ["staging"]]
    assert all(each.unless_checked == each.rollback for each in asked)


def test_every_make_target_they_run_exists(folder: Path, repository: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (repository / "Makefile").read_text(), re.MULTILINE))
    ran = {line.split()[1] for line in scripts(folder) if line.startswith("make ")}
    assert ran
    assert ran <= targets

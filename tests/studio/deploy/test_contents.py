"""What goes to a Space, and what is refused before the Hub is asked for anything."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from studio.__main__ import main
from studio.deploy.checkout import read_checkout
from studio.deploy.contents import gather_files, pictures_of
from studio.deploy.errors import DeployRefused
from studio.deploy.front_matter import SpaceFacts, problems_of, read_front_matter, write_readme
from studio.deploy.requirements import OF_THE_IMAGE, TORCH_OF_ZEROGPU, write_requirements
from studio.deploy.variables import SECRETS, VARIABLES, SpaceSettings, read_space_settings
from tests.studio.deploy.conftest import Checkout
from tests.test_readme import python_files, variables_read

FACTS = SpaceFacts("ada/faces")
SECRET = "hf_" + "a1" * 17
# What is set by a Space itself, or only means something on a machine of one's own.
NOT_TO_BE_SET = {
    *("HOST", "PORT", "SPACE_ID", "SPACE_HOST", "SPACES_ZERO_GPU", "XDG_CACHE_HOME", "RANK"),
}
OWN_FILES = {"app.py", "README.md", "LICENSE", "NOTICE"}


def test_only_what_belongs_to_a_space_is_sent(repository: Path) -> None:
    files = gather_files(read_checkout(repository), FACTS, SpaceSettings())
    folders = {path.partition("/")[0] for path in files}
    assert folders >= OWN_FILES | {"assets", "generation", "prompt_engine", "studio"}
    assert not folders & {"tests", "training", "bench", "outputs", "celeba", "Makefile"}
    assert not [path for path in files if re.search(r"(^|/)\.|__pycache__|\.env", path)]
    pictures = pictures_of((repository / "README.md").read_text(encoding="utf-8"))
    assert set(pictures) | {"docs/index.md"} <= set(files)
    assert not any(path.startswith("docs/site/") for path in files)


def test_pictures_of_a_readme_are_found() -> None:
    readme = '![a](docs/a.png "A")\n<img width="3" src="./docs/b.webp">\n![c](https://example.org/c.png)\n[d](docs/d.md)'
    assert pictures_of(readme) == ["docs/a.png", "docs/b.webp"]


def test_the_repositorys_own_front_matter_is_what_the_hub_takes(repository: Path) -> None:
    readme = (repository / "README.md").read_text(encoding="utf-8")
    front = read_front_matter(readme)
    assert problems_of(front) == []
    gradio = next(
        Requirement(line)
        for line in (repository / "requirements.txt").read_text().splitlines()
        if line.startswith("gradio")
    )
    assert gradio.specifier.contains(front["sdk_version"])
    written = read_front_matter(write_readme(readme, SpaceFacts("ada/faces", ("ada/lora",), ("ada/set",))))
    assert written["models"] == [*front["models"], "ada/lora"]
    assert written["datasets"] == [*front["datasets"], "ada/set"]
    assert written["thumbnail"].startswith("https://huggingface.co/spaces/ada/faces/resolve/main/")
    changed = ("models", "datasets", "thumbnail", "sdk_version")
    assert {key: written[key] for key in front if key not in changed} == {
        key: front[key] for key in front if key not in changed
    }
    assert write_readme(readme, FACTS).partition("\n# ")[2] == readme.partition("\n# ")[2]


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"short_description": "x" * 61}, "more than 60 characters"),
        ({"short_description": None}, "short_description is missing"),
        ({"python_version": "3.13"}, "none of ZeroGPU's"),
        ({"colorTo": "mauve"}, "colorTo is none of"),
        ({"custom_headers": {"x-frame-options": "deny"}}, "may not hold x-frame-options"),
        ({"sdk": "docker"}, "sdk is not gradio"),
    ],
)
def test_what_the_hub_would_refuse_of_a_front_matter_is_told(
    changed: dict[str, Any], problem: str, repository: Path
) -> None:
    front = read_front_matter((repository / "README.md").read_text(encoding="utf-8"))
    (told,) = problems_of({**front, **changed})
    assert problem in told


@pytest.mark.parametrize("readme", ["# Faces\n", "---\ntitle: [\n---\n", "---\nwords\n---\n"])
def test_a_readme_without_a_front_matter_is_refused(readme: str) -> None:
    with pytest.raises(DeployRefused, match="front matter"):
        write_readme(readme, FACTS)


def test_the_requirements_of_a_space_are_the_repositorys(repository: Path) -> None:
    own = (repository / "requirements.txt").read_text()
    pinned = (repository / "pre-requirements.txt").read_text()
    lines = [Requirement(line) for line in write_requirements(own, pinned).splitlines() if line[0] != "#"]
    there = {each.name: each for each in lines}
    before = {each.name: each for line in own.splitlines() if line[0] != "#" and (each := Requirement(line))}
    assert {name.replace("_", "-") for name in before.keys() - there.keys()} == OF_THE_IMAGE
    torch = there.pop("torch")
    assert str(torch.specifier).removeprefix("==") in TORCH_OF_ZEROGPU
    assert before["torch"].specifier.contains(str(torch.specifier).removeprefix("=="))
    assert all(str(before[name]) == str(each) for name, each in there.items())


@pytest.mark.parametrize("pin", ["torch==2.12.0", "torch>=2.11", "numpy==2.1"])
def test_a_torch_that_zerogpu_does_not_have_is_refused(pin: str) -> None:
    with pytest.raises(DeployRefused, match=r"2\.8\.0, 2\.9\.1, 2\.10\.0, 2\.11\.0"):
        write_requirements("torch>=2.11", pin)


@pytest.mark.parametrize("value", [SECRET, "a-value-of-no-shape"])
def test_a_file_with_a_secret_stops_everything_and_the_secret_is_not_told(
    value: str, checkout: Checkout
) -> None:
    commit = checkout.next(f"TOKEN = {value!r}\n".encode())
    with pytest.raises(DeployRefused) as refused:
        gather_files(commit, FACTS, SpaceSettings(secrets={"HF_TOKEN": "a-value-of-no-shape"}))
    assert str(refused.value).startswith("studio/page.py holds ") and value not in str(refused.value)


def test_every_variable_of_the_app_is_known_or_left_to_the_space(repository: Path) -> None:
    files = python_files(repository, ("app.py", "studio", "generation", "prompt_engine"))
    read = {name for file in files for name in variables_read(file.read_text("utf-8"))}
    assert read - NOT_TO_BE_SET - set(SECRETS) <= set(VARIABLES)
    told = (repository / "docs" / "deploying.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `([A-Z_]+)` \|", told, re.MULTILINE)) == set(VARIABLES) | set(SECRETS)


def test_a_secret_comes_from_the_environment_and_is_never_shown() -> None:
    settings = read_space_settings([], ["HF_TOKEN"], {"HF_TOKEN": SECRET})
    assert settings.secrets == {"HF_TOKEN": SECRET} and SECRET not in repr(settings)


REFUSED = [
    (["faces"], "faces names no owner: write OWNER/NAME."),
    (["a/b/c"], "a/b/c is no name on the Hub: write OWNER/NAME."),
    (["ada/x", "--variable", "MODLE=large"], "--variable MODLE: did you mean 'MODEL'?"),
    (["ada/x", "--variable", "MODEL"], "--variable MODEL has no value: write MODEL=VALUE."),
    (["ada/x", "--variable", "MODEL=huge"], "Unknown model 'huge': "),
    (["ada/x", "--variable", "HF_TOKEN=x"], "Everybody sees a Space's variables: write --secret HF_TOKEN"),
    (
        ["ada/x", "--variable", f"RESULTS=/data/{SECRET}"],
        "The value of --variable RESULTS looks like a",
    ),
    (
        ["ada/x", "--variable", "RESULTS=here"],
        "--variable RESULTS=here cannot be used: on a",
    ),
    (
        ["ada/x", "--variable", "CELEBA=folder:faces"],
        "--variable CELEBA=folder:faces cannot be used: a",
    ),
    (["ada/x", "--variable", "GPU_SECONDS=much"], "--variable GPU_SECONDS=much cannot be used: "),
    (["ada/x", "--variable", "EMBEDDINGS=large=no"], "EMBEDDINGS names 'no', where there is no file"),
    (["ada/x", "--secret", "HF_TOKEM=x"], "--secret HF_TOKEM: did you mean 'HF_TOKEN'?"),
    (["ada/x", "--secret", "HF_TOKEN"], "--secret HF_TOKEN has no value: set HF_TOKEN in the environment."),
    (
        ["ada/x", "--variable", "ADAPTERS=large=foo"],
        "--variable ADAPTERS=large=foo cannot be used: 'foo' is no",
    ),
    (["ada/x", "-v", "MODEL=large", "-v", "MODEL=turbo"], "--variable MODEL is given twice: leave one out."),
    (["ada/x-staging", "--staging"], "ada/x-staging is staging by its name already: write ada/x."),
    (["ada/x", "--promote", "--staging"], "--promote copies from staging"),
    (["ada/x", "--patience", "nan"], "--patience is nan: give the minutes that a Space may take."),
    (["ada/x", "--unless-checked"], "--unless-checked is for --rollback"),
    (["ada/x", "--check", "--variable", "MODEL=demo"], "--rollback and --check set nothing"),
    (["ada/x"], "There is no Hugging Face token on this machine"),
]


@pytest.mark.parametrize(("arguments", "sentence"), REFUSED, ids=lambda value: str(value)[:40])
def test_what_cannot_be_done_is_one_sentence(
    arguments: list[str],
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.setattr("huggingface_hub.constants.HF_TOKEN_PATH", str(tmp_path / "none"))
    monkeypatch.setattr("huggingface_hub.constants.HF_STORED_TOKENS_PATH", str(tmp_path / "none"))
    monkeypatch.chdir(tmp_path)
    assert main(["deploy", *arguments]) == 2
    said = capsys.readouterr().err
    assert said.startswith(sentence) and said.count("\n") == 1 and SECRET not in said


def test_a_dry_run_shows_everything_and_asks_nobody(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    options = ["--staging", "--dry-run", "--variable", "ADAPTERS=ada/lora", "--secret", f"HF_TOKEN={SECRET}"]
    assert main(["deploy", "ada/faces", *options, "--private"]) == 0
    said = capsys.readouterr().out
    assert "\n---\ntitle: " in said and "- ada/lora\n" in said and "torch==" in said
    assert " bytes  app.py\n" in said and "ada/faces-staging would hold these " in said
    assert [line for line in said.splitlines() if line.startswith("Would ")] == [
        "Would set the variable ADAPTERS to ada/lora.",
        "Would set the secret HF_TOKEN.",
        "Would ask for zero-a10g where the Space holds nothing yet.",
        "Would be private: only the owner sees it.",
    ]
    assert SECRET not in said


def test_models_that_are_too_much_to_be_packed_are_refused_before_anything_is_sent() -> None:
    named = ["MODEL=large", "MODELS=turbo"]
    assert read_space_settings(named, [], {}).variables["MODELS"] == "turbo"
    with pytest.raises(
        DeployRefused, match="GiB would be packed for SD 3.5 Large, SD 3.5 Large Turbo, SD 3.5 M"
    ):
        read_space_settings([named[0], "MODELS=turbo,medium"], [], {})

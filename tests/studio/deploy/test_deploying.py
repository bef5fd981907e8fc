"""Deployments to a Hub that is asked by the real client, of a page that gives real pictures."""

from __future__ import annotations

import pytest
from huggingface_hub import HfApi

from studio.__main__ import main
from studio.deploy.checkout import read_checkout
from studio.deploy.deploying import check, deploy, promote, roll_back
from studio.deploy.errors import DeployRefused
from studio.deploy.hub import open_hub
from tests.hub_api.repositories import Repository
from tests.hub_api.server import Account, HubApi
from tests.hub_api.spaces import Space
from tests.studio.deploy.conftest import NAME, Checkout, Order

STAGING = f"{NAME}-staging"
SENT = {
    *("LICENSE", "NOTICE", "README.md", "app.py", "requirements.txt"),
    *("assets/model.safetensors", "studio/page.py"),
}
SECRET = "hf_" + "a1" * 17


def held(hub: HubApi, name: str = NAME) -> dict[str, bytes]:
    return {p: c for p, c in hub.repositories[f"spaces/{name}"].files.items() if p != ".gitattributes"}


def tags(hub: HubApi, name: str = NAME) -> list[str]:
    refs = hub.repositories[f"spaces/{name}"].refs
    return sorted(ref.removeprefix("tags/") for ref in refs if ref.startswith("tags/"))


def test_a_space_is_made_set_up_filled_by_one_commit_waited_for_and_looked_at(
    hub: HubApi, api: HfApi, order: Order, checkout: Checkout, told: list[str]
) -> None:
    variables = ("CELEBA=hub:ada/faces", "ADAPTERS=large=ada/lora@v1")
    deploy(api, order(variables=variables, secrets=(f"HF_TOKEN={SECRET}",)), checkout.commit())
    space = hub.spaces[NAME]
    assert set(held(hub)) == SENT
    assert (space.sdk, space.hardware, space.stage) == ("gradio", "zero-a10g", "RUNNING")
    assert space.variables == dict(each.split("=", 1) for each in variables)
    assert space.secrets == {"HF_TOKEN": SECRET}
    assert hub.count("POST .*/commit/") == 1
    assert tags(hub) == ["checked-0001", "deployed-0001"]
    readme = held(hub)["README.md"].decode()
    assert "- ada/lora\n" in readme and "- ada/faces\n" in readme
    assert b"torch==2.11.0" in held(hub)["requirements.txt"]
    assert any("PNG of 96 × 96 px" in line for line in told) and told[-1].startswith("Done: ")
    assert SECRET not in "".join(told)


def test_the_same_again_changes_nothing(
    hub: HubApi, api: HfApi, order: Order, checkout: Checkout, told: list[str]
) -> None:
    commit = checkout.commit()
    for _ in range(2):
        deploy(api, order(variables=("MODEL=demo",)), commit)
    assert hub.count("POST .*/commit/") == hub.count("POST .*/variables") == 1
    assert hub.count("POST .*/hardware") == 1
    assert tags(hub) == ["checked-0001", "deployed-0001"]
    assert any("holds all of it already" in line for line in told)


def test_what_is_gone_here_goes_there_and_prompts_that_were_encoded_ahead_stay(
    hub: HubApi, api: HfApi, order: Order, checkout: Checkout
) -> None:
    checkout.write("../large.safetensors", b"\0" * 700)
    file = checkout.folder.parent / "large.safetensors"
    checkout.write("studio/old.py", b"")
    deploy(api, order(variables=(f"EMBEDDINGS=large={file}",)), checkout.commit())
    assert hub.spaces[NAME].variables == {"EMBEDDINGS": "large=embeddings/large.safetensors"}
    assert set(held(hub)) == SENT | {"studio/old.py", "embeddings/large.safetensors"}
    (checkout.folder / "studio" / "old.py").unlink()
    deploy(api, order(), checkout.next(b"PAGE = 2\n"))
    assert set(held(hub)) == SENT | {"embeddings/large.safetensors"}
    assert held(hub)["studio/page.py"] == b"PAGE = 2\n"


def test_what_no_commit_holds_is_not_sent(hub: HubApi, api: HfApi, order: Order, checkout: Checkout) -> None:
    checkout.commit()
    checkout.write("studio/page.py", b"not committed\n")
    checkout.write("studio/new.py", b"not committed\n")
    commit = read_checkout(checkout.folder)
    deploy(api, order(), commit)
    assert commit.uncommitted == ("studio/page.py",)
    assert set(held(hub)) == SENT and held(hub)["studio/page.py"] == b"PAGE = 1\n"


def test_promoting_copies_the_very_commit_that_staging_runs(
    hub: HubApi, api: HfApi, order: Order, checkout: Checkout, told: list[str]
) -> None:
    deploy(api, order(STAGING, ("GPU_SECONDS=demo=0.1",)), checkout.commit())
    running = hub.spaces[STAGING].commit
    hub.spaces[STAGING].course = ("BUILD_ERROR",)
    with pytest.raises(DeployRefused):
        deploy(api, order(STAGING), checkout.next(b"broken\n"))
    with pytest.raises(DeployRefused, match="does not run .it is at build error"):
        promote(api, order(), checkout.commit())
    assert NAME not in hub.spaces
    hub.spaces[STAGING].stage, hub.spaces[STAGING].commit = "RUNNING", running  # what was there goes on
    for _ in range(2):
        promote(api, order(), checkout.commit())
    assert running is not None
    assert held(hub) == {
        path: content
        for path, content in hub.repositories[f"spaces/{STAGING}"].commits[running].files.items()
        if path != ".gitattributes"
    }
    assert hub.spaces[NAME].variables == {"GPU_SECONDS": "demo=0.1"}
    assert tags(hub) == ["checked-0001", "deployed-0001"]
    assert any(line.startswith(f"Promote {running[:12]} of {STAGING}") for line in told)


def test_going_back_is_to_the_last_that_was_good_and_only_once(
    hub: HubApi, api: HfApi, order: Order, checkout: Checkout, told: list[str]
) -> None:
    deploy(api, order(), checkout.next(b"good\n"))
    roll_back(api, order(), unless_checked=True)
    assert "Nothing to take back: deployed-0001" in told[-1]
    hub.spaces[NAME].course = ("BUILD_ERROR",)
    for content in (b"bad\n", b"worse\n"):
        with pytest.raises(DeployRefused, match="could not be built"):
            deploy(api, order(), checkout.next(content))
    hub.spaces[NAME].course = ("BUILDING", "RUNNING")
    for _ in range(2):
        roll_back(api, order(), unless_checked=True)
        assert held(hub)["studio/page.py"] == b"good\n"
    assert tags(hub) == [
        *("checked-0001", "deployed-0001", "deployed-0002", "deployed-0003", "withdrawn-0003")
    ]
    deploy(api, order(), checkout.next(b"better\n"))
    roll_back(api, order(), unless_checked=False)
    assert held(hub)["studio/page.py"] == b"good\n"


def test_there_is_nothing_to_go_back_to_before_the_second_deployment(
    hub: HubApi, api: HfApi, order: Order, checkout: Checkout
) -> None:
    deploy(api, order(), checkout.commit())
    with pytest.raises(DeployRefused, match="no earlier deployment"):
        roll_back(api, order(), unless_checked=False)
    assert tags(hub) == ["checked-0001", "deployed-0001"]


def test_a_space_can_be_looked_at_without_a_token(
    hub: HubApi, api: HfApi, order: Order, checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    deploy(api, order(), checkout.commit())
    monkeypatch.delenv("HF_TOKEN")
    hub.spaces[NAME].stage = "SLEEPING"  # until it is asked
    assert "PNG of 96 × 96 px" in check(open_hub(needs_token=False), NAME)
    with pytest.raises(DeployRefused, match="There is no Space ada/nothing"):
        check(open_hub(needs_token=False), "ada/nothing")


ENDS = [
    (("BUILDING", "BUILD_ERROR"), "build", "could not be built"),
    (("APP_STARTING", "RUNTIME_ERROR"), "run", "has ended"),
    (("CONFIG_ERROR",), "build", "has a front matter that the Hub does not take"),
    (("BUILDING", "PAUSED"), None, "is paused: restart it"),
    (("BUILDING",), "build", "does not run after"),
]


@pytest.mark.parametrize(("course", "log", "sentence"), ENDS, ids=lambda value: str(value)[:20])
def test_what_does_not_come_to_run_is_told_with_the_end_of_its_log(
    course: tuple[str, ...],
    log: str | None,
    sentence: str,
    hub: HubApi,
    api: HfApi,
    order: Order,
    checkout: Checkout,
) -> None:
    api.create_repo(NAME, repo_type="space", space_sdk="gradio")
    hub.spaces[NAME].course = course
    hub.spaces[NAME].logs = {kind: [f"{kind} line {n}\n" for n in range(99)] for kind in ("build", "run")}
    hasty = order()
    object.__setattr__(hasty, "patience_s", 0.5)
    with pytest.raises(DeployRefused) as refused:
        deploy(api, hasty, checkout.commit())
    text = str(refused.value)
    assert text.startswith(f"{NAME} ") and sentence in text and text.endswith(".")
    assert log is None or (f"{log} line 98\n" in text and f"{log} line 80\n" not in text)
    assert tags(hub) == ["deployed-0001"]


def test_a_page_that_gives_no_picture_is_not_done(
    hub: HubApi, api: HfApi, order: Order, checkout: Checkout
) -> None:
    hub.host = "http://127.0.0.1:9"
    with pytest.raises(DeployRefused, match=f"^{NAME} runs, but: http://127.0.0.1:9 gave no picture: "):
        deploy(api, order(), checkout.commit())
    assert tags(hub) == ["deployed-0001"]


def refused_by(hub: HubApi, api: HfApi, order: Order, checkout: Checkout) -> str:
    with pytest.raises(DeployRefused) as refused:
        deploy(api, order(), checkout.commit())
    assert hub.count("POST .*/commit/") == 0
    return str(refused.value)


def test_an_account_without_zerogpu_is_told_what_else_there_is(
    hub: HubApi, api: HfApi, order: Order, checkout: Checkout
) -> None:
    hub.tokens["hf_writer"] = Account("ada", zerogpu=False)
    said = refused_by(hub, api, order, checkout)
    assert "does not give ada/faces zero-a10g (Subscribe to PRO" in said and "--hardware cpu-basic" in said
    deploy(api, order(hardware="cpu-basic"), checkout.commit())
    deploy(api, order(), checkout.next(b"PAGE = 2\n"))  # what it has, it keeps
    assert (hub.spaces[NAME].stage, hub.spaces[NAME].hardware) == ("RUNNING", "cpu-basic")


@pytest.mark.parametrize("account", [Account("ada", "read"), Account("eve")], ids=["reads", "another's"])
def test_a_token_that_may_not_write_is_told_so(
    account: Account, hub: HubApi, api: HfApi, order: Order, checkout: Checkout
) -> None:
    hub.tokens["hf_writer"] = account
    assert "the token may not do that" in refused_by(hub, api, order, checkout)


def test_no_token_and_a_wrong_one_are_told(
    hub: HubApi, api: HfApi, order: Order, checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.tokens.clear()
    assert "the token is not valid or has expired" in refused_by(hub, api, order, checkout)
    monkeypatch.delenv("HF_TOKEN")
    with pytest.raises(DeployRefused, match="There is no Hugging Face token on this machine"):
        open_hub()


@pytest.mark.parametrize(
    ("space", "files", "sentence"),
    [
        (Space(NAME, "docker"), {}, "it is a Space of the kind docker"),
        (Space(NAME), {"model.bin": b"x", "x": b""}, r"not of this project \(model.bin and 1 more\)"),
        (Space(NAME, stage="PAUSED"), {"app.py": b""}, "is paused: restart it on https"),
    ],
    ids=["another kind", "another's files", "paused"],
)
def test_what_is_there_already_is_not_overwritten_or_woken(
    space: Space,
    files: dict[str, bytes],
    sentence: str,
    hub: HubApi,
    api: HfApi,
    order: Order,
    checkout: Checkout,
) -> None:
    hub.spaces[NAME] = space
    hub.repositories[f"spaces/{NAME}"] = repository = Repository(f"spaces/{NAME}")
    repository.commit("main", "theirs", files)
    with pytest.raises(DeployRefused, match=sentence):
        deploy(api, order(), checkout.commit())
    assert len(repository.commits) == 2


def test_what_was_pushed_by_git_is_ours(hub: HubApi, api: HfApi, order: Order, checkout: Checkout) -> None:
    commit = checkout.commit()
    hub.spaces[NAME] = Space(NAME, host=hub.host)
    hub.repositories[f"spaces/{NAME}"] = repository = Repository(f"spaces/{NAME}")
    repository.commit("main", "pushed", commit.read(lambda _: True))
    deploy(api, order(), commit)
    assert set(held(hub)) == SENT


def test_the_whole_way_by_the_command_line(
    hub: HubApi,
    checkout: Checkout,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("studio.deploy.command.REPOSITORY", checkout.folder)
    checkout.commit()
    checkout.write("studio/page.py", b"not committed\n")
    assert main(["deploy", NAME, "--staging", "--secret", f"HF_TOKEN={SECRET}"]) == 0
    assert ": studio/page.py.\n" in capsys.readouterr().out
    assert main(["deploy", NAME, "--promote"]) == 2
    assert capsys.readouterr().err.endswith("add --secret HF_TOKEN.\n")
    assert main(["deploy", NAME, "--promote", "--secret", f"HF_TOKEN={SECRET}"]) == 0
    assert held(hub) == held(hub, STAGING)
    assert main(["deploy", NAME, "--check"]) == 0
    assert main(["deploy", NAME, "--rollback", "--unless-checked"]) == 0
    assert "Nothing to take back: deployed-0001" in capsys.readouterr().out
    assert main(["deploy", NAME, "--rollback"]) == 2
    told = capsys.readouterr()
    assert "no earlier deployment" in told.err and SECRET not in told.out + told.err

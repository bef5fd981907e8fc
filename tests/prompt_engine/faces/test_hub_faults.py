"""Every fault between here and the Hub is one sentence that says what to do; nothing is half written."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from prompt_engine.errors import AttributeFileError, FaceSourceError
from prompt_engine.faces import hub_repository
from prompt_engine.faces.hub import HubFaces
from prompt_engine.faces.prefetcher import Prefetcher
from prompt_engine.query import Query
from tests.prompt_engine.faces.hub_datasets import GROUP, LAYOUTS, SIZE_PX, Layout, Portraits, parquet
from tests.prompt_engine.faces.hub_server import Faults, HubServer

EVERYONE = Query(blurry="in")
GATED = {"X-Error-Code": "GatedRepo"}
LIMITED = {"RateLimit": '"resolvers";r=0;t=170'}
AWAY = "The Hub .* when asked for flwrlabs/celeba: try again later"

FAULTS = {
    "slow": (Faults(delay_s=1), AWAY),
    "a byte at a time": (Faults(drip=True), AWAY),
    "cut off": (Faults(cut_after=10), AWAY),
    "401": (Faults(status=401), "is private, gated or not there: .* HF_TOKEN"),
    "401, gated": (Faults(status=401, headers=GATED), "is gated: accept its terms .* HF_TOKEN"),
    "403": (Faults(status=403), "is private, gated or not there: .* HF_TOKEN"),
    "404": (Faults(status=404), "There is no dataset flwrlabs/celeba on the Hub"),
    "429": (Faults(status=429, headers=LIMITED), "too many requests .*: try again in 170 s"),
    "429, retry after": (Faults(status=429, headers={"Retry-After": "7"}), "try again in 7 s"),
    "429, no more": (Faults(status=429), "try again in a few minutes"),
    "500": (Faults(status=500), "The Hub answered with error 500"),
    "503": (Faults(status=503), "The Hub answered with error 503"),
}
# Files lie in a store, to which the Hub sends without a word of its own.
PARTS = ["/api/", "/resolve/", "/store/"]
WHERE = {"a byte at a time": ["/store/"], "cut off": ["/api/", "/store/"]}
WHERE |= dict.fromkeys(("401, gated", "403", "429, retry after", "429, no more", "503"), ["/resolve/"])


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is fetched beside, and a slow answer is given up soon."""
    monkeypatch.setattr(Prefetcher, "start", lambda *_: None)
    monkeypatch.setattr(hub_repository, "SLOWEST_BYTES_PER_S", 10_000_000)


@pytest.fixture
def impatient(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Gives up sooner where the fault is slowness; elsewhere a busy machine is no fault."""
    fault = request.node.callspec.params["fault"]
    if fault in ("slow", "a byte at a time"):
        monkeypatch.setattr(hub_repository, "TIMEOUT_S", 0.3)


def _kept(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.rglob("*") if file.is_file())


@pytest.mark.parametrize(
    ("fault", "where"), [(fault, where) for fault in FAULTS for where in WHERE.get(fault, PARTS)]
)
def test_opening_says_what_is_wrong(
    fault: str, where: str, hub: HubServer, layout: Layout, tmp_path: Path, impatient: None
) -> None:
    faults, says = FAULTS[fault]
    hub.faults = Faults(**{**vars(faults), "where": where})
    with pytest.raises(FaceSourceError, match=says) as caught:
        HubFaces(layout.name, tmp_path / "kept")
    assert "\n" not in str(caught.value)
    assert _kept(tmp_path / "kept") == []


@pytest.mark.parametrize("fault", ["slow", "cut off", "401", "404", "429", "500"])
def test_a_gallery_of_which_nothing_came_says_why(
    fault: str, hub: HubServer, layout: Layout, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    faces = HubFaces(layout.name, tmp_path)
    before = _kept(tmp_path)
    request.getfixturevalue("impatient")
    faults, says = FAULTS[fault]
    hub.faults = Faults(**vars(faults))
    with pytest.raises(FaceSourceError, match=says):
        faces.sample(EVERYONE, 20, seed=1)
    with pytest.raises(FaceSourceError, match=says):
        faces.face(0)
    assert _kept(tmp_path) == before
    hub.faults = None
    assert len(faces.sample(EVERYONE, 20, seed=1)) == 20


@pytest.mark.parametrize(
    ("fault", "where"), [(fault, where) for fault in ("cut off", "500") for where in WHERE.get(fault, PARTS)]
)
def test_a_fault_that_passes_is_not_noticed(fault: str, where: str, hub: HubServer, layout: Layout) -> None:
    hub.faults = Faults(**{**vars(FAULTS[fault][0]), "where": where, "times": 1})
    assert len(HubFaces(layout.name).sample(EVERYONE, 20, seed=1)) == 20


def test_the_rest_of_the_gallery_is_shown(
    hub: HubServer, layout: Layout, caplog: pytest.LogCaptureFixture
) -> None:
    faces = HubFaces(layout.name)
    hub.faults = Faults(where="train-00000", status=500)
    shown = faces.sample(EVERYONE, 240, seed=1)
    assert len(shown) == 160
    assert all(int(face.id[4:]) > 80 for face in shown)
    assert "answered with error 500" in caplog.text


def test_a_silent_hub_is_not_asked_for_every_row_group(
    hub: HubServer, layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    faces = HubFaces(layout.name)
    monkeypatch.setattr(hub_repository, "TIMEOUT_S", 0.3)
    hub.faults = Faults(delay_s=1)
    with pytest.raises(FaceSourceError, match="did not answer"):
        faces.sample(EVERYONE, 240, seed=1)
    asked = Faults.times - hub.faults.times
    assert asked <= 8 * hub_repository.TRIES


def test_what_is_kept_is_shown_while_the_hub_is_away(
    hub: HubServer, layout: Layout, caplog: pytest.LogCaptureFixture
) -> None:
    before = [face.id for face in HubFaces(layout.name).sample(EVERYONE, 10, seed=3)]
    hub.faults = Faults(status=500)
    faces = HubFaces(layout.name)
    assert "The copy of flwrlabs/celeba on this disk is used" in caplog.text
    assert [face.id for face in faces.sample(EVERYONE, 10, seed=3)] == before


@pytest.mark.parametrize("fault", ["slow", "cut off", "429", "500"])
def test_a_new_commit_that_cannot_be_fetched_leaves_the_last_one(
    fault: str, hub: HubServer, layout: Layout, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    before = HubFaces(layout.name, tmp_path)
    shown = [face.id for face in before.sample(EVERYONE, 10, seed=3)]
    kept, last = _kept(tmp_path), hub.commit
    request.getfixturevalue("impatient")
    hub.commit = "f" * 40
    hub.faults = Faults(
        **{**vars(FAULTS[fault][0]), "where": "/store/" if fault == "cut off" else "/resolve/"}
    )
    faces = HubFaces(layout.name, tmp_path)
    assert (hub.api_calls, faces.commit) == (2, last)
    assert [face.id for face in faces.sample(EVERYONE, 10, seed=3)] == shown
    assert _kept(tmp_path) == kept
    hub.faults = None
    assert HubFaces(layout.name, tmp_path).commit == hub.commit


def test_a_new_commit_that_is_no_celeba_is_not_hidden_by_the_last_one(
    hub: HubServer, layout: Layout, tmp_path: Path
) -> None:
    HubFaces(layout.name, tmp_path)
    hub.files, hub.commit = {"README.md": b"# Moved"}, "f" * 40
    with pytest.raises(FaceSourceError, match="has no Parquet file"):
        HubFaces(layout.name, tmp_path)


def test_what_may_no_longer_be_read_is_not_opened(hub: HubServer, layout: Layout) -> None:
    HubFaces(layout.name)
    hub.token = "hf_other"
    with pytest.raises(FaceSourceError, match="is gated"):
        HubFaces(layout.name)


def test_offline_needs_everything_kept(
    hub: HubServer, layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(FaceSourceError, match="HF_HUB_OFFLINE forbids fetching it: unset HF_HUB_OFFLINE"):
        HubFaces(layout.name)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    before = [face.id for face in HubFaces(layout.name).sample(EVERYONE, 10, seed=3)]
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    faces = HubFaces(layout.name)
    assert [face.id for face in faces.sample(EVERYONE, 10, seed=3)] == before
    away = next(row for row in range(240) if f"row-{row + 1:06d}" not in before)
    with pytest.raises(FaceSourceError, match="HF_HUB_OFFLINE"):
        faces.face(away)


def test_nobody_answers(hub: HubServer, layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(FaceSourceError, match="did not answer"):
        HubFaces(layout.name)


def test_a_token_is_sent_to_the_hub_alone_and_never_told(
    hub: HubServer,
    layout: Layout,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    hub.token = "hf_secret"
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    with pytest.raises(FaceSourceError, match="is gated"):
        HubFaces(layout.name)
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    HubFaces(layout.name).face(0)
    assert all(each.authorised for each in hub.asked)
    assert not any(each.authorised for each in hub.stored)
    assert "hf_secret" not in caplog.text
    assert "hf_wrong" not in caplog.text


def test_an_address_in_the_store_that_has_run_out_is_asked_for_again(hub: HubServer, layout: Layout) -> None:
    faces = HubFaces(layout.name)
    faces.face(0)
    hub.forget()
    hub.faults = Faults(where="/store/", status=403, times=1)
    faces.face(40)
    assert len(hub.asked) == 1


@pytest.mark.parametrize("how", ["dies", "answers with errors"])
def test_the_hub_is_asked_again_where_the_store_fails(how: str, hub: HubServer, layout: Layout) -> None:
    new = hub.store
    with HubServer(layout.name, hub.files) as old:
        hub.store = old.store
        faces = HubFaces(layout.name)
        faces.face(0)
        assert old.stored and not hub.stored
        hub.forget()
        old.forget()
        hub.store = new
        if how == "dies":
            old.die()
        else:
            old.faults = Faults(status=503)
        for row in (GROUP, 2 * GROUP, 3 * GROUP):  # of the same file
            assert faces.face(row).image.size == (SIZE_PX, SIZE_PX)
        assert len(hub.asked) == 1  # and the address that it gave then is remembered
        assert len(hub.stored) == 3
        assert not old.stored


def test_an_unknown_revision_is_named(hub: HubServer, layout: Layout) -> None:
    with pytest.raises(FaceSourceError, match="has no such revision"):
        HubFaces(f"{layout.name}@nothing")


def test_damaged_images_are_left_out(
    hub: HubServer, layout: Layout, portraits: Portraits, caplog: pytest.LogCaptureFixture
) -> None:
    images = (b"no image", *portraits.images[1:])
    changed = Portraits(portraits.values, images)
    hub.files = {"data/train-0.parquet": parquet(changed, slice(0, 40), False)}
    hub.card = None
    faces = HubFaces(layout.name)
    assert len(faces.sample(EVERYONE, 40, seed=1)) == 39
    assert "The image of row 0 in CelebA (flwrlabs/celeba) is damaged" in caplog.text
    with pytest.raises(FaceSourceError, match="is damaged"):
        faces.face(0)


def _without(data: bytes, *columns: str, rename: tuple[str, str] | None = None) -> bytes:
    import io

    import pyarrow.parquet as pq

    table = pq.read_table(io.BytesIO(data)).drop_columns(list(columns))
    if rename:
        table = table.rename_columns(
            [rename[1] if name == rename[0] else name for name in table.column_names]
        )
    file = io.BytesIO()
    pq.write_table(table, file)
    return file.getvalue()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda data: {}, "has no Parquet file"),
        (lambda data: {"train.csv": b""}, "has no Parquet file"),
        (lambda data: {"train.parquet": b"PK" * 90}, "is no Parquet file"),
        (lambda data: {"train.parquet": b""}, "is no Parquet file"),
        (lambda data: {"train.parquet": data[:-200] + bytes(192) + data[-8:]}, "is damaged at its end"),
        (lambda data: {"train.parquet": data[:-8] + b"\xff\xff\xff\x7fPAR1"}, "is damaged at its end"),
        (lambda data: {"a/train.parquet": data, "b/train.parquet": data}, "of several datasets, in a, b"),
        (lambda data: {"train.parquet": _without(data, "image")}, "lacks a column of images called image"),
        (lambda data: {"train.parquet": _without(data, "Bald", "Young")}, "lacks 2 of .*: Bald, Young"),
        (
            lambda data: {"train.parquet": data, "test.parquet": _without(data, "Bald")},
            "test.parquet lacks 1 of the 40 attribute columns: Bald",
        ),
        (
            lambda data: {"train.parquet": _without(data, "Bald", rename=("celeb_id", "Bald"))},
            "has the value 2 for Bald",
        ),
    ],
)  # fmt: skip
def test_other_datasets_are_refused(
    change,  # noqa: ANN001
    says: str,
    hub: HubServer,
    layout: Layout,
    portraits: Portraits,
    tmp_path: Path,
) -> None:
    hub.card, hub.files = None, change(parquet(portraits, slice(0, 40), False))
    with pytest.raises((FaceSourceError, AttributeFileError), match=says) as caught:
        HubFaces(layout.name, tmp_path)
    assert "\n" not in str(caught.value)
    assert _kept(tmp_path) == []


def test_what_comes_is_something_else(hub: HubServer, layout: Layout, tmp_path: Path) -> None:
    hub.faults = Faults(where="/store/", garbage=True)
    with pytest.raises(FaceSourceError, match="is no Parquet file, or it is damaged"):
        HubFaces(layout.name, tmp_path)
    hub.faults = None
    faces = HubFaces(layout.name, tmp_path)
    faces.face(0)
    hub.faults = Faults(where="/store/", garbage=True)
    with pytest.raises(FaceSourceError, match="is damaged"):
        faces.face(100)
    hub.faults = None
    assert faces.face(100).image.size == (SIZE_PX, SIZE_PX)


def test_files_without_a_split_have_none(hub: HubServer, layout: Layout, portraits: Portraits) -> None:
    hub.card, hub.files = None, {"data/0000.parquet": parquet(portraits, slice(0, 40), False)}
    faces = HubFaces(layout.name)
    assert not faces.index.has_splits
    assert len(faces.index.names) == 40


@pytest.mark.parametrize("layout", LAYOUTS[1:2], ids=lambda layout: layout.name)
def test_a_card_decides_between_several_datasets(
    hub: HubServer, layout: Layout, portraits: Portraits
) -> None:
    data = parquet(portraits, slice(0, 40), False)
    hub.files = {"small/train-0.parquet": data, "small/test-0.parquet": data, "other/train-0.parquet": data}
    files = [{"split": split, "path": f"small/{split}-*"} for split in ("train", "test")]
    other = {"config_name": "other", "data_files": "other/*"}
    hub.card = {"configs": [other, {"config_name": "default", "data_files": files}]}
    faces = HubFaces(layout.name)
    assert faces.match_count(Query(split="test", blurry="in")).images == 40
    assert len(faces.index.names) == 80

"""Finds the one safetensors file that a path on this machine means."""

from __future__ import annotations

from pathlib import Path

from generation.adapters.names import check_printable
from generation.errors import AdapterRejected

WEIGHT_NAME = "pytorch_lora_weights.safetensors"

PICKLE_SUFFIXES = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle")


def local_adapter(place: Path, advice: str) -> Path:
    """The file at `place`, or the one in the folder there; `advice` is what to do where nothing is.

    What is refused goes by its name: where it lies is not for everybody who reads why.

    Raises:
        AdapterRejected: nothing is there, several are, it is a pickle, or a link leads out of the folder.
    """
    path = _file_in(place) if place.is_dir() else place
    if not path.is_file():
        shown = place.resolve().name if path is place else f"{place.resolve().name}/{path.name}"
        raise AdapterRejected(f"There is no adapter at {shown}: {advice}.")
    check_printable(path.name)
    if path.suffix.lower() in PICKLE_SUFFIXES or _starts_like_pickle(path):
        raise pickle_refused(path.name)
    if (
        path is place
        and path.is_symlink()
        and path.resolve().suffix.lower() != ".safetensors"
        and not _is_cached(path)
    ):
        raise AdapterRejected(
            f"{path.name} is a link to a file that does not end in .safetensors: give the path of the "
            "adapter itself."
        )
    if path.suffix.lower() != ".safetensors":
        raise AdapterRejected(
            f"{path.name} is no safetensors file by its name: give one that ends in .safetensors."
        )
    if path is not place:
        check_link(path, place)
    return path


def choose_file(names: list[str], where: str) -> str | None:
    """The adapter among a folder's file names: by diffusers' name, or the only one; None where there is none.

    Raises:
        AdapterRejected: there are several, and none has diffusers' name.
    """
    found = sorted(name for name in names if name.lower().endswith(".safetensors"))
    if WEIGHT_NAME in found:
        return WEIGHT_NAME
    if len(found) > 1:
        raise AdapterRejected(
            f"{where} holds several adapters ({', '.join(found[:5])}{', …' if len(found) > 5 else ''}): "
            "give the path of one of them."
        )
    return found[0] if found else None


def pickle_refused(name: str) -> AdapterRejected:
    """The error for a file that must not be opened."""
    return AdapterRejected(
        f"{name} is a pickle, which can run code when it is opened: save the adapter as safetensors."
    )


def _file_in(folder: Path) -> Path:
    names = [path.name for path in sorted(folder.iterdir()) if not path.is_dir()]
    found = choose_file(names, folder.resolve().name)
    pickles = [name for name in names if name.lower().endswith(PICKLE_SUFFIXES)]
    return folder / (found or next(iter(pickles), WEIGHT_NAME))


def check_link(path: Path, folder: Path) -> None:
    """Refuse a folder's file that really lies elsewhere.

    Whoever names a link means what it leads to. Whoever names a folder means what is in it: one that came
    from someone else could have files of this machine read that its user never named. Only the Hub's cache is
    made of links, from `snapshots/COMMIT` to `blobs` of the same repository.
    """
    home = folder.resolve()
    if not (path.resolve().is_relative_to(home) or _is_cached(path)):
        raise AdapterRejected(
            f"{path.name} in {home.name} is a link to a file elsewhere: give the path of that file instead."
        )


def _is_cached(path: Path) -> bool:
    """Whether a link lies in the Hub's cache and leads to where that keeps contents."""
    commit = path.parent.resolve()
    return commit.parent.name == "snapshots" and path.resolve().parent == commit.parent.parent / "blobs"


def _starts_like_pickle(path: Path) -> bool:
    with path.open("rb") as file:
        start = file.read(9)
    if start[8:] == b"{":  # a safetensors header, whose length in the first 8 bytes may look like anything
        return False
    # torch.save writes a zip; before 2020 it wrote a bare pickle.
    return start.startswith(b"PK\x03\x04") or (start[:1] == b"\x80" and start[1:2] in b"\x02\x03\x04\x05")

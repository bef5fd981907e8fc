"""CelebA's official partition: which images are for training, validation and testing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from prompt_engine.errors import AttributeFileError
from prompt_engine.word_table import TableFile, WordTable, find_words, read_names

_AGAIN = "fetch list_eval_partition.txt again"
_VALUES = b"012"  # train, validation, test


def read_partition(path: Path | str, ids: Sequence[str]) -> npt.NDArray[np.uint8]:
    """The split of each of `ids`, in their order: 0 train, 1 validation, 2 test.

    Reads the official text file and Kaggle's CSV with the header `image_id,partition`; images that are not
    among `ids` may be listed too.

    Raises:
        AttributeFileError: it cannot be read, is no partition, or lacks one of `ids`.
    """
    data = _read_bytes(Path(path)).removeprefix(b"\xef\xbb\xbf")
    file = _file(data, str(path))
    words = find_words(file, 2, "a file name and 0, 1 or 2")
    names = read_names(file, words, 0)
    splits = _splits(file, words)
    return splits[_places(file, names, np.array(ids, dtype=np.bytes_))]


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise AttributeFileError(f"There is no partition file {path}: check the path.") from None
    except OSError as error:
        raise AttributeFileError(
            f"The partition file {path} cannot be read ({error.strerror or error}): check the path."
        ) from error


def _file(data: bytes, name: str) -> TableFile:
    """With the header passed over: the only first line whose second word is no number."""
    end = data.find(b"\n") + 1 or len(data)
    words = data[:end].replace(b",", b" ").replace(b'"', b" ").split()
    has_header = len(words) == 2 and words[0].lower() in (b"image_id", b"file_name", b"filename")
    body, lines = (end, 1) if has_header else (0, 0)
    return TableFile(data, name, body, lines, by_comma=b"," in data[:end], again=_AGAIN)


def _splits(file: TableFile, words: WordTable) -> npt.NDArray[np.uint8]:
    starts, lengths = words.starts[:, 1], words.ends[:, 1] - words.starts[:, 1]
    splits = words.text[starts] - _VALUES[0]
    wrong = np.flatnonzero((lengths != 1) | (splits >= len(_VALUES)))
    if len(wrong):
        row = int(wrong[0])
        raise AttributeFileError(
            f"{file.name} puts {words.word(row, 0)} into the split {words.word(row, 1)!r}: "
            f"only 0 (train), 1 (validation) and 2 (test) are known; {_AGAIN}."
        )
    return splits


def _places(
    file: TableFile, names: npt.NDArray[np.bytes_], wanted: npt.NDArray[np.bytes_]
) -> npt.NDArray[np.intp] | slice:
    """Where each of `wanted` stands among the names."""
    ascending = bool((names[1:] > names[:-1]).all())
    order = np.arange(len(names)) if ascending else np.argsort(names, kind="stable")
    ordered = names if ascending else names[order]
    twice = np.flatnonzero(ordered[1:] == ordered[:-1])
    if len(twice):
        raise AttributeFileError(f"{file.name} lists {ordered[twice[0]].decode()} twice: {_AGAIN}.")
    if len(wanted) == len(ordered) and np.array_equal(wanted, ordered):
        return slice(None) if ascending else order
    places = np.searchsorted(ordered, wanted).clip(max=len(ordered) - 1)
    missing = np.flatnonzero(ordered[places] != wanted)
    if len(missing):
        raise AttributeFileError(
            f"{file.name} lacks {len(missing):,} of the {len(wanted):,} images, "
            f"the first of them {wanted[missing[0]].decode()}: {_AGAIN}."
        )
    return order[places]

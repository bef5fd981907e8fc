"""What an encoder is by its content, told from its files without loading it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from generation.file_digest import file_digest
from generation.loading.part_identity import digest_by_name, settings_that_count
from generation.loading.pipelines import files_of
from prompt_engine.whole_file import replacing

DIGESTS = "digests.json"

Known = dict[str, list[Any]]  # of a file: size, time of writing in ns, SHA-256 in hex


class Digests:
    """The SHA-256 of files, remembered as long as neither size nor time of writing changes."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self.changed = False

    def of(self, path: Path) -> str:
        """The digest of a file; a large file in the Hub's cache is called by it."""
        if named := digest_by_name(path):
            return named
        file = path.resolve()
        about, name = file.stat(), str(file)
        size, written_ns, digest = self._known.get(name, (None, None, ""))
        if (size, written_ns) != (about.st_size, about.st_mtime_ns):
            digest = file_digest(path)
            self._known[name] = [about.st_size, about.st_mtime_ns, digest]
            self.changed = True
        return digest


@contextmanager
def remembered_digests(folder: Path) -> Iterator[Digests]:
    """Digests that are read from this folder, and kept there for the next time."""
    path, known = folder / DIGESTS, {}
    with suppress(OSError, ValueError):
        known = json.loads(path.read_text(encoding="utf-8"))
    digests = Digests(known if isinstance(known, dict) else {})
    yield digests
    if digests.changed:
        folder.mkdir(parents=True, exist_ok=True)
        with replacing(path) as beside:
            beside.write_text(json.dumps(known, indent=1), encoding="utf-8")


def identify_parts(model: Path, parts: Iterable[str], digests: Digests) -> str:
    """Identify parts of a model's folder by all their files; a part that is not there counts as that."""
    digest = hashlib.sha256()
    for part in parts:
        for path in files_of(model, [part]):
            content = settings_that_count(path) if path.name == "config.json" else digests.of(path)
            digest.update(f"{path.relative_to(model).as_posix()} {content}\n".encode())
        digest.update(f"{part} ends\n".encode())
    return digest.hexdigest()

"""Files that appear whole or not at all."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def whole_file(path: Path) -> Iterator[IO[bytes]]:
    """Write beside `path`; renamed into its place when the block ends well, removed when it does not.

    Raises:
        OSError: the folder does not exist or cannot be written.
    """
    if path.is_dir():
        raise IsADirectoryError(21, "it is a folder")
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".tmp", delete=False) as file:
        beside = Path(file.name)
        try:
            yield file
            file.close()
            beside.chmod(0o644)  # temporary files can be read by their owner only
            beside.replace(path)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise

"""How large the shipped assets are."""

from collections.abc import Iterator
from pathlib import Path

from bench.table import Row

MB = 1e6


def measure_assets(assets: Path) -> Iterator[Row]:
    sizes_mb = {file: file.stat().st_size / MB for file in assets.rglob("*") if file.is_file()}
    if not sizes_mb:
        yield Row("assets, in all", 30, None, "MB", f"there is nothing in {assets.name}/")
        return
    largest = max(sizes_mb, key=sizes_mb.__getitem__)
    yield Row("assets, in all", 30, sum(sizes_mb.values()), "MB", f"{len(sizes_mb)} files")
    yield Row("assets, largest file", 10, sizes_mb[largest], "MB", largest.relative_to(assets).as_posix())

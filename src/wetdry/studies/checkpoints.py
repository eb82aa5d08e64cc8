"""Finished parts of an analysis on disk, so that a killed study goes on where it stopped, to the same tables.

A part is named by the digest of everything it follows from: settings, clips, versions of libraries and wetdry's own
code. What was computed is read back before it is used, so that a first run and a resumed one see the same bytes.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
from collections.abc import Callable, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from wetdry.cache import locked, settle
from wetdry.errors import StoreError

Tables = dict[str, pd.DataFrame]

LISTING = "SHA256SUMS"
"""The file of a part that tells whether its tables are whole, one a line, as `sha256sum --check` reads it."""

LIBRARIES = ("numpy", "scipy", "scikit-learn", "umap-learn", "pandas", "xgboost", "xgboost-cpu", "torch")
"""What analyses compute with, as far as it is installed."""

NONSENSE = (AttributeError, LookupError, RecursionError, SyntaxError, TypeError, ValueError)
"""What pandas raises where the columns of a file are not what its metadata say."""


class Checkpoints:
    """Parts of one study's analysis in a folder; None keeps nothing.

    >>> calls = []
    >>> def part():
    ...     calls.append("computed")
    ...     return {"found": pd.DataFrame({"r2": [0.5]})}
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     for _ in range(2):
    ...         tables = Checkpoints(Path(folder)).tables({"layer": "pooled"}, part)
    >>> calls, tables["found"]["r2"].tolist()
    (['computed'], [0.5])
    """

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder

    def known(self, follows_from: Mapping[str, Any]) -> Tables | None:
        """The tables of a part that was computed before, None if it was not, or is damaged."""
        return None if self.folder is None else _read(self.folder / _digest(follows_from))

    def tables(self, follows_from: Mapping[str, Any], compute: Callable[[], Tables]) -> Tables:
        """The tables that `compute` gives, from disk if they were computed from the same before."""
        found = self.known(follows_from)
        if found is not None:
            return found
        computed = compute()
        if self.folder is None:
            return computed
        place = self.folder / _digest(follows_from)
        _write(computed, place)
        found = _read(place)
        if found is None:
            raise StoreError(f"{place}: cannot be read back; check the disk, or choose another place with --out.")
        return found


def _read(place: Path) -> Tables | None:
    """The tables of a part, None unless all that were written are there as they were."""
    try:
        contents = {path.name: path.read_bytes() for path in place.glob("*.parquet") if path.is_file()}
        if _listing(contents) != (place / LISTING).read_text(encoding="utf-8", errors="replace"):
            return None
        return {name.removesuffix(".parquet"): _table(contents[name]) for name in sorted(contents)}
    except (pa.ArrowException, OSError, *NONSENSE):
        return None


def _table(content: bytes) -> pd.DataFrame:
    table: pd.DataFrame = pq.read_table(pa.BufferReader(content)).to_pandas()
    return table


def _listing(contents: Mapping[str, bytes]) -> str:
    """Names and digests of the files of a part."""
    return "".join(f"{hashlib.sha256(contents[name]).hexdigest()}  {name}\n" for name in sorted(contents))


def _write(tables: Tables, place: Path) -> None:
    """All tables of a part under its name, or nothing that could be taken for them."""
    place.parent.mkdir(parents=True, exist_ok=True)
    half = place.with_name(f".{place.name}")
    with locked(place.parent / ".lock"):
        for leftover in (half, place):
            shutil.rmtree(leftover, ignore_errors=True)
        half.mkdir()
        contents = {f"{name}.parquet": _parquet(table) for name, table in tables.items()}
        for name, content in {**contents, LISTING: _listing(contents).encode()}.items():
            (half / name).write_bytes(content)
            settle(half / name)
        half.rename(place)


def _parquet(table: pd.DataFrame) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pandas(table, preserve_index=False), sink, compression="zstd")
    return sink.getvalue()


def _digest(follows_from: Mapping[str, Any]) -> str:
    text = json.dumps(follows_from, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(f"{text}\n{_code()}".encode()).hexdigest()[:32]


@cache
def _code() -> str:
    """Digest of wetdry's own modules, and versions of what they compute with."""
    digest = hashlib.sha256(" ".join(f"{name} {_version(name)}" for name in LIBRARIES).encode())
    root = Path(os.fspath(files("wetdry")))  # type: ignore[call-overload]
    for path in sorted(root.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"

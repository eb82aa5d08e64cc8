"""Shards of a store, finished parts of studies, and spectrograms kept on disk."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from mutated_files import rewritten_parquet
from mutations import damaged, rewritten_json

from fuzzing.reader import Reader
from wetdry.audio import Windows
from wetdry.encoders.base import EncoderSpec, Layer
from wetdry.encoders.logmel.encoder import SHAPE
from wetdry.errors import CacheError, StoreError
from wetdry.extract.chunk_file import ChunkFile, entry
from wetdry.extract.chunks import INDEX, Chunks
from wetdry.store import Embedded, Failure, ItemRow, Store, VariantKey, stacked
from wetdry.studies.checkpoints import LISTING, Checkpoints, Tables

SPEC = EncoderSpec(
    name="toy",
    revision="3",
    sample_rate=8000,
    windows=Windows(1.0),
    layers=(Layer("top", 3, labels=("a", "b", "c")),),
    default_layer="top",
    licence="GPL-3.0-or-later",
    about="for tests",
)
AREAS = {"vectors": f"vectors/{SPEC.key}/top", "items": "items", "failures": "failures"}
SHARD = "0123456789abcdef" * 2 + ".parquet"
"""A reader cannot know what is in a shard before it reads it, so names need not fit; `verify` looks at that."""


def stored(area: str) -> Callable[[Path], list[bytes]]:
    """A store of two clips, items and failures, of which shards of one area are left to be read, under another name."""

    def make(folder: Path) -> list[bytes]:
        store = Store(folder)
        for clip in ("c1", "c2"):
            vectors = np.arange(6, dtype=np.float32).reshape(2, 3)
            variant = VariantKey("gain(db=3)", "1", "1s")
            starts = np.arange(2, dtype=np.float32)
            part = Embedded(clip, variant, starts=starts, vectors=vectors, family="gain", level=3.0, gain_db=None)
            store.append(SPEC, "top", [part])
            store.append_items([ItemRow("songs", clip, "a.wav", clip, "0/all", clip, "g", "", "{}", 3.0, 8000, 2)])
            store.update_failures([Failure("songs", clip, "x.wav", "", "", "decode", "damaged.")], lambda _: False)
        shards = sorted((folder / AREAS[area]).glob("*.parquet"))
        contents = [shard.read_bytes() for shard in shards]
        shards[0].unlink()
        for other in AREAS.values():
            if other != AREAS[area]:
                shutil.rmtree(folder / other)
        return contents

    return make


def vectors_of(folder: Path) -> Any:
    store = Store(folder)
    return stacked(store.vectors("toy", "top")), store.keys(SPEC.key, "top"), store.spec("toy", "top"), store.ls()


def are_vectors(found: Any) -> bool:
    vectors, keys, spec, _ = found
    return vectors.dtype == np.float32 and vectors.ndim == 2 and isinstance(spec, dict) and isinstance(keys, dict)


def rows_of(ask: Callable[[Store], pa.Table]) -> Callable[[Path], list[dict[str, Any]]]:
    return lambda folder: ask(Store(folder)).to_pylist()


def texts_are_texts(rows: list[dict[str, Any]]) -> bool:
    """What names data set and item can be shown and looked up."""
    return all(isinstance(row[name], str) for row in rows for name in ("dataset", "item", "path"))


def verdict_is_bad(verdict: Any) -> bool:
    """What has a name that its bytes do not give is told, whatever is in it; so nothing mutated counts as whole."""
    return not verdict.clean and len(verdict.damaged) == 1


FOLLOWS_FROM = {"part": 1}


def kept(folder: Path) -> list[bytes]:
    """A finished part of two tables; what is read is the first of them."""
    tables = {"found": pd.DataFrame({"r2": [0.5, 0.25], "name": ["a", "b"]}), "more": pd.DataFrame({"n": [1]})}
    Checkpoints(folder).tables(FOLLOWS_FROM, lambda: tables)
    place = next(path for path in folder.iterdir() if path.is_dir())
    content = (place / "found.parquet").read_bytes()
    place.rename(folder / "part")
    return [content, (folder / "part" / "more.parquet").read_bytes()]


def part_of_a_study(folder: Path) -> Tables | None:
    from wetdry.studies.checkpoints import _read

    return _read(folder / "part")


def relisted(folder: Path) -> Tables | None:
    """A part whose listing was made to fit, as whoever can write the folder can do."""
    place = folder / "part"
    names = sorted(path.name for path in place.glob("*.parquet"))
    lines = (f"{hashlib.sha256((place / name).read_bytes()).hexdigest()}  {name}\n" for name in names)
    (place / LISTING).write_text("".join(lines))
    return part_of_a_study(folder)


def none_or_tables(found: Tables | None) -> bool:
    return found is None or all(isinstance(table, pd.DataFrame) for table in found.values())


def spectrograms(folder: Path) -> list[bytes]:
    """Two songs of one chunk each."""
    file = ChunkFile(folder)
    for k, name in enumerate(("a", "b")):
        values = np.full((1, *SHAPE), k, dtype=np.float32)
        file.append(entry(name, f"clip {name}", [0.0], values), values)
    file.finish()
    (folder / INDEX).write_text(json.dumps({"items": ["a", "b"], "failures": []}))
    return []


def index(folder: Path) -> list[bytes]:
    spectrograms(folder)
    return [(folder / INDEX).read_bytes()]


def journal(folder: Path) -> list[bytes]:
    spectrograms(folder)
    return [(folder / "journal.jsonl").read_bytes()]


def values(folder: Path) -> list[bytes]:
    spectrograms(folder)
    return [(folder / "chunks.f32").read_bytes()]


def changed_lines(rng: Random, valid: Sequence[bytes]) -> bytes:
    """Each line a JSON of its own."""
    lines = rng.choice(valid).splitlines(keepends=True)
    line = rng.randrange(len(lines))
    lines[line] = rewritten_json(rng, [lines[line]]) + rng.choice([b"\n", b""])
    return b"".join(lines)


def opened(folder: Path) -> Chunks:
    return Chunks.open(folder)


def is_whole(chunks: Chunks) -> bool:
    return (
        chunks.values.shape == (len(chunks.row), *SHAPE)
        and chunks.start.shape == chunks.row.shape
        and np.isfinite(chunks.start).all()
    )


PRELOADED = ()

READERS = [
    Reader(
        "store: vectors",
        stored("vectors"),
        f"{AREAS['vectors']}/{SHARD}",
        vectors_of,
        rewritten_parquet,
        are_vectors,
        StoreError,
    ),
    Reader(
        "store: items",
        stored("items"),
        f"items/{SHARD}",
        rows_of(Store.items),
        rewritten_parquet,
        texts_are_texts,
        StoreError,
    ),
    Reader(
        "store: failures",
        stored("failures"),
        f"failures/{SHARD}",
        rows_of(Store.failures),
        rewritten_parquet,
        texts_are_texts,
        StoreError,
    ),
    Reader(
        "store: verify",
        stored("vectors"),
        f"{AREAS['vectors']}/{SHARD}",
        lambda folder: Store(folder).verify(),
        rewritten_parquet,
        verdict_is_bad,
    ),
    Reader("part of a study", kept, "part/found.parquet", part_of_a_study, damaged, none_or_tables),
    Reader("part of a study, listed anew", kept, "part/found.parquet", relisted, rewritten_parquet, none_or_tables),
    Reader("spectrograms: index", index, INDEX, opened, rewritten_json, is_whole, CacheError),
    Reader("spectrograms: journal", journal, "journal.jsonl", opened, changed_lines, is_whole, CacheError),
    Reader("spectrograms: values", values, "chunks.f32", opened, damaged, is_whole, CacheError),
]

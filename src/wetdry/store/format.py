"""What a shard holds: schemas, the encoding of rows to Parquet bytes and back, and the canonical order."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from wetdry.audio import Windows
from wetdry.encoders.base import EncoderSpec, Vectors
from wetdry.errors import StoreError
from wetdry.store.media import Location, Medium
from wetdry.store.media.base import is_of_a_service

SCHEMA_VERSION = 1

VERSION_FIELD = b"wetdry.schema"
KIND_FIELD = b"wetdry.kind"
ENCODER_FIELD = b"wetdry.encoder"
LAYER_FIELD = b"wetdry.layer"
SPEC_FIELD = b"wetdry.spec"

TEXT = pa.dictionary(pa.int32(), pa.string())
VECTOR_ELEMENT = "vector.list.element"

KEY_COLUMNS = ("clip", "effect", "effect_revision", "recipe", "segment")
"""What tells two rows of one encoder and layer apart, in the order in which readers sort."""

ITEM_KEY_COLUMNS = ("dataset", "item", "excerpt")

ITEM_SCHEMA = pa.schema(
    [
        ("dataset", pa.string()),
        ("item", pa.string()),
        ("path", pa.string()),
        ("file_hash", pa.string()),
        ("excerpt", pa.string()),
        ("clip", pa.string()),
        ("group", pa.string()),
        ("split", pa.string()),
        ("labels", pa.string()),
        ("seconds", pa.float64()),
        ("sample_rate", pa.int32()),
        ("channels", pa.int32()),
        # Microseconds since 1970: where an item was recorded twice, readers take the later row.
        ("recorded", pa.int64()),
    ]
)

VECTOR_FIELDS = (
    ("clip", TEXT),
    ("effect", TEXT),
    ("effect_revision", TEXT),
    ("family", TEXT),
    ("level", pa.float64()),
    ("gain_db", pa.float64()),
    ("recipe", TEXT),
    ("segment", pa.int32()),
    ("start", pa.float32()),
)
"""All but the vector, whose type says how long it is."""

FAILURE_FIELDS = ("dataset", "item", "path", "effect", "encoder", "stage", "reason")
EVENT_SCHEMA = pa.schema(
    # `settled` once it was tried again; `recorded` in microseconds since 1970, the later of two events counts.
    [*((name, pa.string()) for name in FAILURE_FIELDS), ("settled", pa.bool_()), ("recorded", pa.int64())]
)

KINDS = {
    b"vectors": dict(VECTOR_FIELDS),
    b"items": {field.name: field.type for field in ITEM_SCHEMA},
    b"failures": {field.name: field.type for field in EVENT_SCHEMA},
}
"""Kind of shard → its columns and their types, the vector left out."""
MAY_BE_ABSENT = ("level", "gain_db")
"""Columns in which a value may be null."""
LONGEST_VERSION = 9
"""Digits."""


class VariantKey(NamedTuple):
    """What of one clip was embedded, and how: all of a variant's rows are in one shard."""

    effect: str
    effect_revision: str
    recipe: str


@dataclass(frozen=True, eq=False)
class Embedded:
    """The vectors of one variant of one clip in one layer: rows that are stored together.

    `starts` (segment,) are seconds from the clip's start, `vectors` (segment, dim). `family` and
    `level` say in which sweep the effect was first asked for; an effect may stand in several, so
    join with the steps of a sweep (`Store.table`) rather than select by them.
    """

    clip: str
    variant: VariantKey
    family: str
    level: float | None
    gain_db: float | None
    starts: npt.NDArray[np.float32]
    vectors: Vectors


@dataclass(frozen=True)
class ItemRow:
    """One item of a data set, and the clip it was decoded to."""

    dataset: str
    item: str
    path: str
    file_hash: str
    excerpt: str
    clip: str
    group: str
    split: str
    labels: str
    seconds: float
    sample_rate: int
    channels: int

    @property
    def key(self) -> tuple[str, str, str]:
        return self.dataset, self.item, self.excerpt


def recipe(windows: Windows, pool: str | None) -> str:
    """The window grid and pooling as text.

    >>> recipe(Windows(10.0), None), recipe(Windows(10.0, 5.0), "mean")
    ('10s', '10s/5s+mean')
    """
    return f"{windows.key}+{pool}" if pool else windows.key


def vector_schema(dim: int) -> pa.Schema:
    return pa.schema([*VECTOR_FIELDS, ("vector", pa.list_(pa.float32(), dim))])


def vector_table(parts: Sequence[Embedded]) -> pa.Table:
    """One row a window, from parts of one width."""
    counts = [len(part.vectors) for part in parts]
    dim = parts[0].vectors.shape[1]
    owner = np.repeat(np.arange(len(parts)), counts)
    values = np.concatenate([part.vectors for part in parts]).astype(np.float32, copy=False)
    columns = {
        "clip": _spread((part.clip for part in parts), owner),
        "effect": _spread((part.variant.effect for part in parts), owner),
        "effect_revision": _spread((part.variant.effect_revision for part in parts), owner),
        "family": _spread((part.family for part in parts), owner),
        "level": pa.array([part.level for part in parts], pa.float64()).take(pa.array(owner)),
        "gain_db": pa.array([part.gain_db for part in parts], pa.float64()).take(pa.array(owner)),
        "recipe": _spread((part.variant.recipe for part in parts), owner),
        "segment": pa.array(np.concatenate([np.arange(n, dtype=np.int32) for n in counts])),
        "start": pa.array(np.concatenate([part.starts for part in parts]).astype(np.float32)),
        "vector": pa.FixedSizeListArray.from_arrays(pa.array(values.ravel()), dim),
    }
    return pa.table(columns, schema=vector_schema(dim))


def _spread(texts: Iterable[str], owner: npt.NDArray[np.intp]) -> pa.Array:
    each = pa.array(list(texts), pa.string()).dictionary_encode()
    return pa.DictionaryArray.from_arrays(each.indices.take(pa.array(owner)), each.dictionary)


def describe(spec: EncoderSpec, layer: str) -> dict[bytes, bytes]:
    """A vector shard's metadata: enough to know what its numbers are without the encoder installed."""
    text = json.dumps(dataclasses.asdict(spec), sort_keys=True)
    return {ENCODER_FIELD: spec.key.encode(), LAYER_FIELD: layer.encode(), SPEC_FIELD: text.encode()}


def vector_bytes(table: pa.Table, about: Mapping[bytes, bytes]) -> bytes:
    """A vector shard as Parquet bytes.

    Split into byte planes and compressed with zstd, float32 vectors take 0.8 of their size and read
    faster than uncompressed ones. Page checksums let a reader notice a flipped bit.
    """
    return _encode(
        table,
        {KIND_FIELD: b"vectors", **about},
        compression="zstd",
        compression_level=1,
        use_dictionary=[name for name in table.column_names if pa.types.is_dictionary(table.schema.field(name).type)],
        use_byte_stream_split=[VECTOR_ELEMENT],
        write_statistics=False,
    )


def item_bytes(rows: Sequence[ItemRow], recorded: int) -> bytes:
    """An items shard as Parquet bytes; `recorded` in microseconds since 1970."""
    table = pa.Table.from_pylist([{**dataclasses.asdict(row), "recorded": recorded} for row in rows], ITEM_SCHEMA)
    return plain_bytes(table, b"items")


def plain_bytes(table: pa.Table, kind: bytes) -> bytes:
    """A table without vectors as Parquet bytes."""
    return _encode(table, {KIND_FIELD: kind}, compression="zstd")


def _encode(table: pa.Table, about: Mapping[bytes, bytes], **options: Any) -> bytes:
    kept = {VERSION_FIELD: str(SCHEMA_VERSION).encode(), **about}
    sink = pa.BufferOutputStream()
    pq.write_table(table.replace_schema_metadata(kept), sink, write_page_checksum=True, **options)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def decode(medium: Medium, name: str, columns: Sequence[str] | None = None, *, without: str | None = None) -> pa.Table:
    """Read the columns of a shard (all if None, but the one `without`) with its page checksums verified.

    Raises `FileNotFoundError` if it is gone, `StoreError` if it is damaged or not a shard.
    """
    table = medium.using(name, lambda source: parse(source, medium.locate(name), columns, without=without))
    kind, area = table.schema.metadata[KIND_FIELD].decode(), name.partition("/")[0]
    if kind != area:
        raise StoreError(f"{medium.locate(name)}: is of kind {kind}, among {area}; move it elsewhere.")
    return table


def parse(
    source: pa.NativeFile, where: Location, columns: Sequence[str] | None = None, *, without: str | None = None
) -> pa.Table:
    """The columns of an opened shard, as of `decode`."""
    try:
        with pq.ParquetFile(source, page_checksum_verification=True) as file:
            names = file.schema_arrow.names if columns is None else columns
            # One thread: shards are small, and the caller's parallelism is its own affair.
            table = file.read(columns=[name for name in names if name != without], use_threads=False)
            stated = file.schema_arrow.names
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        if is_of_a_service(error):
            raise
        raise damaged(where) from None
    about = table.schema.metadata or {}
    version = about.get(VERSION_FIELD, b"").decode(errors="replace")
    if not version.isdecimal() or len(version) > LONGEST_VERSION:
        raise StoreError(f"{where}: is a Parquet file, but not a shard of a wetdry store; move it elsewhere.")
    if int(version) > SCHEMA_VERSION:
        raise StoreError(f"{where}: was written by a newer wetdry (schema {version}); upgrade wetdry to read it.")
    _check_columns(table, where, stated)
    return table


def _check_columns(table: pa.Table, where: Location, stated: Sequence[str]) -> None:
    """Raise unless a shard states the columns of its kind, and what was read of them is of their types.

    A checksum proves that a shard is what was written, not that wetdry wrote it.
    """
    kind = table.schema.metadata.get(KIND_FIELD, b"")
    types = KINDS.get(kind, {})
    if list(stated) != [*types, *(["vector"] if kind == b"vectors" else [])]:
        raise _other_columns(where)
    for field, column in zip(table.schema, table.columns, strict=True):
        if not (_is_vector(field.type) if field.name == "vector" else field.type == types[field.name]):
            raise _other_columns(where)
        if column.null_count and field.name not in MAY_BE_ABSENT:
            raise damaged(where)
        if field.name != "vector":
            try:
                column.validate(full=True)
            except pa.ArrowInvalid:
                raise damaged(where) from None


def _is_vector(kind: pa.DataType) -> bool:
    return pa.types.is_fixed_size_list(kind) and bool(kind.value_type == pa.float32()) and kind.list_size > 0


def damaged(where: Location) -> StoreError:
    """What to raise for a shard that cannot be what was written."""
    remedy = "remove it with `wetdry store gc --damaged` and run again to fill the gap."
    return StoreError(f"{where}: is damaged; {remedy}")


def _other_columns(where: Location) -> StoreError:
    return StoreError(f"{where}: has other columns than a shard of a wetdry store; move it elsewhere.")


def schema(medium: Medium, name: str) -> pa.Schema:
    """The columns of a shard, without its metadata."""
    return medium.using(name, pq.read_schema).remove_metadata()


def joined(tables: Sequence[pa.Table]) -> pa.Table:
    """Tables of one schema as one table of one chunk a column, dictionaries unified."""
    whole = pa.concat_tables([table.replace_schema_metadata(None) for table in tables])
    return whole.unify_dictionaries().combine_chunks()


def ranks(column: pa.ChunkedArray) -> npt.NDArray[np.int32]:
    """Integers that sort like the column's values, and are equal where these are."""
    whole = column.combine_chunks().dictionary_encode()
    values = np.array(whole.dictionary.to_pylist(), dtype=object)
    # A dictionary read from a file may repeat a value.
    _, rank = np.unique(values, return_inverse=True)
    codes = whole.indices.to_numpy(zero_copy_only=False)
    result: npt.NDArray[np.int32] = rank.astype(np.int32)[codes]
    return result


def canonical(table: pa.Table, keys: Sequence[str] = KEY_COLUMNS) -> pa.Table:
    """The table sorted by `keys`, with the first row kept of each key.

    Dictionaries hold what occurs in the order in which it occurs, so equal rows make equal tables.
    """
    if table.num_rows == 0:
        return table
    table = table.take(pa.array(_first_of_each(table, keys)))
    for index, column in enumerate(table.schema):
        if pa.types.is_dictionary(column.type):
            table = table.set_column(index, column.name, _as_they_occur(table.column(index)))
    return table


def _first_of_each(table: pa.Table, keys: Sequence[str]) -> npt.NDArray[np.int64]:
    """Places of the first row of each key, in the order of the keys."""
    columns = [ranks(table.column(name)) for name in keys]
    order = np.lexsort(columns[::-1])
    fresh = np.zeros(len(order), dtype=bool)
    fresh[0] = True
    for column in columns:
        fresh[1:] |= column[order[1:]] != column[order[:-1]]
    return order[fresh]


def _as_they_occur(column: pa.ChunkedArray) -> pa.DictionaryArray:
    """The same texts with a dictionary of those that occur, in the order in which they do."""
    whole = column.combine_chunks()
    whole = whole.chunk(0) if isinstance(whole, pa.ChunkedArray) else whole
    met = pc.unique(whole.indices)
    # A dictionary read from a file may repeat a value.
    texts = whole.dictionary.take(met).dictionary_encode()
    place = np.zeros(len(whole.dictionary), dtype=np.int32)
    place[met.to_numpy()] = texts.indices.to_numpy()
    return pa.DictionaryArray.from_arrays(pa.array(place[whole.indices.to_numpy()]), texts.dictionary)


def stacked(table: pa.Table) -> Vectors:
    """The table's vectors as one array (row, dim)."""
    column = table.column("vector")
    if not pa.types.is_fixed_size_list(column.type) or not pa.types.is_float32(column.type.value_type):
        raise StoreError(f"The store holds {column.type} where it should hold vectors; give another one.")
    dim = column.type.list_size
    parts = [chunk.flatten().to_numpy(zero_copy_only=False).reshape(-1, dim) for chunk in column.chunks]
    return np.concatenate(parts) if parts else np.empty((0, dim), dtype=np.float32)

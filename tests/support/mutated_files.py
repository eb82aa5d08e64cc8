"""Files that are whole by their own format and say something else than they should: safetensors, Parquet, zip."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from random import Random
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from mutations import LENGTHS, LONG, PATHS, TEXTS, damaged, nasty, other_json
from safetensors import SafetensorError
from safetensors.numpy import load, save

EXTREMES = (np.nan, np.inf, -np.inf, 1e300, -1e300, 0.0, -1.0, 1e-320, 2**31, 2**53)
KINDS = ("float64", "float32", "float16", "int64", "int32", "uint8", "bool")

# Safetensors


def rewritten_tensors(rng: Random, valid: Sequence[bytes]) -> bytes:
    """A safetensors file with other tensors, another header or another card in it; or damaged as bytes are."""
    content = rng.choice(valid)
    return rng.choice([_damaged_tensors, _other_header, _other_card, _other_tensors])(rng, content, valid)


def _damaged_tensors(rng: Random, _: bytes, valid: Sequence[bytes]) -> bytes:
    return damaged(rng, valid)


def header_of(content: bytes) -> tuple[str, bytes]:
    """The JSON in front of the tensors, and the bytes behind it."""
    end = 8 + int.from_bytes(content[:8], "little")
    return content[8:end].decode(), content[end:]


def with_header(header: str, data: bytes) -> bytes:
    encoded = header.encode("utf-8", "surrogatepass")
    return len(encoded).to_bytes(8, "little") + encoded + data


def _other_header(rng: Random, content: bytes, _: Sequence[bytes]) -> bytes:
    header, data = header_of(content)
    return with_header(other_json(rng, header), data)


def _other_card(rng: Random, content: bytes, _: Sequence[bytes]) -> bytes:
    """The text in the metadata is JSON of its own."""
    header, data = header_of(content)
    said = json.loads(header)
    metadata = said.get("__metadata__")
    if not metadata:
        return content[: rng.randint(0, len(content))]
    name = rng.choice(sorted(metadata))
    is_card = metadata[name].startswith("{") and rng.random() < 0.9
    metadata[name] = other_json(rng, metadata[name]) if is_card else nasty(rng)
    return with_header(json.dumps(said), data)


def _other_tensors(rng: Random, content: bytes, _: Sequence[bytes]) -> bytes:
    tensors, metadata = load(content), json.loads(header_of(content)[0]).get("__metadata__")
    for _ in range(rng.randint(1, 3)):
        if tensors:
            _change_a_tensor(rng, tensors)
    try:
        return save(tensors, metadata=metadata)
    except SafetensorError:
        return content[:8]


def _change_a_tensor(rng: Random, tensors: dict[str, Any]) -> None:
    name = rng.choice(sorted(tensors))
    values = tensors[name].copy()
    what = rng.choice(["values", "values", "values", "number", "absent", "name", "shape", "kind", "empty"])
    if what == "absent":
        del tensors[name]
    elif what == "name":
        tensors[rng.choice(["", "x", name + " ", LONG[:300]])] = tensors.pop(name)
    elif what == "shape":
        tensors[name] = rng.choice([values.reshape(-1), values[np.newaxis], values.sum().astype(values.dtype)])
        tensors[name] = np.asarray(tensors[name])
    elif what == "kind":
        with np.errstate(all="ignore"):
            tensors[name] = values.astype(rng.choice(KINDS))
    elif what == "empty":
        tensors[name] = values.reshape(-1)[:0]
    elif values.size:
        flat = values.reshape(-1)
        extreme = rng.choice(EXTREMES) if what == "values" else rng.choice(LENGTHS)
        with np.errstate(all="ignore"):
            chosen = slice(None) if rng.random() < 0.3 else rng.randrange(flat.size)
            flat[chosen] = np.array(float(extreme)).astype(values.dtype)
        tensors[name] = values


# Parquet


def rewritten_parquet(rng: Random, valid: Sequence[bytes]) -> bytes:
    """A Parquet file with columns, types, values or metadata that are others; or damaged as bytes are."""
    if rng.random() < 0.5:
        return damaged(rng, valid)
    table = pq.read_table(pa.BufferReader(rng.choice(valid)))
    for _ in range(rng.randint(1, 2)):
        table = _other_table(rng, table)
    sink = io.BytesIO()
    pq.write_table(table, sink, write_page_checksum=True)
    return sink.getvalue()


def _other_table(rng: Random, table: pa.Table) -> pa.Table:
    what = rng.choice(["metadata", "absent", "name", "values", "values", "nulls", "rows", "repeat"])
    metadata = dict(table.schema.metadata or {})
    if what == "metadata" and metadata:
        key = rng.choice(sorted(metadata))
        metadata[key] = _other_text(rng, metadata[key])
        return table.replace_schema_metadata(metadata)
    if not table.num_columns:
        return table
    column = rng.randrange(table.num_columns)
    name, count = table.column_names[column], table.num_rows
    if what == "absent":
        return table.remove_column(column)
    if what == "name":
        return table.rename_columns([rng.choice(["", "vector", "x"]) if n == name else n for n in table.column_names])
    if what == "rows":
        return table.slice(0, rng.choice([0, 1]))
    if what == "repeat":
        return table.append_column(name, table.column(column))
    if what == "nulls":
        return table.set_column(column, name, pa.nulls(count, table.schema.field(column).type))
    return table.set_column(column, name, rng.choice(_columns(rng, count)))


def _columns(rng: Random, count: int) -> list[pa.Array]:
    return [
        pa.array([nasty(rng)] * count, pa.string()),
        pa.array([rng.choice(EXTREMES)] * count, pa.float64()),
        pa.array([rng.choice([-1, 0, 2**62])] * count, pa.int64()),
        pa.array([b"\xff\x00"] * count, pa.binary()),
        pa.array([[1.0] * (row % 3) for row in range(count)], pa.list_(pa.float32())),
        pa.array([[0.5] * 3] * count, pa.list_(pa.float32(), 3)),
        pa.array([[]] * count, pa.list_(pa.float32(), 0)),
        pa.array([{"a": 1}] * count, pa.struct([("a", pa.int32())])),
        pa.nulls(count),
    ]


def _other_text(rng: Random, text: bytes) -> bytes:
    try:
        return other_json(rng, text.decode()).encode("utf-8", "surrogatepass")
    except ValueError:
        return rng.choice([b"", b"\xff", b"9" * 5000, "²".encode(), nasty(rng).encode()])


# Zip


def rewritten_archive(rng: Random, valid: Sequence[bytes]) -> bytes:
    """A zip archive of other members: names that lead elsewhere, kinds, sizes and packings; or damaged as bytes are."""
    if rng.random() < 0.5:
        return damaged(rng, valid)
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(rng.choice(valid))) as given, zipfile.ZipFile(made, "w") as archive:
        changed = rng.randrange(len(given.namelist()))
        for index, member in enumerate(given.infolist()):
            content = given.read(member)
            written = zipfile.ZipInfo(member.filename)
            if index == changed:
                content = _other_member(rng, written, content)
            # One name twice is among what is tried, and zipfile warns of it only under a name that it knows already.
            archive.NameToInfo.clear()
            archive.writestr(written, content)
    return made.getvalue()


def _other_member(rng: Random, member: zipfile.ZipInfo, content: bytes) -> bytes:
    what = rng.choice(["name", "name", "kind", "packing", "content"])
    if what == "name":
        member.filename = rng.choice(
            [*PATHS, *TEXTS, "a/../../b", "/", "//x", "a/b.csv", "a/b.csv/c", "..", "x" * 5000]
        )
    elif what == "kind":
        member.external_attr = rng.choice([0o120777, 0o010644, 0o060644, 0o040755, 0o104755]) << 16
    elif what == "packing":
        member.compress_type = rng.choice([zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
    return rng.choice([b"", bytes(1 << 20), content * 3, content])

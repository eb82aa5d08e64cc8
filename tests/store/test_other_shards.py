"""Shards that are whole by their checksum and not what wetdry writes: whoever can write a store can put them there."""

import dataclasses

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from wetdry.audio import Windows
from wetdry.encoders.base import EncoderSpec, Layer
from wetdry.errors import StoreError
from wetdry.store import Embedded, Failure, ItemRow, Store, VariantKey
from wetdry.store.shards import checksum

SPEC = EncoderSpec("toy", "3", 8000, Windows(1.0), (Layer("top", 2),), "top", "GPL-3.0-or-later", "for tests")
ASKED = {
    "vectors": lambda store: (store.vectors("toy", "top"), store.keys(SPEC.key, "top"), store.spec("toy", "top")),
    "items": lambda store: store.items(),
    "failures": lambda store: store.failures(),
}


@pytest.fixture
def store(tmp_path):
    made = Store(tmp_path)
    vectors = np.ones((2, 2), dtype=np.float32)
    variant, starts = VariantKey("identity", "1", "1s"), np.arange(2, dtype=np.float32)
    made.append(SPEC, "top", [Embedded("c", variant, "", None, None, starts=starts, vectors=vectors)])
    made.append_items([ItemRow("set", "a", "a.wav", "f", "all", "c", "g", "", "{}", 1.0, 8000, 1)])
    made.update_failures([Failure("set", "b", "b.wav", "", "", "decode", "damaged.")], lambda _: False)
    return made


def changed(store, area, change):
    """The one shard of an area, its table changed, under the name that its new bytes have."""
    (path,) = (store.root / area).rglob("*.parquet")
    table = change(pq.read_table(path))
    path.unlink()
    pq.write_table(table, path)
    return path.rename(path.with_name(f"{checksum(path.read_bytes())}.parquet"))


def about(table, **fields):
    """The table with other metadata."""
    given = {f"wetdry.{name}".encode(): value for name, value in fields.items()}
    return table.replace_schema_metadata({**table.schema.metadata, **given})


def with_column(table, name, values):
    return table.set_column(table.column_names.index(name), name, values)


CHANGES = {
    "a column less": lambda table: table.drop_columns([table.column_names[-1]]),
    "a column more": lambda table: table.append_column("x", pa.nulls(len(table))),
    "another name": lambda table: table.rename_columns(["x", *table.column_names[1:]]),
    "numbers for text": lambda table: table.set_column(0, table.column_names[0], pa.array([1.0] * len(table))),
    "nothing for text": lambda table: table.set_column(0, table.field(0), pa.nulls(len(table), table.field(0).type)),
    "another kind": lambda table: about(table, kind=b"another"),
    "a version of many digits": lambda table: about(table, schema=b"9" * 5000),
}


@pytest.mark.parametrize("area", ASKED)
@pytest.mark.parametrize("change", CHANGES)
def test_a_shard_with_other_columns_is_refused_by_its_name(store, area, change):
    path = changed(store, area, CHANGES[change])
    with pytest.raises(StoreError) as caught:
        ASKED[area](store)
    assert str(caught.value).startswith(f"{path}: ")


@pytest.mark.parametrize(
    "kind", [pa.list_(pa.float32()), pa.list_(pa.float64(), 2), pa.list_(pa.float32(), 0), pa.binary()]
)
def test_vectors_of_another_type_are_refused(store, kind):
    values = pa.array(
        [b"xy", b"xy"] if kind == pa.binary() else [[0.5] * max(0, getattr(kind, "list_size", 2))] * 2, kind
    )
    changed(store, "vectors", lambda table: with_column(table, "vector", values))
    with pytest.raises(
        StoreError, match=r"has other columns than a shard of a wetdry store; move it elsewhere|is damaged; remove"
    ):
        store.vectors("toy", "top")


@pytest.mark.parametrize("spec", [b"{", b"[1]", b"\xff", b"[" * 5000])
def test_a_specification_that_is_none_is_damage(store, spec):
    changed(store, "vectors", lambda table: about(table, spec=spec))
    with pytest.raises(StoreError, match="is damaged; remove it with"):
        store.spec("toy", "top")


def test_a_shard_among_those_of_another_kind_is_refused(store):
    (path,) = (store.root / "failures").iterdir()
    path.rename(store.root / "items" / path.name)
    with pytest.raises(StoreError, match="is of kind failures, among items; move it elsewhere"):
        store.items()


def test_a_row_without_a_level_is_no_damage(store):
    assert store.vectors("toy", "top")["level"].to_pylist() == [None, None]
    assert dataclasses.asdict(Failure(**store.failures().to_pylist()[0]))["item"] == "b"

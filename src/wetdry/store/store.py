"""`Store`: what is in it, appending to it, and reading tables out of it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from wetdry.encoders.base import EncoderSpec
from wetdry.errors import StoreError
from wetdry.registry import did_you_mean
from wetdry.store import format as fmt
from wetdry.store.failures import FOLDER, Failure, read_failures, update_failures
from wetdry.store.format import Embedded, ItemRow, VariantKey
from wetdry.store.media import Location, medium
from wetdry.store.selection import VECTOR, WidthsDifferError, in_batches, selected
from wetdry.store.shards import each, list_shards, publish, read_each

if TYPE_CHECKING:
    from wetdry.effects import Step
    from wetdry.store.compaction import Compacted
    from wetdry.store.upkeep import Swept, Verdict

VECTORS, ITEMS = "vectors", "items"
AREAS = (VECTORS, ITEMS, FOLDER)
ITEM_COLUMNS = ("dataset", "item", "path", "excerpt", "group", "split", "labels", "seconds")
_PLAIN = "@+,=() "


@dataclass(frozen=True)
class Holding:
    """What a store holds of one layer of one encoder; `rows` counts duplicates too."""

    encoder: str
    layer: str
    rows: int
    shards: int
    bytes: int


class Store:
    """An append-only table of embeddings; made when first written to.

    Processes, on one machine or many, may append to, read, verify and tidy one store at the same time.

    Parameters
    ----------
    root
        A folder, or the URL of a prefix for objects: `s3://bucket/prefix`, `gs://bucket/prefix`.
    """

    def __init__(self, root: str | Path) -> None:
        self.medium = medium(root)
        self._recorded = 0

    @property
    def root(self) -> Location:
        """Where the store is, for people."""
        return self.medium.root

    @property
    def is_there(self) -> bool:
        """Whether anything was ever stored."""
        return any(self.medium.folders(area) or self.medium.files(area) for area in AREAS)

    def append(self, spec: EncoderSpec, layer: str, parts: Sequence[Embedded]) -> Location:
        """Publish vectors of one layer, all of one width, as one shard; returns where it is."""
        about = fmt.describe(spec, spec.layer(layer).name)
        return publish(self.medium, self.folder(spec.key, layer), fmt.vector_bytes(fmt.vector_table(parts), about))

    def append_items(self, rows: Sequence[ItemRow]) -> Location:
        """Publish items as one shard; a row recorded later replaces an earlier one of the same item and excerpt."""
        return publish(self.medium, ITEMS, fmt.item_bytes(rows, recorded=self._now()))

    def _now(self) -> int:
        """Microseconds since 1970, but never before what is recorded already: a clock may have been set back."""
        if not self._recorded:
            for table in self.item_batches(["recorded"]):
                self._recorded = max(self._recorded, pc.max(table["recorded"]).as_py() or 0)
        self._recorded = max(time.time_ns() // 1000, self._recorded + 1)
        return self._recorded

    def failures(self) -> pa.Table:
        """What is missing from the store because it failed, one row a failure."""
        return read_failures(self.medium)

    def update_failures(self, failures: Iterable[Failure], settled: Callable[[Failure], bool]) -> None:
        """Record failures and drop those rows that are `settled`, tried again with whatever outcome."""
        update_failures(self.medium, failures, settled)

    def folder(self, encoder: str, layer: str) -> str:
        """Folder of the shards of a layer, relative to the root."""
        return f"{VECTORS}/{quote(encoder, safe=_PLAIN)}/{quote(layer, safe=_PLAIN)}"

    def layers(self) -> list[tuple[str, str]]:
        """(encoder key, layer) of all vectors that are here, sorted."""
        return [
            (unquote(encoder), unquote(layer))
            for encoder in self.medium.folders(VECTORS)
            for layer in self.medium.folders(f"{VECTORS}/{encoder}")
            if list_shards(self.medium, f"{VECTORS}/{encoder}/{layer}")
        ]

    def keys(self, encoder: str, layer: str) -> dict[str, set[VariantKey]]:
        """Clip hash → what of it is here, for an encoder key (`name@revision`) and layer."""
        columns = ["clip", *VariantKey._fields]
        present: dict[str, set[VariantKey]] = {}
        shared: dict[VariantKey, VariantKey] = {}
        for table in read_each(
            self.medium, self.folder(encoder, layer), lambda name: fmt.decode(self.medium, name, columns)
        ):
            # One row a variant: the first of its segments stands for all, since a shard has all or none.
            for clip, *rest in zip(*(column.to_pylist() for column in _distinct(table, columns)), strict=True):
                key = VariantKey(*rest)
                present.setdefault(clip, set()).add(shared.setdefault(key, key))
        return present

    def vector_batches(self, encoder: str, layer: str, columns: Sequence[str]) -> Iterator[pa.Table]:
        """Columns of the shards of an encoder key (`name@revision`) and layer, one shard at a time, in no order.

        A row may be met more than once.
        """
        return each(self.medium, self.folder(encoder, layer), lambda name: fmt.decode(self.medium, name, columns))

    def item_batches(self, columns: Sequence[str]) -> Iterator[pa.Table]:
        """Columns of the items, one shard at a time, in no order; all that was ever recorded of an item."""
        return each(self.medium, ITEMS, lambda name: fmt.decode(self.medium, name, columns))

    def items(self, dataset: str | None = None) -> pa.Table:
        """Items as last recorded, sorted by data set, item and excerpt."""
        tables = read_each(self.medium, ITEMS, lambda name: fmt.decode(self.medium, name))
        if not tables:
            return fmt.ITEM_SCHEMA.empty_table()
        everything = fmt.joined(tables)
        if dataset is not None:
            everything = everything.filter(pc.equal(everything["dataset"], dataset))
        latest_first = everything.take(pc.sort_indices(everything, [("recorded", "descending")]))
        return fmt.canonical(latest_first, fmt.ITEM_KEY_COLUMNS)

    def spec(self, encoder: str, layer: str) -> dict[str, Any]:
        """The specification of the encoder, as its shards record it (see `EncoderSpec`)."""
        key = self._resolve(encoder, layer)
        about = read_each(self.medium, self.folder(key, layer), lambda name: name)
        metadata = fmt.decode(self.medium, about[0], ["segment"]).schema.metadata
        try:
            spec = json.loads(metadata[fmt.SPEC_FIELD])
        except (ValueError, KeyError, RecursionError):
            spec = None
        if not isinstance(spec, dict):
            raise fmt.damaged(self.medium.locate(about[0]))
        return spec

    def vectors(
        self,
        encoder: str,
        layer: str,
        *,
        clips: Iterable[str] | None = None,
        effects: Iterable[str] | None = None,
        recipe: str | None = None,
        columns: Sequence[str] | None = None,
    ) -> pa.Table:
        """Vectors of one layer in canonical order (clip, effect, revision, recipe, segment), each key once.

        Parameters
        ----------
        encoder
            `name@revision`, or the name alone where the store holds one revision of it.
        clips, effects, recipe
            Keep only rows of these clip hashes, effect keys, recipe.
        columns
            Columns beside the key to read; all if None. Without `vector` a large store reads fast.
        """
        key = self._resolve(encoder, layer)
        kept = _kept(clips, effects, recipe)
        with_vectors = columns is None or VECTOR in columns
        try:
            return selected(self.medium, self.folder(key, layer), kept, columns, with_vectors=with_vectors)
        except WidthsDifferError:
            raise StoreError(
                f"{self.root}: {key} {layer} holds vectors of different widths; give the recipe: "
                f"{', '.join(sorted(self._recipes(key, layer)))}"
            ) from None

    def batches(
        self,
        encoder: str,
        layer: str,
        columns: Sequence[str],
        *,
        clips: Iterable[str] | None = None,
        effects: Iterable[str] | None = None,
        recipe: str | None = None,
    ) -> Iterator[pa.Table]:
        """`columns` of what `vectors` gives, a shard at a time in no stated order: each key once, but not all at once.

        In memory are a few shards, and some 250 bytes for each row that is asked for.
        """
        key = self._resolve(encoder, layer)
        return in_batches(self.medium, self.folder(key, layer), _kept(clips, effects, recipe), columns)

    def table(
        self,
        encoder: str,
        layer: str,
        *,
        steps: Iterable[Step] | None = None,
        dataset: str | None = None,
        excerpt: str | None = None,
        recipe: str | None = None,
    ) -> pa.Table:
        """Items joined with their vectors: one row per item, effect and segment.

        With `steps`, each item has one block of rows per step, in the order of the steps: `family`
        and `level` are the step's, an effect that stands in several sweeps is in each of them, and
        vectors of an older revision of an effect are left out. Without, each vector is there once,
        in canonical order.
        """
        wanted = None if steps is None else list(steps)
        keys = None if wanted is None else {step.effect.key for step in wanted}
        items = self.items(dataset)
        if excerpt is not None:
            items = items.filter(pc.equal(items["excerpt"], excerpt))
        vectors = self.vectors(encoder, layer, clips=items["clip"].to_pylist(), effects=keys, recipe=recipe)
        blocks = _blocks(vectors, ["clip"] if wanted is None else ["clip", "effect", "effect_revision"])
        item_rows: list[npt.NDArray[np.int64]] = []
        rows: list[npt.NDArray[np.int64]] = []
        step_of: list[npt.NDArray[np.int64]] = []
        for i, clip in enumerate(items["clip"].to_pylist()):
            for j, step in enumerate(wanted or [None]):
                span = blocks.get((clip,) if step is None else (clip, step.effect.key, step.effect.revision))
                if span is not None:
                    rows.append(np.arange(*span))
                    item_rows.append(np.full(len(rows[-1]), i))
                    step_of.append(np.full(len(rows[-1]), j))
        taken = vectors.take(pa.array(_flat(rows)))
        if wanted is not None:
            which = pa.array(_flat(step_of))
            taken = _with(taken, "family", pa.array([s.family for s in wanted], pa.string()).take(which))
            taken = _with(taken, "level", pa.array([s.level for s in wanted], pa.float64()).take(which))
        described = items.select(ITEM_COLUMNS).take(pa.array(_flat(item_rows)))
        for name in taken.column_names:
            described = described.append_column(name, taken.column(name))
        return described

    def ls(self) -> list[Holding]:
        """Rows, shards and bytes of each encoder and layer."""
        holdings = []
        for encoder, layer in self.layers():
            read = read_each(
                self.medium,
                self.folder(encoder, layer),
                lambda name: (fmt.decode(self.medium, name, ["segment"]).num_rows, self.medium.size(name)),
            )
            rows, sizes = [r for r, _ in read], [s for _, s in read]
            holdings.append(Holding(encoder, layer, sum(rows), len(read), sum(sizes)))
        return holdings

    def verify(self) -> Verdict:
        """Recompute every checksum, and look for strays, gaps and orphans; changes nothing."""
        from wetdry.store.upkeep import verify

        return verify(self)

    def gc(self, *, damaged: bool = False, older_than: float | None = None) -> Swept:
        """Remove stale temporaries; with `damaged`, damaged shards too.

        A temporary is stale if its writer is dead or, where that cannot be told, if nothing was
        written to it for `older_than` seconds (half an hour if None).
        """
        from wetdry.store.media.base import STALE_SECONDS
        from wetdry.store.upkeep import sweep

        return sweep(self, damaged=damaged, older_than=STALE_SECONDS if older_than is None else older_than)

    def compact(self, *, target: int | None = None, told: Callable[[int, int], None] | None = None) -> Compacted:
        """Join small shards into ones of about `target` bytes (64 MiB if None), and drop rows that are there twice.

        `told` is called with how many shards were looked at, and of how many.
        """
        from wetdry.store.compaction import TARGET_BYTES, compact

        return compact(self, TARGET_BYTES if target is None else target, told or (lambda *_: None))

    def _resolve(self, encoder: str, layer: str) -> str:
        """The full key of an encoder whose vectors of `layer` are here."""
        held = self.layers()
        keys = sorted({key for key, _ in held})
        matches = [key for key in keys if encoder in (key, key.partition("@")[0])]
        if not keys:
            raise StoreError(f"{self.root}: holds no vectors; check the path, or run an extraction into it first.")
        if not matches:
            hint = did_you_mean(encoder, keys if "@" in encoder else [key.partition("@")[0] for key in keys])
            raise StoreError(f'{self.root}: holds no vectors of "{encoder}": {hint}')
        if len(matches) > 1:
            raise StoreError(f"{self.root}: holds several revisions of {encoder}; name one: {', '.join(matches)}")
        layers = [name for key, name in held if key == matches[0]]
        if layer not in layers:
            raise StoreError(f'{self.root}: holds no layer "{layer}" of {matches[0]}: {did_you_mean(layer, layers)}')
        return matches[0]

    def _recipes(self, key: str, layer: str) -> set[str]:
        tables = read_each(self.medium, self.folder(key, layer), lambda name: fmt.decode(self.medium, name, ["recipe"]))
        return {text for table in tables for text in table["recipe"].unique().to_pylist()}


def _distinct(table: pa.Table, columns: Sequence[str]) -> list[pa.Array]:
    """The table's columns without repeated rows."""
    plain = pa.table({name: table.column(name).cast(pa.string()) for name in columns})
    groups = plain.group_by(list(columns)).aggregate([])
    return [groups.column(name) for name in columns]


def _kept(clips: Iterable[str] | None, effects: Iterable[str] | None, recipe: str | None) -> dict[str, pa.Array]:
    """What a row must be of, by column."""
    given = {"clip": clips, "effect": effects, "recipe": None if recipe is None else [recipe]}
    return {name: pa.array(sorted(set(kept)), pa.string()) for name, kept in given.items() if kept is not None}


def _blocks(table: pa.Table, columns: Sequence[str]) -> dict[tuple[str, ...], tuple[int, int]]:
    """(first, last + 1) of each run of rows with equal values in `columns` of a sorted table."""
    if table.num_rows == 0:
        return {}
    codes = np.stack([fmt.ranks(table.column(name)) for name in columns])
    firsts = np.flatnonzero(np.r_[True, (codes[:, 1:] != codes[:, :-1]).any(axis=0)])
    ends = np.r_[firsts[1:], table.num_rows]
    names = table.select(list(columns)).take(pa.array(firsts))
    texts = zip(*(names.column(name).to_pylist() for name in columns), strict=True)
    return {key: (int(a), int(b)) for key, a, b in zip(texts, firsts, ends, strict=True)}


def _flat(parts: list[npt.NDArray[np.int64]]) -> npt.NDArray[np.int64]:
    return np.concatenate(parts) if parts else np.empty(0, dtype=np.int64)


def _with(table: pa.Table, name: str, values: pa.Array) -> pa.Table:
    return table.set_column(table.column_names.index(name), name, values)

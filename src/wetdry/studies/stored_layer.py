"""One layer in a store, read a shard at a time: where vectors are, little enough to be sent to another process."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from wetdry.encoders import Vectors
from wetdry.errors import StoreError
from wetdry.extract.plan import View
from wetdry.store import Store, stacked

Places = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class StoredLayer:
    """The vectors of one layer as one view of an encoder has them.

    Attributes
    ----------
    store
        Where they are.
    key, name
        Of the encoder, with and without its revision.
    layer, recipe
        Names.
    dim
        Of the vectors.
    """

    store: Store
    key: str
    name: str
    layer: str
    recipe: str
    dim: int

    @classmethod
    def of(cls, store: Store, view: View, layer: str) -> StoredLayer:
        """A layer of a view."""
        spec = view.encoder.spec
        return cls(store, view.key, spec.name, layer, view.recipe, spec.layer(layer).dim)

    def index(self, columns: Collection[str], clips: Collection[str], effects: Collection[str]) -> pa.Table:
        """The keys of the vectors of clips under effects, and `columns` beside them, but no vector."""
        return self.store.vectors(
            self.key, self.layer, clips=clips, effects=effects, recipe=self.recipe, columns=[*columns]
        )

    def batches(
        self, columns: Collection[str], clips: Collection[str], effects: Collection[str]
    ) -> Iterator[tuple[pa.Table, Vectors]]:
        """Columns and vectors (row, dim) of clips under effects, a shard at a time, in no order."""
        for table in self.store.batches(
            self.key, self.layer, [*columns, "vector"], clips=clips, effects=effects, recipe=self.recipe
        ):
            vectors = stacked(table)
            if vectors.shape[1] != self.dim:
                raise StoreError(
                    f"{self.store.root}: {self.name} {self.layer} has vectors of {vectors.shape[1]} dimensions where "
                    f"the encoder gives {self.dim}; give another --store."
                )
            yield table, vectors


def places(column: pa.ChunkedArray, names: pd.Index) -> Places:
    """Place (row,) of each text among the names, −1 for none."""
    coded = column.combine_chunks().dictionary_encode()
    place: Places = names.get_indexer(pd.Index(coded.dictionary.to_pylist(), dtype=object))
    if not len(place):
        return np.empty(0, dtype=np.int64)
    found: Places = place[coded.indices.to_numpy(zero_copy_only=False)]
    return found

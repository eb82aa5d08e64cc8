"""Embeddings on disk: an append-only table of Parquet shards that is safe to kill and to share.

    STORE/vectors/<encoder>@<revision>/<layer>/<checksum>.parquet     one row a window
    STORE/items/<checksum>.parquet                                    one row a data-set item
    STORE/failures/<checksum>.parquet                                 one row a failure, or its end

STORE is a folder, or a prefix of a bucket. A shard's name is the checksum of its bytes, and it
appears under that name at once (by rename on a disk, as every object does in a bucket): what has a
shard's name is whole, and `verify` can prove it. So a listing is the manifest, and nothing is
locked. Shards are never changed. A vector's key is (clip content hash, effect key and revision,
encoder@revision, layer, recipe, segment); where two processes computed the same key, readers keep
one row.
"""

from wetdry.store.compaction import Compacted
from wetdry.store.failures import Failure
from wetdry.store.format import Embedded, ItemRow, VariantKey, recipe, stacked
from wetdry.store.store import Holding, Store
from wetdry.store.upkeep import Swept, Verdict

__all__ = [
    "Compacted",
    "Embedded",
    "Failure",
    "Holding",
    "ItemRow",
    "Store",
    "Swept",
    "VariantKey",
    "Verdict",
    "recipe",
    "stacked",
]

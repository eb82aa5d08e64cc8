"""Embeddings on disk: an append-only table of Parquet shards that is safe to kill and to share.

    STORE/vectors/<encoder>@<revision>/<layer>/<checksum>.parquet     one row a window
    STORE/items/<checksum>.parquet                                    one row a data-set item

A shard is written under a temporary name, synced, and renamed to the checksum of its bytes: what
has a shard's name is whole, and `verify` can prove it. Shards are never changed. A vector's key is
(clip content hash, effect key and revision, encoder@revision, layer, recipe, segment); where two
processes computed the same key, readers keep one row.
"""

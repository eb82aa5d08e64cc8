"""Where the files of a store are: a folder on this machine, or objects under a prefix of a bucket."""

from __future__ import annotations

from pathlib import Path

from wetdry.store.media.base import Location, Medium
from wetdry.store.media.disk import Disk


def medium(root: str | Path) -> Medium:
    """The medium that a path or a URL such as `s3://bucket/prefix` names."""
    if isinstance(root, str) and "://" in root:
        from wetdry.store.media.bucket import Bucket

        return Bucket(root)
    return Disk(Path(root))


__all__ = ["Location", "Medium", "medium"]

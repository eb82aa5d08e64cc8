"""What lies below a prefix of a bucket: objects, and the folders that the slashes of their keys make."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from wetdry.remote.objects import Objects


class Listing:
    """Objects with their sizes, and the names in each folder, by their keys.

    Parameters
    ----------
    prefix
        What was listed: a folder, or an object alone.
    found
        Bytes of each object by its key; None where nothing is there.
    """

    def __init__(self, prefix: str, found: dict[str, int] | None) -> None:
        self.sizes = found or {}
        self.folders: dict[str, set[str]] = {} if found is None or prefix in found else {prefix: set()}
        for key in self.sizes:
            self._add(prefix, key)

    def _add(self, prefix: str, key: str) -> None:
        while key != prefix:
            folder, _, name = key.rpartition("/")
            names = self.folders.setdefault(folder, set())
            if name in names:
                return
            if name:
                names.add(name)
            key = folder


@dataclass(frozen=True)
class Snapshot:
    """A prefix of a bucket as of one moment, which is when it is asked for first; the paths below share it."""

    bucket: Objects
    prefix: str

    @cached_property
    def listing(self) -> Listing:
        return Listing(self.prefix, self.bucket.sizes(self.prefix))

    def of(self, key: str) -> Snapshot:
        """That which knows of a key: this one where the key is below."""
        if not self.prefix or key == self.prefix or key.startswith(f"{self.prefix}/"):
            return self
        return Snapshot(self.bucket, key)

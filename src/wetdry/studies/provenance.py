"""What a reader must know to get the same tables again."""

from __future__ import annotations

import datetime
import platform
import shlex
import sys
from importlib.metadata import version
from typing import Any

from wetdry.extract import versions

PACKAGES = (*versions.PACKAGES, "pandas", "scikit-learn", "umap-learn", "numba")
"""Of those, what is installed."""

MOST_SEED = 2**32 - 1
"""The largest seed that all generators of random numbers take; the least is 0."""


def provenance(config: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The record that becomes `run.json`: configuration, versions, command, date, and what the study adds."""
    import soundfile

    packages = versions.versions(PACKAGES)
    python = packages.pop("python")
    return {
        "version": version("wetdry"),
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "command": shlex.join(sys.argv),
        "config": config,
        "packages": packages,
        "libsndfile": soundfile.__libsndfile_version__,
        "python": python,
        "machine": platform.platform(),
        **more,
    }

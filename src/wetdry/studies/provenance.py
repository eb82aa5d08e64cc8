"""What a reader must know to get the same tables again."""

from __future__ import annotations

import datetime
import platform
import shlex
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Any

PACKAGES = (
    "wetdry",
    "numpy",
    "scipy",
    "soundfile",
    "soxr",
    "pedalboard",
    "pyloudnorm",
    "onnxruntime",
    "vibenet",
    "librosa",
    "pyarrow",
    "pandas",
    "scikit-learn",
    "umap-learn",
    "numba",
    "torch",
    "transformers",
)
"""Of those, what is installed."""

MOST_SEED = 2**32 - 1
"""The largest seed that all generators of random numbers take; the least is 0."""


def provenance(config: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The record that becomes `run.json`: configuration, versions, command, date, and what the study adds."""
    import soundfile

    return {
        "version": version("wetdry"),
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "command": shlex.join(sys.argv),
        "config": config,
        "packages": {name: found for name in PACKAGES if (found := _version(name))},
        "libsndfile": soundfile.__libsndfile_version__,
        "python": platform.python_version(),
        "machine": platform.platform(),
        **more,
    }


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None

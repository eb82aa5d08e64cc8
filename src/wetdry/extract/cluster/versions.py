"""What the numbers of a worker depend on beside the plan."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version

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
    "torch",
    "transformers",
)


def versions() -> dict[str, str]:
    """Python and packages, by name; "none" for what is not installed."""
    return {"python": platform.python_version(), **{name: _version(name) for name in PACKAGES}}


def differences(here: Mapping[str, str], there: Mapping[str, str]) -> str:
    """What differs, as text; empty if nothing does.

    >>> differences({"numpy": "2.1", "soxr": "1.0"}, {"numpy": "2.2", "soxr": "1.0"})
    'numpy 2.1 here, 2.2 there'
    """
    told = [
        f"{name} {here[name]} here, {there.get(name, 'none')} there" for name in here if here[name] != there.get(name)
    ]
    return "; ".join(told)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"

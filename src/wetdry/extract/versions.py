"""What is installed of all that vectors depend on."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Mapping
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


def versions(packages: Iterable[str] = PACKAGES) -> dict[str, str]:
    """Package → its version, of those that are installed; and that of Python."""
    found = {name: _version(name) for name in packages}
    return {"python": platform.python_version(), **{name: number for name, number in found.items() if number}}


def differences(here: Mapping[str, str], there: Mapping[str, str]) -> str:
    """What differs, as text; empty if nothing does.

    >>> differences({"numpy": "2.1", "soxr": "1.0"}, {"numpy": "2.2", "soxr": "1.0"})
    'numpy 2.1 here, 2.2 there'
    """
    return "; ".join(
        f"{name} {here.get(name, 'none')} here, {there.get(name, 'none')} there"
        for name in dict.fromkeys([*here, *there])
        if here.get(name) != there.get(name)
    )


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None

"""A training that was broken off, as a file: what `Training` needs to go on as if nothing had happened."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from wetdry.errors import DataError

Arrays = Mapping[str, npt.NDArray[Any]]
Shapes = Mapping[str, tuple[int, ...]]
STATE = "state"
MOMENTS = ("step", "exp_avg", "exp_avg_sq")
"""What Adam remembers of each parameter."""

NONSENSE = (AttributeError, LookupError, RuntimeError, TypeError, ValueError)
"""What a state leads to in which names, kinds or shapes are others than were written."""


class Checkpoint(NamedTuple):
    """Arrays, such as weights, and what JSON holds besides, such as the curve so far."""

    arrays: Arrays
    state: Mapping[str, Any]


def write(path: Path, checkpoint: Checkpoint) -> None:
    """Write it whole, in place of an earlier one."""
    arrays = {name: np.asarray(each, order="C") for name, each in checkpoint.arrays.items()}
    content = save(arrays, metadata={STATE: json.dumps(dict(checkpoint.state), allow_nan=False)})
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with unfinished.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
    except OSError as error:
        raise DataError(
            f"{path}: the checkpoint cannot be written ({error.strerror or error}); choose another place."
        ) from error


def read(path: Path, digest: str) -> Checkpoint | None:
    """The checkpoint of the training of that digest; None if there is none yet."""
    if not path.exists():
        return None
    try:
        with safe_open(path, framework="np") as file:
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            state = json.loads((file.metadata() or {}).get(STATE, "null"))
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error}); check its permissions.") from None
    except (SafetensorError, *NONSENSE):
        raise _unfit(path, "is no checkpoint") from None
    if not isinstance(state, dict) or state.get("digest") != digest:
        raise _unfit(path, "is the checkpoint of another training")
    return Checkpoint(arrays, state)


@contextmanager
def taken_up(path: Path) -> Iterator[None]:
    """Go on from what a file holds: one sentence where that is not what a training leaves behind."""
    try:
        yield
    except NONSENSE:
        raise _unfit(path, "does not hold what a training leaves behind") from None


def under(prefix: str, arrays: Arrays, shapes: Shapes) -> dict[str, npt.NDArray[Any]]:
    """Arrays of these names below a prefix; raises `ValueError` unless they have these shapes and are finite."""
    found = {name: arrays[f"{prefix}.{name}"] for name in shapes}
    if any(each.shape != shapes[name] or not np.isfinite(each).all() for name, each in found.items()):
        raise ValueError(f"{prefix} is of another shape, or not finite")
    return found


def moments(prefix: str, arrays: Arrays, shape: tuple[int, ...]) -> dict[str, npt.NDArray[Any]]:
    """What Adam remembers of a parameter of that shape, as of `under`."""
    return under(prefix, arrays, {name: () if name == "step" else shape for name in MOMENTS})


def _unfit(path: Path, why: str) -> DataError:
    return DataError(f"{path}: {why}; delete it to train from the start, or name another file.")

"""Arrays of a stored probe, none of which is used before it is known to be what it says it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from wetdry.errors import DataError

Tensors = dict[str, npt.NDArray[Any]]
Dimensions = tuple[int | None, ...]

LARGEST = 1e30
"""Beyond it, squares and products of stored numbers would leave the range of float64."""


class Parts:
    """Named arrays, taken one by one."""

    def __init__(self, tensors: Mapping[str, npt.NDArray[Any]]) -> None:
        self._left = dict(tensors)
        self._prefix = ""

    def under(self, prefix: str) -> Parts:
        """Those whose names begin with `prefix`, asked for without it; what is taken there is taken here."""
        nested = Parts({})
        nested._left, nested._prefix = self._left, self._prefix + prefix
        return nested

    def take(self, name: str, shape: Dimensions, dtype: npt.DTypeLike = np.float64) -> npt.NDArray[Any]:
        """The array `name`, if it has that type and shape, in which None is any length but 0."""
        name = self._prefix + name
        tensor = self._left.pop(name, None)
        if not isinstance(tensor, np.ndarray):
            raise unfit(f'lacks "{name}"')
        if tensor.dtype != dtype:
            raise unfit(f'holds "{name}" as {tensor.dtype}, not {np.dtype(dtype)}')
        fits = tensor.ndim == len(shape) and all(
            length == wanted or (wanted is None and length > 0)
            for length, wanted in zip(tensor.shape, shape, strict=True)
        )
        if not fits:
            wanted_shape = tuple("any" if wanted is None else wanted for wanted in shape)
            raise unfit(f'holds "{name}" in shape {tensor.shape}, not {wanted_shape}')
        if tensor.dtype.kind == "f" and not (np.abs(tensor) <= LARGEST).all():
            raise unfit(f'holds impossible numbers in "{name}"')
        return tensor

    def check(self, name: str, fine: bool) -> None:
        """Raise unless the values of `name` are `fine`."""
        if not fine:
            raise unfit(f'holds impossible numbers in "{self._prefix}{name}"')

    def finish(self) -> None:
        """Raise if something is left that no probe of that kind has."""
        if self._left:
            raise unfit(f'holds "{next(iter(self._left))}", which it has no use for')


def unfit(why: str) -> DataError:
    return DataError(f"The stored probe {why}: train it again, or take the file from where it was made.")

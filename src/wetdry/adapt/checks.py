"""Settings that have to be numbers of one kind."""

from __future__ import annotations

import math

from wetdry.errors import DataError

LARGEST_SEED = 2**63 - 1


def counted(name: str, value: object) -> None:
    """Raise unless it is a whole number from 1 on."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise DataError(f"A {name} of {value!r} is no setting of an adaptation: give a whole number from 1 on.")


def seeded(value: object) -> None:
    """Raise unless it is a whole number that every generator takes as a seed."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LARGEST_SEED:
        raise DataError(f"A seed of {value!r} cannot be used: give a whole number from 0 to 2^63 - 1.")


def positive(name: str, value: float) -> None:
    """Raise unless it is a finite number above 0."""
    if not 0.0 < value < math.inf:
        raise DataError(f"A {name} of {value!r} is no setting of an adaptation: give a number above 0.")

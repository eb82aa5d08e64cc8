"""What is asked of a song: how far each of its estimates has to move, and which may not move the other way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import Literal

import numpy as np
import numpy.typing as npt

from wetdry.errors import DataError
from wetdry.registry import did_you_mean
from wetdry.studies.estimators import NAMES_OF_AROUSAL

Floats = npt.NDArray[np.float64]
Way = Literal["up", "down", "not up", "not down"]

DEFAULT_STEP = 0.1
"""How far a mood moves an estimate, as a share of its scale."""
SLACK = 0.2
"""How far an estimate that is to stay may move, as a share of the largest step that is asked for."""

MOODS: dict[str, dict[str, Way]] = {
    "happy": {"valence": "up", "energy": "not down"},
    "excited": {"valence": "up", "energy": "up"},
    "energetic": {"energy": "up"},
    "angry": {"valence": "down", "energy": "up"},
    "tense": {"valence": "not up", "energy": "up"},
    "dark": {"valence": "down"},
    "sad": {"valence": "down", "energy": "not up"},
    "gloomy": {"valence": "down", "energy": "down"},
    "subdued": {"energy": "down"},
    "calm": {"valence": "not down", "energy": "down"},
    "relaxed": {"valence": "up", "energy": "down"},
    "bright": {"valence": "up"},
}
"""Where a mood lies from any song, on the axes of the valence–arousal plane; an axis not named is free."""

AXES = {"valence": ("valence",), "energy": NAMES_OF_AROUSAL}
"""Names under which an estimator may give each axis."""


@dataclass(frozen=True)
class Wish:
    """The changes `low` to `high` that are welcome in one estimate, which is on a scale of `width`."""

    target: str
    low: float
    high: float
    width: float

    @property
    def nearest(self) -> float:
        """The smallest change that fulfils the wish."""
        return min(max(0.0, self.low), self.high)

    def sure(self, doubt: Floats) -> tuple[Floats, Floats]:
        """Bounds (…) of the changes that are welcome for sure, as each may be wrong by `doubt` (…).

        A slack is used up by doubt, but no further than to no change at all; that of an estimate that is to stay
        where it is, both ways, is left as it is.
        """
        if -inf < self.low and self.high < inf:
            return np.full_like(doubt, self.low), np.full_like(doubt, self.high)
        low = self.low + (doubt if self.low > 0 else np.minimum(doubt, -self.low))
        high = self.high - (doubt if self.high < 0 else np.minimum(doubt, self.high))
        return low, high

    def __str__(self) -> str:
        if self.low > 0:
            return f"{self.target} up by at least {self.low:.3g}"
        if self.high < 0:
            return f"{self.target} down by at least {-self.high:.3g}"
        if self.low > -inf and self.high < inf:
            return f"{self.target} within ±{self.high:.3g}"
        way, most = ("down", -self.low) if self.high == inf else ("up", self.high)
        return f"{self.target} not {way} by more than {most:.3g}"


@dataclass(frozen=True)
class Goal:
    """A box of welcome changes, in the order of an estimator's targets.

    Attributes
    ----------
    name
        The mood, or the numbers as they were given.
    targets
        All estimates that changes have a column for.
    wishes
        At most one for each; an estimate without is free.
    """

    name: str
    targets: tuple[str, ...]
    wishes: tuple[Wish, ...]

    def distance(self, change: npt.ArrayLike, doubt: npt.ArrayLike = 0.0) -> Floats:
        """Distance (…) of changes (…, target) from the box, each estimate in shares of its scale.

        What has to move, or not to move the other way, must do so by `doubt` (…, target) more; see `Wish.sure`.
        """
        moved, doubt = np.broadcast_arrays(np.asarray(change, dtype=np.float64), doubt)
        missing = []
        for wish in self.wishes:
            column = self.targets.index(wish.target)
            value, more = moved[..., column], doubt[..., column]
            low, high = wish.sure(more)
            missing.append((value - np.clip(value, low, high)) / wish.width)
        return np.asarray(np.linalg.norm(np.stack(missing, axis=-1), axis=-1))

    def share(self, change: npt.ArrayLike, doubt: npt.ArrayLike = 0.0) -> Floats:
        """How much of the way (…) changes go: 0 for none, 1 inside the box, below 0 for the wrong way."""
        whole = self.distance(np.zeros(len(self.targets)))
        return np.asarray(1.0 - self.distance(change, doubt) / whole)

    @property
    def nearest(self) -> Floats:
        """The smallest change (target,) that is inside the box."""
        wished = {wish.target: wish.nearest for wish in self.wishes}
        return np.array([wished.get(target, 0.0) for target in self.targets])

    def __str__(self) -> str:
        return " and ".join(map(str, self.wishes))


def goal_of(
    targets: Sequence[str],
    scales: Sequence[tuple[float, float]],
    dry: npt.ArrayLike,
    *,
    toward: str | None = None,
    by: float | None = None,
    valence: float | None = None,
    energy: float | None = None,
) -> Goal:
    """The goal that a mood or numbers set for a song.

    Parameters
    ----------
    targets, scales
        Names of the estimates, and the lowest and highest value of each.
    dry
        Estimates (target,) of the unprocessed song.
    toward
        One of `MOODS`; how far is `by`, a share of the scale.
    valence, energy
        Changes on the estimator's own scale instead: at least as far as this, and about where it is for 0.

    Raises
    ------
    DataError
        Where nothing is asked, both ways at once, a mood or axis that is unknown, or more than the scale has left.
    """
    numbers = {axis: value for axis, value in (("valence", valence), ("energy", energy)) if value is not None}
    spans = dict(zip(targets, scales, strict=True))
    known = dict(zip(targets, np.asarray(dry, dtype=np.float64).tolist(), strict=True))
    if toward is not None:
        if numbers:
            raise DataError("A mood and numbers were given; give --toward, or --valence and --energy.")
        wishes = _mood(toward, DEFAULT_STEP if by is None else by, spans)
        name = toward
    else:
        if by is not None:
            raise DataError("--by says how far a mood is to go; give it with --toward, or the numbers alone.")
        wishes = _numbers(numbers, spans)
        name = ", ".join(f"{axis} {value:+g}" for axis, value in numbers.items())
    for wish in wishes:
        _within_scale(wish, known[wish.target], spans[wish.target], name)
    # What has to move is said before what has to stay.
    wishes.sort(key=lambda wish: wish.nearest == 0)
    return Goal(name, tuple(targets), tuple(wishes))


def _mood(name: str, by: float, spans: dict[str, tuple[float, float]]) -> list[Wish]:
    if name not in MOODS:
        raise DataError(f'Unknown mood "{name}": {did_you_mean(name, MOODS)}')
    if not 0 < by <= 1:
        raise DataError(f"--by is a share of the scale, above 0 and at most 1, not {by:g}.")
    wishes = []
    for axis, way in MOODS[name].items():
        target = _target(axis, spans)
        width = spans[target][1] - spans[target][0]
        step, slack = by * width, SLACK * by * width
        low, high = {"up": (step, inf), "down": (-inf, -step), "not up": (-inf, slack), "not down": (-slack, inf)}[way]
        wishes.append(Wish(target, low, high, width))
    return wishes


def _numbers(numbers: dict[str, float], spans: dict[str, tuple[float, float]]) -> list[Wish]:
    if not any(numbers.values()):
        raise DataError("No change is asked for; give --toward and a mood, or --valence or --energy such as +0.2.")
    widths = {axis: spans[_target(axis, spans)][1] - spans[_target(axis, spans)][0] for axis in numbers}
    largest = max(abs(value) / widths[axis] for axis, value in numbers.items())
    wishes = []
    for axis, value in numbers.items():
        slack = SLACK * largest * widths[axis]
        low, high = (-slack, slack) if value == 0 else (value, inf) if value > 0 else (-inf, value)
        wishes.append(Wish(_target(axis, spans), low, high, widths[axis]))
    return wishes


def _target(axis: str, spans: dict[str, tuple[float, float]]) -> str:
    for name in AXES[axis]:
        if name in spans:
            return name
    raise DataError(
        f"The estimator gives {', '.join(spans)} and no {' or '.join(AXES[axis])}; use one that does, such as vibenet."
    )


def _within_scale(wish: Wish, dry: float, span: tuple[float, float], name: str) -> None:
    wanted = dry + wish.nearest
    if wish.nearest and not span[0] <= wanted <= span[1]:
        raise DataError(
            f"{name}: estimated {wish.target} is {dry:.2f} already, and a change of {wish.nearest:+.2g} would leave "
            f"its scale of {span[0]:g} to {span[1]:g}; ask for less."
        )

"""Ratings that listeners gave while a song played, second by second of the audio that the item holds.

Published for three sets: DEAM and emoMusic (every half second from second 15 of the excerpt on, the published means
over listeners from -1 to 1) and PMEmo (every half second from 15.5 s of the chorus on, from 0 to 1). Their times are
those of the published audio files: emoMusic's end with its excerpts at 45 s, PMEmo's with each chorus.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wetdry.datasets.base import dataset
from wetdry.datasets.reading.ratings import AXES, Moments
from wetdry.datasets.scales import CENTRED, UNIT, Scale
from wetdry.datasets.sets import deam, emomusic, pmemo
from wetdry.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

PUBLISHED: dict[str, tuple[Callable[[str], Moments], Scale]] = {
    "deam": (deam.song_moments, CENTRED),
    "emomusic": (emomusic.song_moments, CENTRED),
    "pmemo": (pmemo.song_moments, UNIT),
}
"""Kind of data set → what reads its ratings over time, and the scale that they are on in its files."""


@dataclass(frozen=True, eq=False)
class Curve:
    """The ratings of one item as it played.

    Attributes
    ----------
    seconds
        (t,) into the item's audio file, ascending.
    values
        Label → (t,) ratings, on `scale`.
    scale
        That of the data set's label of the same name.
    """

    seconds: npt.NDArray[np.float64]
    values: Mapping[str, npt.NDArray[np.float64]]
    scale: Scale


def curves(text: str) -> dict[str, Curve]:
    """Item id → its ratings over time, for the items of a data set that have them; empty for a set without.

    Parameters
    ----------
    text
        What opens the data set, as in `deam:PATH`. A choice of labels (`labels=repaired`) is one of ratings of whole
        songs and changes nothing here: DEAM's ratings over time are in files of their own, valence and arousal each.

    Raises
    ------
    DataError
        Where the data set cannot be opened, or a rating is not on the published scale.
    """
    kind, _, where = text.partition(":")
    if kind not in PUBLISHED:
        return {}
    opened = dataset(text)
    read, published = PUBLISHED[kind]
    axes = read(where)
    if not all(axis in axes for axis in AXES):
        return {}
    rated = (item.id for item in opened if all(item.id in axes[axis] for axis in AXES))
    scale = opened.scales[AXES[0]]
    found = {song: _curve(kind, song, {axis: axes[axis][song] for axis in AXES}, published, scale) for song in rated}
    return {song: curve for song, curve in found.items() if curve.seconds.size}


def _curve(kind: str, song: str, moments: Mapping[str, Mapping[float, float]], published: Scale, scale: Scale) -> Curve:
    """The seconds at which every axis was rated, and the ratings brought from the published scale to another."""
    import numpy as np

    for axis, ratings in moments.items():
        for second, rating in ratings.items():
            if rating not in published:
                raise DataError(
                    f"{kind}: {axis} of song {song} at {second:g} s is {rating:g}, which is no rating over time from"
                    f" {published}; get the file anew from its publisher."
                )
    seconds = sorted(set.intersection(*(set(ratings) for ratings in moments.values())))
    return Curve(
        np.array(seconds, dtype=np.float64),
        {
            axis: np.array([published.onto(scale, ratings[second]) for second in seconds], dtype=np.float64)
            for axis, ratings in moments.items()
        },
        scale,
    )

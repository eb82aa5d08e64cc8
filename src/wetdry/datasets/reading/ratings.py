"""Listeners' ratings of songs as they are published: by song id, on scales of their own, once or twice a second."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from statistics import fmean

from wetdry.datasets.reading.tables import named_rows, read_rows
from wetdry.datasets.scales import Scale
from wetdry.errors import DataError
from wetdry.remote.object_path import AnyPath

AXES = ("valence", "arousal")

Moments = dict[str, dict[str, dict[float, float]]]
"""Axis → song id → second of the audio → rating, on the scale on which they are published."""


@dataclass(frozen=True)
class SongRatings:
    """What is published of the rated songs, by song id, whether their audio is there or not.

    `whole` holds the ratings of a song as a whole, `moments` the means over those given while it played.
    """

    whole: Mapping[str, Mapping[str, float]]
    moments: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


def whole_song_ratings(
    file: AnyPath, key: str, columns: Mapping[str, str], scale: Scale
) -> dict[str, dict[str, float]]:
    """Ratings of each song, in ascending order of the ids.

    Parameters
    ----------
    key
        The column of the song id, a whole number.
    columns
        Label → the column that holds it.

    Raises
    ------
    DataError
        Where a cell is no number on the scale, an id is no whole number, or a song stands twice.
    """
    songs: dict[str, dict[str, float]] = {}
    for line, row in named_rows(file, [key, *columns.values()]):
        song = song_id(file, line, row[key])
        if song in songs:
            raise DataError(f"{file}, line {line}: song {song} stands here twice; remove one of its rows.")
        songs[song] = {label: rating(file, line, name, row[name], scale) for label, name in columns.items()}
    return in_order(songs)


def rating(file: AnyPath, line: int, name: str, text: str, scale: Scale) -> float:
    """The number in a cell; raises `DataError` unless it lies on the scale."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if value not in scale:
        raise DataError(
            f'{file}, line {line}: {name} is "{text}", which is no rating from {scale}; correct or remove this row.'
        )
    return value


def song_id(file: AnyPath, line: int, text: str) -> str:
    """A song id as all files of a data set write it: some write 2 as `2.0`, none means anything by it."""
    if (match := re.fullmatch(r"0*([0-9]{1,18})(?:\.0+)?", text)) is None:
        raise DataError(f'{file}, line {line}: "{text}" is no song id, which is a whole number; correct this row.')
    return match[1]


def in_order(songs: Mapping[str, dict[str, float]]) -> dict[str, dict[str, float]]:
    return {song: songs[song] for song in sorted(songs, key=int)}


def sampled_ratings(file: AnyPath, since_seconds: float = 0.0) -> dict[str, list[float]]:
    """The values of `timed_ratings`, song → ratings in their order."""
    return {song: list(moments.values()) for song, moments in timed_ratings(file, since_seconds).items()}


def timed_ratings(file: AnyPath, since_seconds: float = 0.0) -> dict[str, dict[float, float]]:
    """Ratings while a song played, a row a song, as DEAM and emoMusic publish them: song → second → rating.

    Columns are named for their time (`sample_15500ms`); cells beyond the end of a song are empty or missing.
    """
    (_, header), *rows = read_rows(file) or [(0, [])]
    times = [re.fullmatch(r"sample_([0-9]{1,12})ms", name) for name in header]
    wanted = {
        k: seconds
        for k, time in enumerate(times)
        if time is not None and (seconds := int(time[1]) / 1000) >= since_seconds
    }
    if header[:1] != ["song_id"] or not wanted:
        raise DataError(f"{file}: has no columns song_id, sample_15000ms and so on; get it anew from its publisher.")
    songs: dict[str, dict[float, float]] = {}
    for line, cells in rows:
        song = song_id(file, line, cells[0])
        if song in songs:
            raise DataError(f"{file}, line {line}: song {song} stands here twice; remove one of its rows.")
        texts = {seconds: cells[k] for k, seconds in wanted.items() if k < len(cells)}
        songs[song] = {
            seconds: _moment(file, line, text)
            for seconds, text in texts.items()
            if text not in ("", "NA", "NaN", "nan")
        }
    return {song: moments for song, moments in songs.items() if moments}


def means(axes: Mapping[str, Mapping[str, Iterable[float]]]) -> dict[str, dict[str, float]]:
    """The mean of each song that every axis has, from axis → song → values.

    >>> means({"valence": {"2": [0.0, 1.0], "3": [0.5]}, "arousal": {"2": [0.25]}})
    {'2': {'valence': 0.5, 'arousal': 0.25}}
    """
    common = set.intersection(*(set(songs) for songs in axes.values()))
    return in_order({song: {axis: fmean(songs[song]) for axis, songs in axes.items()} for song in common})


def _moment(file: AnyPath, line: int, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise DataError(f'{file}, line {line}: "{text}" is no rating; correct or remove this row.')
    return value

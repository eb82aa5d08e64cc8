"""`pmemo:PATH` — PMEmo, choruses of pop songs rated in valence and arousal.

PATH holds `annotations`, with `static_annotations.csv`, and `chorus`. In place of `annotations` the folder `meta` of
Music2Emo serves too, under this name or as `music2emotion_meta`: it states the same ratings on a scale from 1 to 9.

=========== =====================================================================================
items       767 choruses of songs that are rated, of 794; fewer if audio is missing
id          song id, 1 to 1000: the name of the audio file, in whatever format it was converted to
group       the id
labels      `valence`, `arousal` from 0 to 1, the mean rating of the whole chorus
over time   `valence`, `arousal` every half second from 15.5 s of the chorus on, from 0 to 1, where
            `dynamic_annotations.csv` is there
split       none; with `split=music2emo` that of `wetdry.datasets.splits.music2emo`
licence     for the research community; songs are commercial, not to be redistributed;
            cite Zhang et al. 2018 [1]_
=========== =====================================================================================

References
----------
.. [1] K. Zhang, H. Zhang, S. Li, C. Yang and L. Sun, "The PMEmo dataset for music emotion recognition", ICMR 2018;
   doi:10.1145/3206025.3206037.
"""

from __future__ import annotations

import math

from wetdry.datasets.base import Dataset, Item, datasets
from wetdry.datasets.reading.choices import path_and_choices, with_choices
from wetdry.datasets.reading.layout import laid_out, rated_audio, without_audio
from wetdry.datasets.reading.place import place
from wetdry.datasets.reading.ratings import (
    AXES,
    Moments,
    SongRatings,
    means,
    rating,
    song_id,
    whole_song_ratings,
)
from wetdry.datasets.reading.tables import named_rows
from wetdry.datasets.scales import NINE_POINTS, UNIT
from wetdry.datasets.splits.music2emo import FOLDERS as META_FOLDERS
from wetdry.datasets.splits.music2emo import NAME as MUSIC2EMO
from wetdry.datasets.splits.music2emo import music2emo_split
from wetdry.errors import DataError
from wetdry.remote.object_path import AnyPath

CHOICES = {"split": (MUSIC2EMO,)}

ORIGINAL = "annotations"
LAYOUTS = tuple((f"{folder}/static_annotations.csv", "chorus") for folder in (ORIGINAL, *META_FOLDERS))
ORIGINAL_COLUMNS = {"valence": "Valence(mean)", "arousal": "Arousal(mean)"}
META_COLUMNS = {"valence": "valence_mean", "arousal": "arousal_mean"}
SAMPLED, TIME = "dynamic_annotations.csv", "frameTime"


@datasets.register("pmemo")
def open_pmemo(where: str) -> Dataset:
    """Choruses of pop songs rated in valence and arousal: `pmemo:PATH`, `pmemo:PATH,split=music2emo`."""
    path, chosen = path_and_choices("pmemo", where, CHOICES)
    root = place("pmemo", path)
    table, audio_folder = laid_out("PMEmo", root, *LAYOUTS)
    songs = _whole(table)
    sides = music2emo_split(root) if "split" in chosen else {}
    audio = rated_audio(audio_folder, songs, "1.mp3")
    return Dataset(
        name=with_choices("pmemo", path, chosen),
        items=tuple(
            Item(id=song, path=file, labels=songs[song], split=sides.get(song, "")) for song, file in audio.items()
        ),
        licence="for the research community; songs are commercial, not to be redistributed",
        about=(
            f"{len(audio)} choruses of PMEmo with valence and arousal from 0 to 1"
            f"{without_audio(len(songs) - len(audio), 'song')}"
            "; cite Zhang, Zhang, Li, Yang and Sun, ICMR 2018 (doi:10.1145/3206025.3206037)"
        ),
        scales=dict.fromkeys(AXES, UNIT),
    )


def song_ratings(where: str) -> SongRatings:
    """All published ratings, with or without audio; takes what `open_pmemo` takes."""
    path, _ = path_and_choices("pmemo", where, CHOICES)
    table, _ = laid_out("PMEmo", place("pmemo", path), *LAYOUTS)
    sampled = table.with_name(SAMPLED)
    values = {
        axis: {song: list(moments.values()) for song, moments in songs.items()}
        for axis, songs in (_sampled(sampled) if sampled.exists() else {}).items()
    }
    return SongRatings(_whole(table), means(values) if values else {})


def song_moments(where: str) -> Moments:
    """The ratings given while the choruses played, from 0 to 1; takes what `open_pmemo` takes."""
    path, _ = path_and_choices("pmemo", where, CHOICES)
    table, _ = laid_out("PMEmo", place("pmemo", path), *LAYOUTS)
    sampled = table.with_name(SAMPLED)
    return _sampled(sampled) if sampled.exists() else {}


def _whole(table: AnyPath) -> dict[str, dict[str, float]]:
    if table.parent.name == ORIGINAL:
        return whole_song_ratings(table, "musicId", ORIGINAL_COLUMNS, UNIT)
    songs = whole_song_ratings(table, "song_id", META_COLUMNS, NINE_POINTS)
    return {
        song: {axis: NINE_POINTS.onto(UNIT, value) for axis, value in values.items()} for song, values in songs.items()
    }


def _sampled(file: AnyPath) -> Moments:
    """Ratings given every half second, a row each, in the order of the rows."""
    axes: Moments = {axis: {} for axis in AXES}
    for line, row in named_rows(file, ["musicId", TIME, *ORIGINAL_COLUMNS.values()]):
        song = song_id(file, line, row["musicId"])
        second = _second(file, line, row[TIME])
        for axis, column in ORIGINAL_COLUMNS.items():
            moments = axes[axis].setdefault(song, {})
            if second in moments:
                raise DataError(
                    f"{file}, line {line}: second {second:g} of song {song} stands here twice; remove one of its rows."
                )
            moments[second] = rating(file, line, column, row[column], UNIT)
    return axes


def _second(file: AnyPath, line: int, text: str) -> float:
    try:
        second = float(text)
    except ValueError:
        second = math.nan
    if not 0 <= second < math.inf:
        raise DataError(f'{file}, line {line}: {TIME} is "{text}", which is no time in s; correct or remove this row.')
    return second

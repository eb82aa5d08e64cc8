"""`emomusic:PATH` — emoMusic, excerpts of songs rated in valence and arousal ("1000 songs", MediaEval 2013).

PATH holds `annotations`, with `static_annotations.csv`, and `clips_45seconds`.

=========== =====================================================================================
items       744 excerpts of 45 s; fewer if audio is missing
id          song id, 2 to 1000: the name of the audio file, in whatever format it was converted to
group       the id
labels      `valence`, `arousal` from 1 to 9, the mean rating of the whole excerpt; `genre`, where
            `annotations/songs_info.csv` is there
over time   `valence`, `arousal` every half second from 15 to 45 s of the excerpt, from -1 to 1, where
            `valence_cont_average.csv` and its twin are there
split       that of MediaEval 2013 where `annotations/songs_info.csv` is there (development is
            `train`, evaluation `test`), else none; with `split=music2emo` that of
            `wetdry.datasets.splits.music2emo`
licence     none with the files; songs of the Free Music Archive; cite Soleymani et al. 2013 [1]_
=========== =====================================================================================

References
----------
.. [1] M. Soleymani, M. N. Caro, E. M. Schmidt, C.-Y. Sha and Y.-H. Yang, "1000 songs for emotional analysis of
   music", CrowdMM 2013; doi:10.1145/2506364.2506365.
"""

from __future__ import annotations

from wetdry.datasets.base import Dataset, Item, datasets
from wetdry.datasets.reading.choices import path_and_choices, with_choices
from wetdry.datasets.reading.layout import laid_out, rated_audio, without_audio
from wetdry.datasets.reading.place import place
from wetdry.datasets.reading.ratings import (
    AXES,
    Moments,
    SongRatings,
    means,
    sampled_ratings,
    song_id,
    timed_ratings,
    whole_song_ratings,
)
from wetdry.datasets.reading.tables import named_rows
from wetdry.datasets.scales import NINE_POINTS
from wetdry.datasets.splits.music2emo import NAME as MUSIC2EMO
from wetdry.datasets.splits.music2emo import music2emo_split
from wetdry.remote.object_path import AnyPath

CHOICES = {"split": (MUSIC2EMO,)}

LAYOUT = ("annotations/static_annotations.csv", "clips_45seconds")
COLUMNS = {"valence": "mean_valence", "arousal": "mean_arousal"}
ABOUT_SONGS = "songs_info.csv"
PART_OF_MEDIAEVAL = "Mediaeval 2013 set"
SPLITS = {"development": "train", "evaluation": "test"}


@datasets.register("emomusic")
def open_emomusic(where: str) -> Dataset:
    """Excerpts of songs rated in valence and arousal: `emomusic:PATH`, `emomusic:PATH,split=music2emo`."""
    path, chosen = path_and_choices("emomusic", where, CHOICES)
    root = place("emomusic", path)
    table, audio_folder = laid_out("emoMusic", root, LAYOUT)
    songs = whole_song_ratings(table, "song_id", COLUMNS, NINE_POINTS)
    genres, parts = _genres_and_parts(table.with_name(ABOUT_SONGS))
    sides = music2emo_split(root) if "split" in chosen else parts
    audio = rated_audio(audio_folder, songs, "2.mp3")
    return Dataset(
        name=with_choices("emomusic", path, chosen),
        items=tuple(
            Item(
                id=song,
                path=file,
                labels={**songs[song], **({"genre": genres[song]} if song in genres else {})},
                split=sides.get(song, ""),
            )
            for song, file in audio.items()
        ),
        licence="none with the files; songs of the Free Music Archive, see https://cvml.unige.ch/databases/emoMusic",
        about=(
            f"{len(audio)} songs of emoMusic with valence and arousal from 1 to 9"
            f"{without_audio(len(songs) - len(audio), 'song')}"
            "; cite Soleymani, Caro, Schmidt, Sha and Yang, CrowdMM 2013 (doi:10.1145/2506364.2506365)"
        ),
        scales=dict.fromkeys(AXES, NINE_POINTS),
    )


def song_ratings(where: str) -> SongRatings:
    """All published ratings, with or without audio; takes what `open_emomusic` takes."""
    path, _ = path_and_choices("emomusic", where, CHOICES)
    table, _ = laid_out("emoMusic", place("emomusic", path), LAYOUT)
    files = _sampled_files(table)
    return SongRatings(
        whole=whole_song_ratings(table, "song_id", COLUMNS, NINE_POINTS),
        moments=means({axis: sampled_ratings(file) for axis, file in files.items()}) if len(files) == len(AXES) else {},
    )


def song_moments(where: str) -> Moments:
    """The ratings given while the excerpts played, from -1 to 1; takes what `open_emomusic` takes."""
    path, _ = path_and_choices("emomusic", where, CHOICES)
    table, _ = laid_out("emoMusic", place("emomusic", path), LAYOUT)
    return {axis: timed_ratings(file) for axis, file in _sampled_files(table).items()}


def _sampled_files(table: AnyPath) -> dict[str, AnyPath]:
    """The tables of the ratings while the excerpts played, those of them that are there."""
    return {axis: file for axis in AXES if (file := table.with_name(f"{axis}_cont_average.csv")).exists()}


def _genres_and_parts(file: AnyPath) -> tuple[dict[str, str], dict[str, str]]:
    """Genre and split of each song, by its id; empty where the file is missing."""
    genres: dict[str, str] = {}
    parts: dict[str, str] = {}
    if file.exists():
        for line, row in named_rows(file, ["song_id", "Genre", PART_OF_MEDIAEVAL]):
            song = song_id(file, line, row["song_id"])
            genres[song] = row["Genre"]
            parts[song] = SPLITS.get(row[PART_OF_MEDIAEVAL], "")
    return {song: genre for song, genre in genres.items() if genre}, parts

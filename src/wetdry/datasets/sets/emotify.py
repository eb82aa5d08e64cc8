"""`emotify:PATH` — Emotify, music of four genres and the emotions that it induced in listeners.

PATH holds `data.csv` and the audio in a folder for each genre: `emotifymusic/rock/1.mp3`, or `audio/rock/1.mp3`.

=========== =====================================================================================
items       400 excerpts of a minute, 100 of each genre; fewer if audio is missing
id          genre and number of the file: `rock/1`
group       the id
labels      the nine feelings of the Geneva Emotional Music Scales in `GEMS`, each the share of
            listeners who felt it, from 0 to 1; `genre`
split       none
licence     none with the files; for research only, not to be redistributed;
            cite Aljanaki, Wiering and Veltkamp 2016 [1]_
=========== =====================================================================================

Listeners chose up to three of the nine feelings. `data.csv` numbers the tracks from 1 to 400 and says the genre of
each; files are numbered within their genre. The file numbered n is taken to be the n-th track of its genre. The
publisher does not say so, but it is borne out: in every genre, how loud, dense and bright a file is agrees with how
stirring listeners found the track of that number (r from 0.40 to 0.52 over 36 files each, p < 0.01 against tracks in
random order).

References
----------
.. [1] A. Aljanaki, F. Wiering and R. C. Veltkamp, "Studying emotion induced by music through a crowdsourcing
   game", Information Processing & Management 52(1), 2016; doi:10.1016/j.ipm.2015.03.004.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from wetdry.datasets.base import Dataset, Item, datasets
from wetdry.datasets.reading.layout import audio_by_stem, laid_out, without_audio
from wetdry.datasets.reading.place import place, shown
from wetdry.datasets.reading.ratings import rating, song_id
from wetdry.datasets.reading.tables import named_rows
from wetdry.datasets.scales import UNIT
from wetdry.errors import DataError
from wetdry.remote.object_path import AnyPath

GEMS = (
    "amazement",
    "solemnity",
    "tenderness",
    "nostalgia",
    "calmness",
    "power",
    "joyful_activation",
    "tension",
    "sadness",
)
LAYOUTS = (("data.csv", "emotifymusic"), ("data.csv", "audio"))


@dataclass
class Track:
    """What its listeners said of one track."""

    genre: str
    listeners: int = 0
    felt: dict[str, float] = field(default_factory=lambda: dict.fromkeys(GEMS, 0.0))

    @property
    def shares(self) -> dict[str, float]:
        return {feeling: count / self.listeners for feeling, count in self.felt.items()}


@datasets.register("emotify")
def open_emotify(where: str) -> Dataset:
    """Music of four genres and the shares of listeners in whom it induced nine emotions: `emotify:PATH`."""
    root = place("emotify", where)
    table, audio_folder = laid_out("Emotify", root, *LAYOUTS)
    tracks = _by_genre_and_number(table, _tracks(table))
    items = tuple(
        Item(id=name, path=file, labels={**tracks[name].shares, "genre": tracks[name].genre})
        for name, file in _audio(audio_folder, tracks).items()
    )
    if not items:
        raise DataError(f"{audio_folder}: holds no audio of the rated tracks, such as rock/1.mp3; put it there.")
    fewest = min(tracks[item.id].listeners for item in items)
    return Dataset(
        name=f"emotify:{shown(where)}",
        items=items,
        licence="none with the files; for research only, not to be redistributed",
        about=(
            f"{len(items)} tracks of Emotify with the shares of listeners, {fewest} or more, who felt each of nine"
            f" emotions{without_audio(len(tracks) - len(items), 'track')}"
            "; cite Aljanaki, Wiering and Veltkamp, IPM 2016 (doi:10.1016/j.ipm.2015.03.004)"
        ),
        scales=dict.fromkeys(GEMS, UNIT),
    )


def _tracks(table: AnyPath) -> dict[int, Track]:
    """The tracks by their numbers, in ascending order."""
    tracks: dict[int, Track] = {}
    for line, row in named_rows(table, ["track id", "genre", *GEMS]):
        number, genre = int(song_id(table, line, row["track id"])), row["genre"]
        track = tracks.setdefault(number, Track(genre))
        if track.genre != genre:
            raise DataError(f"{table}, line {line}: track {number} is {genre} here, and {track.genre} above.")
        track.listeners += 1
        for feeling in GEMS:
            track.felt[feeling] += rating(table, line, feeling, row[feeling], UNIT)
    return dict(sorted(tracks.items()))


def _by_genre_and_number(table: AnyPath, tracks: Mapping[int, Track]) -> dict[str, Track]:
    """The tracks by the names of their files, `rock/1` the first one of its genre.

    Numbers that are missing count: a track without ratings has a file all the same.
    """
    firsts: dict[str, int] = {}
    genre = ""
    for number, track in tracks.items():
        if track.genre != genre and track.genre in firsts:
            raise DataError(
                f"{table}: track {number} is {track.genre} again after tracks of {genre}, so that its file cannot be"
                " told; get data.csv anew from its publisher."
            )
        genre = track.genre
        firsts.setdefault(genre, number)
    return {f"{track.genre}/{number - firsts[track.genre] + 1}": track for number, track in tracks.items()}


def _audio(folder: AnyPath, tracks: Mapping[str, Track]) -> dict[str, AnyPath]:
    """The audio file of each track that has one, in the order of the tracks."""
    genres = {track.genre for track in tracks.values()}
    # Folders are looked up in the table, not the other way round: what the table says may be no name of a folder.
    files = {
        f"{place.name}/{stem}": file
        for place in sorted(place for place in folder.glob("*") if place.name in genres and place.is_dir())
        for stem, file in audio_by_stem(place).items()
    }
    return {name: files[name] for name in tracks if name in files}

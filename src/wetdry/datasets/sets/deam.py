"""`deam:PATH` — DEAM, songs rated in valence and arousal by listeners (MediaEval 2013 to 2015).

PATH holds the unpacked archives: `annotations` and `MEMD_audio`, or `DEAM_Annotations/annotations` and
`DEAM_audio/MEMD_audio`.

=========== =====================================================================================
items       1802 excerpts of 45 s, the last 58 of them whole songs; fewer if audio is missing
id          song id, 2 to 2058: the name of the audio file, in whatever format it was converted to
group       the id
labels      `valence`, `arousal` from 1 to 9, the mean rating of the whole song; with
            `target=katsis2025` the target of Katsis et al. [2]_, from -1 to 1
over time   `valence`, `arousal` every half second from second 15 on, from -1 to 1, where `valence.csv`
            and `arousal.csv` are there; `labels=repaired` leaves them as they are
split       none; with `split=music2emo` that of `wetdry.datasets.splits.music2emo`
licence     none with the files; songs under Creative Commons licences;
            cite Aljanaki, Yang and Soleymani 2017 [1]_
=========== =====================================================================================

The columns of the first 744 songs, ids up to 1000, are exchanged in the file that circulates: its valence equals the
arousal of emoMusic, where the songs come from, and its arousal the valence (r = 1.00, against 0.60 by name). That
emoMusic is right is the likelier reading, since its own ratings while the songs played agree with it (r = 0.96 and
0.95, against 0.58 and 0.57 crosswise). `labels=repaired` exchanges the two for these songs; `labels=as-published`, the
default, believes the header. The name of the data set says which it is.

The target of Katsis et al. joins the rating m of the whole song, put on -1 to 1, with the mean d of the n ratings given
every half second from second 15 on: (n d + (n + 15) m) / (n + 15) / 2. Their songs were joined by the position of
the rows, here they are by their ids. Ratings while the songs played are used as they are, repaired or not.

References
----------
.. [1] A. Aljanaki, Y.-H. Yang and M. Soleymani, "Developing a benchmark for emotional analysis of music",
   PLoS ONE 12(3), 2017; doi:10.1371/journal.pone.0173392.
.. [2] S. Katsis et al., "Exploring how audio effects alter emotion with foundation models", 2025,
   arXiv:2509.15151.
"""

from __future__ import annotations

from collections.abc import Mapping
from statistics import fmean, stdev

from wetdry.datasets.base import Dataset, Item, datasets
from wetdry.datasets.reading.choices import path_and_choices, with_choices
from wetdry.datasets.reading.layout import laid_out, rated_audio, without_audio
from wetdry.datasets.reading.place import place
from wetdry.datasets.reading.ratings import (
    AXES,
    Moments,
    SongRatings,
    in_order,
    means,
    sampled_ratings,
    timed_ratings,
    whole_song_ratings,
)
from wetdry.datasets.scales import CENTRED, NINE_POINTS
from wetdry.datasets.splits.music2emo import NAME as MUSIC2EMO
from wetdry.datasets.splits.music2emo import music2emo_split
from wetdry.errors import DataError
from wetdry.remote.object_path import AnyPath

AS_PUBLISHED, REPAIRED = "as-published", "repaired"
STATIC, KATSIS2025 = "static", "katsis2025"
CHOICES = {"labels": (AS_PUBLISHED, REPAIRED), "target": (STATIC, KATSIS2025), "split": (MUSIC2EMO,)}

LAST_SHARED_ID = 1000
"""The songs up to this id are those of emoMusic."""
ENOUGH_TO_TELL = 500
PER_SONG = "annotations/annotations averaged per song"
FIRST_SONGS = f"{PER_SONG}/song_level/static_annotations_averaged_songs_1_2000.csv"
LAST_SONGS = "static_annotations_averaged_songs_2000_2058.csv"
SAMPLED = "dynamic (per second annotations)"
SAMPLED_SINCE_SECONDS = 15
COLUMNS = {"valence": "valence_mean", "arousal": "arousal_mean"}


@datasets.register("deam")
def open_deam(where: str) -> Dataset:
    """Songs rated in valence and arousal: `deam:PATH`, `deam:PATH,labels=repaired,split=music2emo`."""
    path, chosen = path_and_choices("deam", where, CHOICES)
    chosen = {"labels": chosen.get("labels", AS_PUBLISHED), **chosen}
    root = place("deam", path)
    table, audio_folder = _located(root)
    whole = _whole(table, repaired=chosen["labels"] == REPAIRED)
    blended = chosen.get("target") == KATSIS2025
    songs = _blended(root, table, whole) if blended else whole
    sides = music2emo_split(root) if "split" in chosen else {}
    audio = rated_audio(audio_folder, songs, "2.mp3")
    return Dataset(
        name=with_choices("deam", path, chosen),
        items=tuple(
            Item(id=song, path=file, labels=songs[song], split=sides.get(song, "")) for song, file in audio.items()
        ),
        licence="none with the files; songs under Creative Commons licences, see https://cvml.unige.ch/databases/DEAM",
        about=_about(chosen, len(audio), len(songs) - len(audio)),
        scales=dict.fromkeys(AXES, CENTRED if blended else NINE_POINTS),
    )


def song_ratings(where: str) -> SongRatings:
    """All published ratings, with or without audio; takes what `open_deam` takes."""
    path, chosen = path_and_choices("deam", where, CHOICES)
    table, _ = _located(place("deam", path))
    files = _sampled_files(table)
    return SongRatings(
        whole=_whole(table, repaired=chosen.get("labels") == REPAIRED),
        moments=means({axis: sampled_ratings(file) for axis, file in files.items()}) if len(files) == len(AXES) else {},
    )


def song_moments(where: str) -> Moments:
    """The ratings given while the songs played, from -1 to 1, repaired or not; takes what `open_deam` takes."""
    path, _ = path_and_choices("deam", where, CHOICES)
    table, _ = _located(place("deam", path))
    return {axis: timed_ratings(file) for axis, file in _sampled_files(table).items()}


def _located(root: AnyPath) -> tuple[AnyPath, AnyPath]:
    """The table of the first songs and the folder of the audio."""
    table, audio = laid_out(
        "DEAM", root, (FIRST_SONGS, "MEMD_audio"), (f"DEAM_Annotations/{FIRST_SONGS}", "DEAM_audio/MEMD_audio")
    )
    return table, audio


def _sampled_files(table: AnyPath) -> dict[str, AnyPath]:
    """The tables of the ratings while the songs played, those of them that are there."""
    folder = table.parent.parent / SAMPLED
    return {axis: file for axis in AXES if (file := folder / f"{axis}.csv").exists()}


def _whole(table: AnyPath, *, repaired: bool) -> dict[str, dict[str, float]]:
    songs = whole_song_ratings(table, "song_id", COLUMNS, NINE_POINTS)
    if repaired:
        _check_exchanged(table, songs)
        songs = {song: _exchanged(values) if _is_shared(song) else values for song, values in songs.items()}
    last = table.with_name(LAST_SONGS)
    return songs | (whole_song_ratings(last, "song_id", COLUMNS, NINE_POINTS) if last.exists() else {})


def _is_shared(song: str) -> bool:
    return int(song) <= LAST_SHARED_ID


def _exchanged(values: Mapping[str, float]) -> dict[str, float]:
    return {"valence": values["arousal"], "arousal": values["valence"]}


def _check_exchanged(table: AnyPath, songs: Mapping[str, Mapping[str, float]]) -> None:
    """Raise `DataError` where someone has repaired the table before: listeners spread songs wider in arousal."""
    shared = [values for song, values in songs.items() if _is_shared(song)]
    if len(shared) < ENOUGH_TO_TELL:
        return
    valence, arousal = (stdev(values[axis] for values in shared) for axis in AXES)
    if valence < arousal:
        raise DataError(
            f"{table}: valence and arousal of the songs up to id {LAST_SHARED_ID} seem to be in their places already,"
            f" unlike in the published file; open it with labels={AS_PUBLISHED}."
        )


def _blended(root: AnyPath, table: AnyPath, whole: Mapping[str, Mapping[str, float]]) -> dict[str, dict[str, float]]:
    """The target of Katsis et al. for each song that has both kinds of ratings."""
    files = _sampled_files(table)
    if len(files) < len(AXES):
        folder = str(table.parent.parent / SAMPLED).removeprefix(f"{root}/")
        raise DataError(
            f"{root}: target={KATSIS2025} needs valence.csv and arousal.csv in {folder}, the ratings given while the"
            " songs played; put them there, or leave the target out."
        )
    sampled = {axis: sampled_ratings(file, SAMPLED_SINCE_SECONDS) for axis, file in files.items()}
    common = set(whole).intersection(*sampled.values())
    return in_order(
        {
            song: {axis: _blend(NINE_POINTS.onto(CENTRED, whole[song][axis]), sampled[axis][song]) for axis in AXES}
            for song in common
        }
    )


def _blend(whole: float, sampled: list[float]) -> float:
    n = len(sampled)
    return (n * fmean(sampled) + (n + 15) * whole) / (n + 15) / 2


def _about(chosen: Mapping[str, str], with_audio: int, without: int) -> str:
    pair = f"valence and arousal of the songs up to id {LAST_SHARED_ID}, which are emoMusic's,"
    labels = {
        AS_PUBLISHED: f"labels as published: {pair} are exchanged in the file that circulates, and"
        " labels=repaired exchanges them back",
        REPAIRED: f"labels repaired: {pair} are exchanged against the published file",
    }[chosen["labels"]]
    scale = "the blended target of Katsis et al." if chosen.get("target") == KATSIS2025 else "from 1 to 9"
    return (
        f"{with_audio} songs of DEAM with valence and arousal, {scale}"
        f"{without_audio(without, 'song')}; {labels}"
        f"{'; split as Music2Emo' if 'split' in chosen else ''}"
        "; cite Aljanaki, Yang and Soleymani, PLoS ONE 2017 (doi:10.1371/journal.pone.0173392)"
    )

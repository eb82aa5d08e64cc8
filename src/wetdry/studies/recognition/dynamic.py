"""Emotion while a song plays: what listeners said every half second, estimated from windows of its sound.

Songs are held out by whole groups, and nothing is learnt or scored where nobody rated. The scores are those of
MediaEval: of each song by itself, then averaged over songs.

References
----------
Aljanaki, Yang and Soleymani (2017), Developing a benchmark for emotional analysis of music.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

import numpy as np
import pandas as pd

from wetdry.analysis.dynamic import dynamic_scores
from wetdry.analysis.statistics.units import Counts, Flags, Float64
from wetdry.datasets import Curve, curves
from wetdry.encoders import Vectors
from wetdry.errors import DataError
from wetdry.extras import missing
from wetdry.probes.temporal import fit_temporal
from wetdry.studies.checkpoints import Checkpoints, Tables
from wetdry.studies.jobs import Job
from wetdry.studies.recognition.config import EMBEDDINGS, RecognitionConfig
from wetdry.studies.recognition.measure import Measured
from wetdry.studies.recognition.models import MEAN
from wetdry.studies.recognition.protocol import Texts, dealt
from wetdry.studies.recognition.remarks import remarks
from wetdry.studies.recognition.songs import HOP, WINDOW, Song, songs_of
from wetdry.studies.resumable import resumable
from wetdry.studies.tables import joined

FOLDS, FEWEST_SONGS, FEW_SONGS = 5, 4, 10
"""Parts of the groups; groups needed to hold some out; and songs below which scores mean little."""

VALIDATION_SHARE = 8
"""One in so many groups that are learnt from chooses a head's penalty, or stops it."""

RIDGE, GRU = "ridge", "gru"
CONTEXT = 4.0
"""Seconds on either side of a window that a ridge hears too."""

DRAWN_SONGS = 6


def count(config: RecognitionConfig, measured: Measured) -> int:
    """How many parts there are: one an encoder, of a data set with ratings over time."""
    return len(measured.heads_on) if _curves(config, measured) else 0


def jobs(config: RecognitionConfig, measured: Measured, checkpoints: Checkpoints) -> Iterator[Job]:
    """Calls that give parts of `dynamic`, `dynamic_estimates` and `remarks`; windows are embedded in between."""
    known = _curves(config, measured)
    heads = (RIDGE,) if missing("torch") else (RIDGE, GRU)
    for number, (name, layers) in enumerate(measured.heads_on.items() if known else ()):
        view, layer = measured.view(name), layers[0]
        songs = songs_of(measured.data, known, measured.names, view.encoder, layer, measured.store)
        # What always says the mean hears nothing, so that it stands beside the first encoder and counts for all.
        compared = (MEAN, *heads) if number == 0 else heads
        follows_from = {
            "part": "dynamic",
            "heads": compared,
            "encoder": view.key,
            "layer": layer,
            "windows": [WINDOW, HOP],
            "targets": measured.names,
            "seed": config.seed,
            "songs": [[song.item, song.group, song.clip, song.rated.tolist()] for song in songs],
        }
        about = {"encoder": name, "layer": layer}
        prepared = partial(partial, followed, songs, compared, measured.names, about, config.seed)
        yield resumable(checkpoints, follows_from, prepared)


def followed(
    songs: Sequence[Song], heads: Sequence[str], names: Sequence[str], about: Mapping[str, str], seed: int
) -> Tables:
    """How well heads follow the ratings of songs that they have not learnt from.

    Parameters
    ----------
    songs
        As one layer hears them.
    heads
        `ridge`, `gru`, or `MEAN`, which always says the mean of the ratings that it learnt from.
    names
        Of the targets.
    about
        Encoder and layer, as columns of the tables.
    seed
        Of folds, of what chooses settings, of heads that start at random and of the songs that are drawn.

    Returns
    -------
    dict
        `dynamic`: encoder, layer, head, target, metric (rmse, pearson, ccc), value, low, high, songs (that have the
        metric); `dynamic_estimates` of at most six songs: item, encoder, head, target, second, rated, estimated;
        `remarks`: part, remark.
    """
    groups = np.array([song.group for song in songs], dtype=str)
    few = len(set(groups.tolist()))
    if few < FEWEST_SONGS:
        sentence = f"{few} songs with ratings over time are too few to hold some out ({FEWEST_SONGS} are needed)."
        return {"remarks": remarks("dynamic", sentence)}
    first = np.array([np.nanmean(song.rated[:, 0]) for song in songs])
    fold = dealt(first, groups, min(FOLDS, few), seed)
    shown = np.sort(np.random.default_rng(seed).permutation(len(songs))[:DRAWN_SONGS]).tolist()
    scores, lines, sentences = [], [], []
    if len(songs) < FEW_SONGS:
        sentences.append(f"{len(songs)} songs have ratings over time: figures of so few mean little.")
    for head in heads:
        of = {"encoder": "", "layer": ""} if head == MEAN else dict(about)
        try:
            said = out_of_fold(songs, head, fold, names, seed)
        except DataError as error:
            # Ratings that hardly move in the songs that choose settings say nothing of the other heads.
            sentences.append(f"{head} on {of['encoder']}: {error}")
            continue
        scores.append(_scores(songs, said, names, {**of, "head": head}))
        lines += [_line(songs[each], said[each], names, of["encoder"], head) for each in shown]
    return {
        "dynamic": joined(scores),
        "dynamic_estimates": joined(lines),
        "remarks": remarks("dynamic", *sentences),
    }


def out_of_fold(songs: Sequence[Song], head: str, fold: Counts, names: Sequence[str], seed: int) -> list[Float64]:
    """Estimates (t, target) of each song by heads that learnt from the other folds; `fold` (song,) of each song."""
    groups = np.array([song.group for song in songs], dtype=str)
    said: dict[int, Float64] = {}
    for number in np.unique(fold):
        learnt = [song for song, of in zip(songs, fold, strict=True) if of != number]
        validates = _validation(groups[fold != number], [seed, int(number)])
        estimate = _learnt(learnt, validates, head, names, seed)
        said |= {each: estimate(songs[each].vectors) for each in np.flatnonzero(fold == number).tolist()}
    return [said[each] for each in range(len(songs))]


def _learnt(
    songs: Sequence[Song], validates: Flags, head: str, names: Sequence[str], seed: int
) -> Callable[[Vectors], Float64]:
    """What gives estimates (t, target) of a song's vectors (t, dim)."""
    if head == MEAN:
        mean = np.nanmean(np.concatenate([song.rated for song in songs]), axis=0)
        return lambda vectors: np.tile(mean, (len(vectors), 1))
    sequences, ratings = [song.vectors for song in songs], [song.rated for song in songs]
    return fit_temporal(
        sequences, ratings, validates, head=head, names=names, seed=seed, context=round(CONTEXT / HOP)
    ).estimate


def _validation(groups: Texts, seed: Sequence[int]) -> Flags:
    """Which songs, of groups (song,), choose settings: whole groups, one or more."""
    known = np.unique(groups)
    wanted = max(1, round(len(known) / VALIDATION_SHARE))
    drawn = np.random.default_rng(seed).permutation(known)[:wanted]
    return np.isin(groups, drawn)


def _scores(
    songs: Sequence[Song], said: Sequence[Float64], names: Sequence[str], about: Mapping[str, str]
) -> pd.DataFrame:
    rows = [
        {
            **about,
            "target": name,
            "metric": metric,
            "value": of_metric.mean[target],
            "low": of_metric.low[target],
            "high": of_metric.high[target],
            "songs": int(of_metric.songs[target]),
        }
        for metric, of_metric in dynamic_scores([song.rated for song in songs], said).items()
        for target, name in enumerate(names)
    ]
    return pd.DataFrame(rows)


def _line(song: Song, said: Float64, names: Sequence[str], encoder: str, head: str) -> pd.DataFrame:
    """What was said and estimated of one song, where it was rated."""
    tables = [
        pd.DataFrame(
            {
                "item": song.item,
                "encoder": encoder,
                "head": head,
                "target": name,
                "second": song.seconds,
                "rated": song.rated[:, target],
                "estimated": said[:, target],
            }
        )
        for target, name in enumerate(names)
    ]
    return pd.concat(tables, ignore_index=True).dropna(subset="rated")


def _curves(config: RecognitionConfig, measured: Measured) -> dict[str, Curve]:
    """Ratings over time of the clips that the study is about, where all targets were so rated."""
    if not config.dynamic or EMBEDDINGS not in config.phases:
        return {}
    clips = set(measured.clips["item"])
    return {
        item: curve
        for item, curve in curves(config.data).items()
        if item in clips and set(measured.names) <= set(curve.values)
    }

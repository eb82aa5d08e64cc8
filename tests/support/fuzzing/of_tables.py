"""Tables and lists of data sets, and chains of effects."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import rated_sets
from mutations import misspelt, rewritten_table

from fuzzing.reader import Reader
from wetdry.datasets import curves, dataset
from wetdry.datasets.base import Dataset
from wetdry.datasets.reading.ratings import SongRatings
from wetdry.datasets.sets import deam, emomusic, pmemo
from wetdry.effects.base import Effect
from wetdry.effects.chain_files import builtin_chains, load_chains
from wetdry.effects.key import parse
from wetdry.errors import DataError, EffectError

CHAINS = """
[chains.telephone]
reason = "a landline: 300 to 3400 Hz"
effects = ["highpass(cutoff_hz=300)", "lowpass(cutoff_hz=3400)", "gsm"]

[chains.loud-room]
effects = ["matched(reverb(room_size=0.9) | gain(gain_db=-3))", 'noise@3']
"""
KEYS = ("reverb(room_size=0.9) | gain(gain_db=-3)", "matched( highpass(cutoff_hz=300) | gsm )", "ring(delay@7)")
MANIFEST = (
    'path,id,group,split,valence,mood\na.wav,one,g,train,0.5,calm\n"b, c.wav",two,g,test,,tense\nd.wav,3,h,,-1e-3,\n'
)


def holds_items(data: Dataset) -> bool:
    """Items with ids of their own, whose numbers are finite and whose texts can be stored as UTF-8."""
    ids = {item.id for item in data}
    labels = [label for item in data for label in item.labels.values()]
    texts = [*ids, *(label for label in labels if isinstance(label, str))]
    return (
        len(ids) == len(data.items) > 0
        and all(math.isfinite(label) for label in labels if not isinstance(label, str))
        and all(text.encode() is not None for text in texts)
    )


def ratings_are_finite(found: SongRatings) -> bool:
    return all(
        math.isfinite(value)
        for songs in (found.whole, found.moments)
        for song in songs.values()
        for value in song.values()
    )


def curves_are_finite(found: Any) -> bool:
    return all(
        math.isfinite(value) and curve.seconds[0] >= 0
        for curve in found.values()
        for values in curve.values.values()
        for value in values
    )


def set_of(name: str, file: str, fill: Callable[[Path], Any], choices: str = "", **options: Any) -> Reader:
    """A published set with its labels from one of its files."""

    def make(folder: Path) -> list[bytes]:
        fill(folder)
        return [(folder / file).read_bytes()]

    def read(folder: Path) -> Any:
        return dataset(f"{name}:{folder}{choices}")

    said = {"read": read, "mutate": rewritten_table, "holds": holds_items, "refuses": DataError, "share": 1.0} | options
    return Reader(f"{name}: {Path(file).name}{choices}", make, file, **said)


def sampled(folder: Path) -> None:
    rated_sets.deam(folder)
    rated_sets.deam_sampled(folder, ["2, 0.1, 0.2, 0.3", "10, , -0.5,"], ["2, 0.4, 0.2, 0.1", "10, 0, 0.5, 1"])


def with_lists(folder: Path) -> None:
    rated_sets.emomusic(folder)
    rated_sets.music2emo(folder, "meta", train=[2], validation=[10], test=[13])


def emomusic_sampled(folder: Path) -> None:
    rated_sets.emomusic(folder)
    for axis in ("valence", "arousal"):
        rated_sets.write(
            folder,
            f"annotations/{axis}_cont_average.csv",
            "song_id,sample_15000ms,sample_15500ms",
            "2,0.1,0.2",
            "10,-1,1",
        )


def text_of(content: str) -> Callable[[Path], list[bytes]]:
    return lambda _: [content.encode()]


def parsed(folder: Path) -> Effect:
    return parse((folder / "effect.txt").read_bytes().decode(errors="replace"), builtin_chains())


def keeps_its_key(effect: Effect) -> bool:
    """What was parsed is written as a key that gives the same effect."""
    return parse(effect.key).key == effect.key


SONGS = rated_sets.DEAM_FIRST
OVER_TIME = f"{rated_sets.DEAM_SAMPLED}/valence.csv"
PRELOADED = ("wetdry.datasets.sets.etudes.render", "joblib", "rich.progress")

READERS = [
    Reader(
        "chains TOML",
        text_of(CHAINS),
        "chains.toml",
        lambda folder: load_chains(folder / "chains.toml"),
        misspelt,
        lambda found: all(map(keeps_its_key, found.values())),
        EffectError,
    ),
    Reader(
        "effect key",
        lambda _: [key.encode() for key in KEYS],
        "effect.txt",
        parsed,
        misspelt,
        keeps_its_key,
        EffectError,
        named=" ",
    ),
    Reader(
        "csv: manifest",
        text_of(MANIFEST),
        "set.csv",
        lambda folder: dataset(f"csv:{folder / 'set.csv'}"),
        rewritten_table,
        holds_items,
        DataError,
    ),
    set_of("deam", SONGS, rated_sets.deam),
    set_of("deam", SONGS, rated_sets.deam, ",labels=repaired", share=0.1),
    set_of("deam", OVER_TIME, sampled, read=lambda folder: deam.song_ratings(str(folder)), holds=ratings_are_finite),
    set_of(
        "deam",
        OVER_TIME,
        sampled,
        " as curves",
        read=lambda folder: curves(f"deam:{folder}"),
        named="deam:",
        share=0.1,
        holds=curves_are_finite,
    ),
    set_of("deam", OVER_TIME, sampled, ",target=katsis2025", share=0.1),
    set_of("emomusic", "annotations/static_annotations.csv", rated_sets.emomusic),
    set_of("emomusic", "annotations/songs_info.csv", rated_sets.emomusic),
    set_of(
        "emomusic",
        "annotations/arousal_cont_average.csv",
        emomusic_sampled,
        read=lambda folder: emomusic.song_ratings(str(folder)),
        holds=ratings_are_finite,
        share=0.1,
    ),
    set_of("emomusic", "meta/split/train.txt", with_lists, ",split=music2emo", mutate=misspelt),
    set_of("pmemo", "annotations/static_annotations.csv", rated_sets.pmemo),
    set_of(
        "pmemo",
        "annotations/dynamic_annotations.csv",
        rated_sets.pmemo,
        read=lambda folder: pmemo.song_ratings(str(folder)),
        holds=ratings_are_finite,
    ),
    set_of("emotify", "data.csv", rated_sets.emotify),
    set_of("grekow", "All_annotations.csv", rated_sets.grekow),
    set_of("emopia", "label.csv", rated_sets.emopia),
    set_of("emopia", "split/val_clip.csv", rated_sets.emopia),
    set_of("vgmidi", "vgmidi_labelled.csv", rated_sets.vgmidi),
]

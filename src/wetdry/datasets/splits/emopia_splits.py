"""Which clips of EMOPIA are for training, validation and test."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath

from wetdry.datasets.reading.tables import named_rows
from wetdry.errors import DataError
from wetdry.remote.object_path import AnyPath

OFFICIAL_FILES = {"train": "train_clip.csv", "validation": "val_clip.csv", "test": "test_clip.csv"}

RANDOM_SEED = 42
RANDOM_ENDS = {"train": 0.70, "validation": 0.85, "test": 1.0}
"""Where each part ends among the clips in random order."""


def official_split(folder: AnyPath) -> dict[str, str]:
    """The published split of each clip, in which no song is on two sides; raises `DataError` if it is not there."""
    sides: dict[str, str] = {}
    for split, name in OFFICIAL_FILES.items():
        file = folder / name
        for line, row in named_rows(file, ["clip_name"]):
            clip = PurePosixPath(row["clip_name"]).stem
            if sides.setdefault(clip, split) != split:
                raise DataError(
                    f"{file}, line {line}: {clip} is in {OFFICIAL_FILES[sides[clip]]} too; unpack the archive anew."
                )
    return sides


def random_split(clips: Iterable[str]) -> dict[str, str]:
    """70 % of the clips for training, 15 % for validation and 15 % for test, whatever song they are from.

    Katsis et al. draw so, with this seed. Which clips it gives is ours: it depends on how they listed them.
    """
    drawn = sorted(clips)
    random.Random(RANDOM_SEED).shuffle(drawn)  # noqa: S311
    sides: dict[str, str] = {}
    for split, end in RANDOM_ENDS.items():
        sides |= dict.fromkeys(drawn[len(sides) : round(end * len(drawn))], split)
    return sides


def songs_on_several_sides(sides: Mapping[str, str], groups: Mapping[str, str]) -> Sequence[str]:
    """Songs of which clips are on more than one side, from the side and the song of each clip."""
    seen: dict[str, set[str]] = {}
    for clip, side in sides.items():
        seen.setdefault(groups[clip], set()).add(side)
    return sorted(song for song, where in seen.items() if len(where) > 1)

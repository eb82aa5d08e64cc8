"""What may be wrong with a labelled set: labels, copies, splits, and ratings that contradict each other.

Nothing is repaired: a set that offers a repair has a choice for it, such as `labels=repaired` of `deam:`.
"""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence

from wetdry.datasets.auditing.findings import Finding, Verdict
from wetdry.datasets.auditing.lengths import lengths
from wetdry.datasets.auditing.rating_agreement import agreement
from wetdry.datasets.auditing.rating_order import order_of_songs
from wetdry.datasets.base import Dataset, Item, dataset
from wetdry.datasets.reading.ratings import AXES, SongRatings
from wetdry.datasets.scales import CENTRED, NINE_POINTS, UNIT, Scale
from wetdry.datasets.sets import deam, emomusic, pmemo
from wetdry.remote.digests import digest_of
from wetdry.remote.object_path import AnyPath, ObjectPath

SONG_RATINGS = {"deam": deam.song_ratings, "emomusic": emomusic.song_ratings, "pmemo": pmemo.song_ratings}
"""Kinds that publish ratings of songs apart from their audio."""

COMMON_SCALES = (UNIT, CENTRED, NINE_POINTS, Scale(-10.0, 10.0))
ONE_IN = 10
"""Up to one value in so many may lie off a scale for the others to be taken as being on it."""


def audit(text: str, against: str = "") -> list[Finding]:
    """Check a labelled set.

    Parameters
    ----------
    text
        The set, as `--data` takes it.
    against
        Another set with valence and arousal of some of the same songs, known by the same ids.

    Returns
    -------
    A finding for each check that applies, those without fault among them.

    Raises
    ------
    DataError
        Where a set cannot be opened.
    """
    opened = dataset(text)
    ratings = _ratings(text, opened)
    findings = [
        Finding("what it is", Verdict.NOTE, opened.about),
        *_files(opened),
        *lengths(opened.items),
        *_labels(opened),
        *_copies(opened),
        *_splits(opened),
        *order_of_songs(ratings.whole),
    ]
    if ratings.moments:
        findings += agreement("per-second ratings", ratings.whole, ratings.moments)
    if against:
        findings += agreement(f"ratings of {against.partition(':')[0]}", ratings.whole, _ratings(against).whole)
    return findings


def _ratings(text: str, opened: Dataset | None = None) -> SongRatings:
    """Valence and arousal of a set: as published where that can be told, else of the items that have both."""
    kind, _, where = text.partition(":")
    if kind in SONG_RATINGS:
        return SONG_RATINGS[kind](where)
    whole: dict[str, dict[str, float]] = {}
    for item in opened or dataset(text):
        numbers = _only_numbers(item.labels)
        if all(axis in numbers for axis in AXES):
            whole[item.id] = {axis: numbers[axis] for axis in AXES}
    return SongRatings(whole)


def _only_numbers(labels: Mapping[str, float | str]) -> dict[str, float]:
    return {name: float(value) for name, value in labels.items() if not isinstance(value, str)}


def _files(opened: Dataset) -> Iterator[Finding]:
    missing = [item.id for item in opened if not _is_readable(item.path)]
    if missing:
        yield Finding("files", Verdict.PROBLEM, f"{len(missing)} of {len(opened)} files cannot be read", missing)
    else:
        yield Finding("files", Verdict.FINE, f"all {len(opened)} are there")


def _is_readable(file: AnyPath) -> bool:
    try:
        return file.is_file() and (isinstance(file, ObjectPath) or os.access(file, os.R_OK))
    except OSError:
        return False


def _labels(opened: Dataset) -> Iterator[Finding]:
    names = list(dict.fromkeys(name for item in opened for name in item.labels))
    if not names:
        yield Finding("labels", Verdict.PROBLEM, "there are none")
    for name in names:
        lacking = [item.id for item in opened if name not in item.labels]
        if lacking:
            yield Finding(name, Verdict.NOTE, f"{len(lacking)} of {len(opened)} items lack it", lacking)
        values = {item.id: item.labels[name] for item in opened if name in item.labels}
        numbers = _only_numbers(values)
        yield _numbers(name, numbers) if numbers else _classes(name, [str(value) for value in values.values()])


def _numbers(name: str, values: Mapping[str, float]) -> Finding:
    low, high = min(values.values()), max(values.values())
    if low == high:
        return Finding(name, Verdict.PROBLEM, f"all {len(values)} values are {low:g}")
    for scale in COMMON_SCALES:
        beyond = [song for song, value in values.items() if value not in scale]
        if not beyond:
            break
        if ONE_IN * len(beyond) <= len(values):
            return Finding(
                name,
                Verdict.SUSPICIOUS,
                f"{len(beyond)} of {len(values)} values lie outside {scale}, where the others lie",
                beyond,
            )
    return Finding(name, Verdict.FINE, f"{len(values)} values from {low:g} to {high:g}")


def _classes(name: str, values: Sequence[str]) -> Finding:
    counts = {value: values.count(value) for value in sorted(set(values))}
    if len(counts) == 1:
        return Finding(name, Verdict.PROBLEM, f'has one class only, "{values[0]}"')
    if len(counts) == len(values):
        return Finding(name, Verdict.NOTE, "is different for every item")
    smallest = min(counts, key=lambda value: counts[value])
    return Finding(
        name, Verdict.FINE, f'{len(counts)} classes, the smallest "{smallest}" with {counts[smallest]} items'
    )


def _copies(opened: Dataset) -> Iterator[Finding]:
    """Files of the same bytes, and how far apart their labels are."""
    copies = _same_bytes(opened)
    if not copies:
        yield Finding("copies", Verdict.FINE, "no two files are the same")
    for items in copies:
        told_apart = len({item.group for item in items}) > 1
        torn = len({item.split for item in items}) > 1
        told = [
            f"{len(items)} files are the same",
            *(["their groups differ"] if told_apart else []),
            *(["they are on several sides of the split"] if torn else []),
            *_disagreements(items),
        ]
        verdict = Verdict.PROBLEM if told_apart or torn else Verdict.NOTE
        yield Finding("copies", verdict, "; ".join(told), [item.id for item in items])


def _same_bytes(items: Iterable[Item]) -> list[list[Item]]:
    by_size: dict[int, list[Item]] = {}
    for item in items:
        if _is_readable(item.path):
            by_size.setdefault(item.path.stat().st_size, []).append(item)
    by_digest: dict[str, list[Item]] = {}
    for alike in by_size.values():
        if len(alike) > 1:
            for item in alike:
                by_digest.setdefault(_digest(item.path), []).append(item)
    return [alike for alike in by_digest.values() if len(alike) > 1]


def _digest(file: AnyPath) -> str:
    if isinstance(file, ObjectPath):
        return f"sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}"
    return digest_of(file, "sha256")


def _disagreements(items: Sequence[Item]) -> Iterator[str]:
    for name in dict.fromkeys(name for item in items for name in item.labels):
        values = {item.id: item.labels[name] for item in items if name in item.labels}
        numbers = _only_numbers(values).values()
        if numbers and not math.isclose(min(numbers), max(numbers)):
            yield f"{name} from {min(numbers):g} to {max(numbers):g}"
        elif not numbers and len(set(values.values())) > 1:
            yield f"{name} {' and '.join(sorted({str(value) for value in values.values()}))}"


def _splits(opened: Dataset) -> Iterator[Finding]:
    sides: dict[str, set[str]] = {}
    for item in opened:
        if item.split:
            sides.setdefault(item.group, set()).add(item.split)
    if not sides:
        return
    torn = [group for group, where in sides.items() if len(where) > 1]
    if torn:
        yield Finding("split", Verdict.PROBLEM, f"{len(torn)} of {len(sides)} groups are on several sides", torn)
    else:
        yield Finding("split", Verdict.FINE, f"each of {len(sides)} groups is on one side")
    if left_out := [item.id for item in opened if not item.split]:
        yield Finding("split", Verdict.NOTE, f"{len(left_out)} of {len(opened)} items are on no side", left_out)

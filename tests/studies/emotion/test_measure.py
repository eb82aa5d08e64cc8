"""Which clips are learnt from, and on what scale their labels are."""

from dataclasses import replace
from pathlib import Path

import pytest

from wetdry.datasets import Item
from wetdry.errors import DataError
from wetdry.probes import Task
from wetdry.studies.emotion.measure import check_learnable
from wetdry.studies.sides import TEST, TRAIN, at_most, sides
from wetdry.studies.targets import Targets

CLASSES = Task(("Q1", "Q2"), classes=True)


def items(songs=12, clips=3, split=lambda _: ""):
    return [
        Item(f"{song}-{clip}", Path(f"{song}-{clip}.wav"), {"quadrant": f"Q{1 + song % 2}"}, f"song{song}", split(song))
        for song in range(songs)
        for clip in range(clips)
    ]


def labels(given):
    return {item.id: item.labels["quadrant"] for item in given}


@pytest.mark.parametrize("seed", range(5))
def test_a_drawn_split_keeps_songs_whole_and_has_its_share_of_each_class(seed):
    given = items()
    found = sides(given, labels(given), CLASSES, share=0.25, seed=seed)
    groups = {side: {item.group for item in given if found.side[item.id] == side} for side in (TRAIN, TEST)}
    assert not groups[TRAIN] & groups[TEST]
    for name in CLASSES.names:
        share = [found.side[item.id] == TEST for item in given if item.labels["quadrant"] == name]
        assert sum(share) / len(share) == pytest.approx(0.25, abs=0.1)
    assert found.torn == ()


def test_a_published_split_is_kept_and_its_validation_part_is_learnt_from():
    given = items(split=lambda song: ("train", "validation", "test")[song % 3])
    found = sides(given, labels(given), CLASSES, share=0.5, seed=0)
    expected = {item.id: TEST if item.split == "test" else TRAIN for item in given}
    assert found.side == expected
    assert found.how == "the data set’s own split"


def test_a_split_that_tears_songs_is_called_by_their_names():
    given = [replace(item, split="test" if item.id.endswith("-0") else "train") for item in items()]
    assert len(sides(given, labels(given), CLASSES, share=0.5, seed=0).torn) == 12


def test_numbers_are_dealt_over_their_whole_range():
    given = items(songs=40, clips=1)
    values = {item.id: (float(number),) for number, item in enumerate(given)}
    found = sides(given, values, Task(("valence",), classes=False), share=0.25, seed=3)
    tested = sorted(values[item][0] for item, side in found.side.items() if side == TEST)
    assert 8 <= len(tested) <= 12
    assert tested[0] < 10
    assert tested[-1] >= 30


def test_as_many_of_each_class_as_were_asked_for():
    given = items()
    kept = at_most(given, labels(given), CLASSES, 4, seed=1)
    assert [labels(given)[item.id] for item in kept].count("Q1") == 4
    assert len(kept) == 8
    assert kept == [item for item in given if item in kept]


@pytest.mark.parametrize(("songs", "words"), [(0, "0 groups"), (1, "1 groups")])
def test_a_class_that_cannot_be_learnt_is_said_before_anything_is_embedded(songs, words):
    given = [item for item in items() if item.labels["quadrant"] == "Q1"]
    given += [item for item in items() if item.labels["quadrant"] == "Q2"][: 3 * songs]
    with pytest.raises(DataError, match=f'{words}.*"Q2"'):
        check_learnable(given, Targets(CLASSES, labels(items())))
    check_learnable(items(), Targets(CLASSES, labels(items())))


def test_a_number_that_is_the_same_for_all_that_is_learnt_from_is_said():
    given = items(songs=4, clips=1)
    task = Task(("valence", "arousal"), classes=False)
    numbers = {item.id: (float(place), 1.0 if place < 3 else 2.0) for place, item in enumerate(given)}
    with pytest.raises(DataError, match='"arousal"'):
        check_learnable(given[:3], Targets(task, numbers))
    check_learnable(given, Targets(task, numbers))

"""Which labels are taken, in which shape, and what is refused."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wetdry.datasets import Dataset, Item
from wetdry.errors import DataError
from wetdry.studies.targets import QUADRANTS, plane_of_quadrants, quadrants_of, targets_of


def data(*labels):
    return Dataset("made", tuple(Item(f"{k}", Path(f"{k}.wav"), labels=each) for k, each in enumerate(labels)))


RATED = {"valence": 1.0, "arousal": -2.0, "quadrant": "Q4", "genre": "rock", "tempo": 90.0}
OTHER = {"valence": 0.5, "arousal": 3.0, "quadrant": "Q1", "genre": "jazz", "tempo": 120.0}


def without(labels, *names):
    return {name: value for name, value in labels.items() if name not in names}


@pytest.mark.parametrize(
    ("missing", "names", "first"),
    [
        ((), ("valence", "arousal"), (1.0, -2.0)),
        (("valence",), ("Q1", "Q4"), "Q4"),
        (("valence", "arousal", "quadrant"), ("jazz", "rock"), "rock"),
        (("valence", "arousal", "quadrant", "genre"), ("tempo",), (90.0,)),
        (("valence", "quadrant", "genre"), ("arousal", "tempo"), (-2.0, 90.0)),
    ],
)
def test_what_is_taken_where_nothing_is_named(missing, names, first):
    # Twice each: a text that differs for every clip names the clips.
    rows = [without(labels, *missing) for labels in (RATED, OTHER, RATED, OTHER)]
    found = targets_of(data(*rows))
    assert found.task.names == names
    assert found.task.classes == isinstance(first, str)
    assert found.labels["0"] == first


def test_named_numbers_come_in_their_order_as_an_array():
    found = targets_of(data(RATED, OTHER), "tempo, valence")
    assert found.wanted == "tempo,valence"
    np.testing.assert_array_equal(found.of(["1", "0"]), [[120.0, 0.5], [90.0, 1.0]])


def test_classes_come_as_text():
    found = targets_of(data(RATED, OTHER), "quadrant")
    assert found.wanted == "quadrant"
    assert found.of(["1", "0", "1"]).tolist() == ["Q1", "Q4", "Q1"]


def test_items_that_lack_a_number_are_left_out():
    found = targets_of(data(RATED, without(OTHER, "arousal"), OTHER), "valence,arousal")
    assert list(found.labels) == ["0", "2"]


@pytest.mark.parametrize(
    ("rows", "wanted", "words"),
    [
        ([{}, {}], None, "no label to learn"),
        ([RATED, OTHER], "valense", 'did you mean "valence"'),
        ([RATED, OTHER], " , ", "No label was named"),
        ([RATED, OTHER], "valence,genre", "neither"),
        ([RATED, OTHER], "quadrant,genre", "neither"),
        ([RATED, RATED], "valence", '"valence" is 1 for every clip'),
        ([RATED, RATED], "quadrant", 'every clip is "Q4"'),
        ([RATED, {"valence": float("nan"), "arousal": 1.0}], None, "valence.* of 1 is nan"),
        ([RATED, {"valence": 1e300, "arousal": 1.0}], None, r"1e\+300, too large to be learnt"),
        ([{"mood": 1.0}, {"mood": "sad"}], "mood", "text for some items and a number for others"),
        ([{"valence": 1.0}, {"arousal": 1.0}], "valence,arousal", "no item has all of"),
    ],
)
def test_what_cannot_be_learnt_is_one_sentence(rows, wanted, words):
    with pytest.raises(DataError, match=words):
        targets_of(data(*rows), wanted)


@pytest.mark.parametrize(
    "names",
    [("Q1", "Q2", "Q3", "Q4"), ("e1", "e2", "e3", "e4"), ("Excitement", "Anger", "Sadness", "Calmness")],
)
def test_quadrants_are_known_by_their_usual_names(names):
    assert quadrants_of(names) == tuple(QUADRANTS)
    assert quadrants_of(names[::-1]) == tuple(QUADRANTS)[::-1]


@pytest.mark.parametrize(
    "names", [("Q1", "Q2", "Q3"), ("Q1", "e1", "Q2", "Q3"), ("happy", "sad"), ("Q1", "Q2", "Q3", "Q5")]
)
def test_what_is_not_the_four_quadrants_is_none(names):
    assert quadrants_of(names) is None


@given(st.lists(st.floats(0.01, 1.0), min_size=4, max_size=4), st.permutations(list(QUADRANTS)))
def test_the_plane_of_quadrants(weights, order):
    shares = dict(zip(order, np.array(weights) / sum(weights), strict=True))
    valence, arousal = plane_of_quadrants(np.array([shares[name] for name in order]), order)
    assert valence == pytest.approx(shares["Q1"] + shares["Q4"] - shares["Q2"] - shares["Q3"])
    assert arousal == pytest.approx(shares["Q1"] + shares["Q2"] - shares["Q3"] - shares["Q4"])

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wetdry.errors import DataError
from wetdry.probes import Task
from wetdry.probes.splits import dealt


def folds_of(labels, groups, folds, seed=0):
    task = Task.of(labels)
    return dealt(task, task.answers(labels), groups, folds, seed)


@given(st.integers(0, 2**31 - 1), st.integers(2, 5), st.booleans())
def test_groups_stay_together_and_every_training_part_has_every_class(seed, folds, classes):
    rng = np.random.default_rng(seed)
    groups = np.repeat(np.arange(30), rng.integers(1, 4, 30))
    labels = np.array(["a", "b", "c"])[groups % 3] if classes else rng.standard_normal(len(groups))
    fold = folds_of(labels, groups, folds, seed=seed)
    assert set(fold) == set(range(folds))
    assert all(len(set(fold[groups == group])) == 1 for group in groups)
    if classes:
        assert all(len(set(labels[fold != number])) == 3 for number in range(folds))


def test_the_seed_shuffles_groups():
    values, groups = np.arange(40.0), np.arange(40) // 2
    one, again, other = (folds_of(values, groups, 4, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


def test_without_groups_each_row_is_its_own():
    assert np.bincount(folds_of(np.arange(20.0), None, 4)).tolist() == [5, 5, 5, 5]


def test_too_few_groups_are_said_and_dealt_into_as_many_folds():
    with pytest.warns(UserWarning, match="2 groups of clips allow 2 folds, not 3"):
        fold = folds_of(np.arange(6.0), list("aabbbb"), 3)
    assert len(set(fold[:2])) == len(set(fold[2:])) == 1 != len(set(fold))
    with pytest.warns(UserWarning, match="2 groups of clips, or of one class, allow 2 folds, not 3"):
        folds_of(list("xxyyyyyy"), list("abcdefgh"), 3)


@pytest.mark.parametrize(
    ("labels", "groups", "folds", "sentence"),
    [
        (np.arange(4.0), list("aaaa"), 2, "All clips are of one group"),
        (list("xxyy"), list("aabc"), 2, "All clips of class 'x' are of one group"),
        (np.arange(4.0), None, 1, "1 fold leaves nothing"),
        (np.arange(4.0), list("abc"), 2, "do not fit 4 rows"),
    ],
)
def test_groups_that_cannot_be_dealt(labels, groups, folds, sentence):
    with pytest.raises(DataError, match=sentence):
        folds_of(labels, groups, folds)


def test_folds_that_leave_a_class_out_of_a_training_part_are_refused():
    """Groups a and c dealt into one fold leave b, which has but one class."""
    with pytest.raises(DataError, match=r"Groups of class '.' are too few or uneven for 2 folds"):
        folds_of(list("yxxy"), list("abcc"), 2)

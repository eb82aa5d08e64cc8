"""Who is learnt from and who is tested: no group on both sides, every clip tested once, ranges spread evenly."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wetdry.errors import DataError
from wetdry.studies.recognition.protocol import check_ratings, dealt, everything, protocol


def clips_of(groups, split=""):
    return pd.DataFrame({"group": groups, "split": split})


@given(
    sizes=st.lists(st.integers(1, 5), min_size=6, max_size=25),
    folds=st.integers(2, 8),
    seed=st.integers(0, 1000),
)
def test_every_clip_is_tested_once_by_what_learnt_from_other_groups(sizes, folds, seed):
    groups = np.repeat([f"g{number}" for number in range(len(sizes))], sizes)
    answers = np.random.default_rng(seed).standard_normal((len(groups), 2))
    found = protocol(clips_of(groups), answers, folds=folds, seed=seed)
    assert len(found.folds) == min(folds, len(sizes))
    tested = np.concatenate([fold.test for fold in found.folds])
    assert sorted(tested.tolist()) == list(range(len(groups)))
    for fold in found.folds:
        of_part = [set(groups[part]) for part in (fold.train, fold.validation, fold.test)]
        assert not of_part[0] & of_part[1]
        assert not (of_part[0] | of_part[1]) & of_part[2]
        assert set().union(*of_part) == set(groups)
        assert len(of_part[0]) >= 1
        assert len(of_part[1]) == min(
            max(2, round((len(sizes) - len(of_part[2])) / 8)), len(of_part[0] | of_part[1]) - 1
        )
        assert fold.learnt.tolist() == sorted([*fold.train.tolist(), *fold.validation.tolist()])


@given(st.lists(st.floats(-5, 5), min_size=10, max_size=60), st.integers(2, 5), st.integers(0, 50))
def test_each_part_has_groups_from_the_whole_range(values, parts, seed):
    """Of each run of neighbours in rank, as many as there are parts, every part has one."""
    ratings = np.array(values)
    part = dealt(ratings, np.array([f"{row:03d}" for row in range(len(values))]), parts, seed)
    order = np.argsort(ratings, kind="stable")
    for first in range(0, len(order) - parts + 1, parts):
        assert sorted(part[order[first : first + parts]].tolist()) == list(range(parts))


def test_large_groups_are_spread_over_the_parts():
    sizes = [20, 20, 20, *([1] * 30)]
    groups = np.repeat([f"g{number:02d}" for number in range(33)], sizes)
    part = dealt(np.linspace(0, 1, len(groups)), groups, 3, 0)
    assert np.ptp(np.bincount(part)) <= 2


def test_another_seed_deals_otherwise_and_the_same_one_alike():
    groups, answers = np.arange(40).astype(str), np.random.default_rng(0).standard_normal((40, 1))
    first, again, other = (
        [fold.test.tolist() for fold in protocol(clips_of(groups), answers, seed=seed).folds] for seed in (0, 0, 1)
    )
    assert first == again != other


def test_the_published_split_is_kept_unless_folds_are_asked_for():
    split = np.repeat(["train", "validation", "test", ""], [20, 6, 10, 2])
    groups = np.array([f"g{row}" for row in range(38)])
    answers = np.random.default_rng(1).standard_normal((38, 2))
    found = protocol(clips_of(groups, split), answers)
    (fold,) = found.folds
    assert found.published
    assert (fold.train.tolist(), fold.validation.tolist(), fold.test.tolist()) == (
        list(range(20)),
        list(range(20, 26)),
        list(range(26, 36)),
    )
    assert found.remarks == ("In no part of the published split that is learnt from or tested: 2 of 38 clips.",)
    assert found.random == ()
    asked = protocol(clips_of(groups, split), answers, folds=4)
    assert len(asked.folds) == 4
    assert not asked.published


def test_a_published_split_without_validation_gives_up_an_eighth_of_its_training_groups():
    split = np.repeat(["train", "test"], [24, 8])
    answers = np.random.default_rng(1).standard_normal((32, 1))
    found = protocol(clips_of(np.arange(32).astype(str), split), answers)
    (fold,) = found.folds
    assert len(fold.validation) == 3
    assert fold.learnt.tolist() == list(range(24))
    assert found.how == "the test part of the data set’s own split, learning from its train part"


def test_groups_that_a_published_split_tears_are_told():
    split = np.repeat(["train", "test"], [16, 8])
    groups = np.array([f"g{row % 20}" for row in range(24)])
    found = protocol(clips_of(groups, split), np.arange(24.0)[:, np.newaxis])
    assert found.torn == ("g0", "g1", "g2", "g3")
    assert found.remarks == ("On both sides of the published split, which leaks: 4 groups of clips, such as g0.",)


def test_random_folds_are_there_only_where_they_leak():
    answers = np.random.default_rng(2).standard_normal((24, 1))
    assert protocol(clips_of(np.arange(24).astype(str)), answers).random == ()
    groups = np.repeat(np.arange(12), 2).astype(str)
    found = protocol(clips_of(groups), answers, folds=3)
    assert sorted(np.concatenate([fold.test for fold in found.random]).tolist()) == list(range(24))
    assert any(set(groups[fold.test]) & set(groups[fold.learnt]) for fold in found.random)


def test_one_split_tests_one_in_five_groups():
    answers = np.random.default_rng(3).standard_normal((50, 1))
    found = protocol(clips_of(np.arange(50).astype(str)), answers, one_split=True)
    assert [len(fold.test) for fold in found.folds] == [10]


def test_fewer_groups_than_folds_are_as_many_folds_and_said():
    groups = np.repeat(np.arange(7), 4).astype(str)
    found = protocol(clips_of(groups), np.random.default_rng(4).standard_normal((28, 1)), folds=10)
    assert len(found.folds) == 7
    assert found.remarks == ("7 groups of clips allow 7 folds, not 10.",)


def test_too_few_groups_are_a_sentence():
    groups = np.repeat(np.arange(5), 6).astype(str)
    with pytest.raises(DataError, match=r"Too few groups of clips.*: 5;"):
        protocol(clips_of(groups), np.zeros((30, 1)))


def test_everything_is_learnt_from_when_nothing_is_tested():
    groups = np.arange(16).astype(str)
    fold = everything(np.random.default_rng(5).standard_normal((16, 1)), groups, 0)
    assert fold.test.size == 0
    assert fold.learnt.tolist() == list(range(16))
    assert len(fold.validation) == 2


def test_validation_is_drawn_anew_where_a_target_would_be_the_same_for_all_who_validate():
    """Two of twenty groups alone are rated other than nought on the second target."""
    answers = np.random.default_rng(6).standard_normal((20, 2))
    answers[:, 1] = 0.0
    answers[[4, 11], 1] = 1.0
    for seed in range(20):
        fold = everything(answers, np.arange(20).astype(str), seed)
        assert np.ptp(answers[fold.validation, 1]) == np.ptp(answers[fold.train, 1]) == 1.0


def test_validation_is_drawn_anew_where_it_would_take_all_that_differ():
    """The third and the eighth of ten groups alone are rated other than nought."""
    answers = np.column_stack([np.arange(10.0), np.zeros(10)])
    answers[[2, 7], 1] = [1.0, 2.0]
    for seed in range(100):
        fold = everything(answers, np.arange(10).astype(str), seed)
        assert np.ptp(answers[fold.validation, 1]) > 0
        assert np.ptp(answers[fold.train, 1]) > 0


def test_validation_has_groups_from_the_whole_range_of_the_first_target():
    answers = np.column_stack([np.arange(24.0), np.random.default_rng(6).permutation(24)])
    for seed in range(10):
        fold = everything(answers, np.array([f"{row:02d}" for row in range(24)]), seed)
        assert (fold.validation // 8).tolist() == [0, 1, 2]


def test_a_published_split_without_a_training_part_learns_from_its_validation_part():
    split = np.repeat(["validation", "test"], [20, 8])
    answers = np.random.default_rng(7).standard_normal((28, 1))
    (fold,) = protocol(clips_of(np.arange(28).astype(str), split), answers).folds
    assert (len(fold.train), len(fold.validation)) == (18, 2)
    assert fold.learnt.tolist() == list(range(20))


def test_one_split_is_drawn_where_a_split_is_published_too():
    split = np.repeat(["train", "test"], [20, 8])
    answers = np.random.default_rng(7).standard_normal((28, 1))
    found = protocol(clips_of(np.arange(28).astype(str), split), answers, one_split=True)
    assert not found.published
    assert found.how == "one in 5 groups of clips, drawn with seed 0"


def test_published_validation_of_one_rating_is_not_stopped_by():
    split = np.repeat(["train", "validation", "test"], [16, 4, 8])
    answers = np.random.default_rng(7).standard_normal((28, 1))
    answers[16:20] = 0.5
    (fold,) = protocol(clips_of(np.arange(28).astype(str), split), answers).folds
    assert fold.learnt.tolist() == list(range(20))
    assert np.ptp(answers[fold.validation]) > 0


@pytest.mark.parametrize("test", [1, 8])
def test_a_published_split_by_which_no_model_can_be_scored_is_a_sentence(test):
    split = np.repeat(["train", "test"], [20, test])
    answers = np.random.default_rng(8).standard_normal((20 + test, 2))
    answers[20:, 1] = 0.25
    found = protocol(clips_of(np.arange(20 + test).astype(str), split), answers)
    name = "valence" if test == 1 else "arousal"
    with pytest.raises(DataError, match=f'"{name}" is .* for all {test} clips that are tested'):
        check_ratings(found, ("valence", "arousal"), answers)


def test_a_fold_that_would_learn_from_one_rating_is_a_sentence_before_anything_is_learnt():
    groups = np.repeat(np.arange(12), 2).astype(str)
    answers = np.random.default_rng(9).standard_normal((24, 2))
    found = protocol(clips_of(groups), answers, folds=4)
    check_ratings(found, ("valence", "arousal"), answers)
    answers[:, 1] = np.where(groups == "7", 1.0, 0.0)
    with pytest.raises(DataError, match='"arousal" is 0 for all 18 clips that a fold learns from: leave it out'):
        check_ratings(found, ("valence", "arousal"), answers)


def test_a_published_split_with_too_little_to_learn_from_is_a_sentence():
    split = np.repeat(["train", "test"], [20, 8])
    groups = np.array(["a", "b", "c", "c"] * 5 + [f"g{row}" for row in range(8)])
    with pytest.raises(DataError, match=r"Of the 4 groups .* to be learnt from, the published split has 3"):
        protocol(clips_of(groups, split), np.random.default_rng(9).standard_normal((28, 1)))

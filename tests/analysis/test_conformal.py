"""Quantiles in which groups count the same, and what they promise."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wetdry.analysis.conformal import group_quantile
from wetdry.errors import DataError


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=60, unique=True), st.sampled_from([0.5, 0.8, 0.9]))
def test_with_groups_of_one_it_is_the_split_conformal_quantile(scores, level):
    rank = math.ceil((len(scores) + 1) * level - 1e-9)
    expected = np.sort(scores)[rank - 1] if rank <= len(scores) else np.inf
    assert group_quantile(scores, level=level) == expected


@given(st.integers(1, 7), st.integers(0, 2**32 - 1))
def test_a_group_counts_once_however_often_its_scores_are_there(copies, seed):
    rng = np.random.default_rng(seed)
    scores, groups = rng.standard_normal(24), np.repeat(np.arange(12), 2)
    in_group_3 = groups == 3
    more = np.concatenate([scores, *[scores[in_group_3]] * copies])
    labels = np.concatenate([groups, *[groups[in_group_3]] * copies])
    assert group_quantile(more, labels) == group_quantile(scores, groups)


def test_a_level_that_the_groups_cannot_vouch_for_is_infinite():
    assert group_quantile(np.arange(80.0), np.repeat(np.arange(8), 10)) == np.inf
    assert group_quantile(np.arange(90.0), np.repeat(np.arange(9), 10)) == 89.0
    assert group_quantile(np.arange(80.0), np.repeat(np.arange(8), 10), guaranteed=False) == 71.0


def test_it_covers_a_score_of_a_new_group_as_often_as_promised(rng):
    groups = np.repeat(np.arange(20), 15)
    covered = []
    for _ in range(400):
        # Groups differ more than the scores of one do, so that 300 scores tell hardly more than 20.
        scores = np.exp(rng.standard_normal(20))[groups] * (1 + 0.2 * rng.standard_normal(300))
        fresh = np.exp(rng.standard_normal(200)) * (1 + 0.2 * rng.standard_normal(200))
        covered.append((fresh <= group_quantile(scores, groups)).mean())
    error = np.std(covered) / np.sqrt(400)
    # Exchangeable groups are covered by between 90 % and 90 % + 1/21.
    assert 0.9 - 2 * error <= np.mean(covered) <= 0.9 + 1 / 21 + 2 * error


@pytest.mark.parametrize("level", [0.0, 1.0])
def test_a_level_must_be_a_share(level):
    with pytest.raises(DataError, match="confidence level must lie between 0 and 1"):
        group_quantile([1.0, 2.0], level=level)

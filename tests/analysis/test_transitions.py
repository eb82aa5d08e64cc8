"""Tables of dry and wet classes, and tests of their margins."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import chi2_contingency
from statsmodels.stats.contingency_tables import SquareTable, mcnemar

from wetdry.analysis.statistics import sign_flip_p
from wetdry.analysis.transitions import level_chi_square, marginal_shift_p, mcnemar_p, stuart_maxwell, transitions
from wetdry.errors import DataError

tables = arrays(np.int64, (2, 4, 4), elements=st.integers(1, 30))


@pytest.fixture
def moved(rng):
    """Classes of 60 dry clips and of four wet columns, in the last of which class 2 is preferred."""
    dry = rng.integers(0, 4, 60)
    wet = np.where(rng.random((60, 4)) < 0.6, dry[:, np.newaxis], rng.integers(0, 4, (60, 4)))
    wet[rng.random(60) < 0.5, 3] = 2
    return dry, wet


def test_counts_are_those_of_a_loop(moved):
    dry, wet = moved
    expected = np.zeros((4, 4, 4), dtype=int)
    for clip, column in np.ndindex(60, 4):
        expected[column, dry[clip], wet[clip, column]] += 1
    np.testing.assert_array_equal(transitions(dry, wet), expected)
    np.testing.assert_array_equal(transitions(dry, wet.reshape(60, 2, 2)), expected.reshape(2, 2, 4, 4))
    assert transitions(dry, wet[:, 0], classes=6).shape == (6, 6)


def test_probabilities_count_as_their_largest_and_missing_ones_do_not(rng):
    dry, wet = rng.dirichlet(np.ones(3), 20), rng.dirichlet(np.ones(3), (20, 2))
    expected = transitions(dry.argmax(axis=1), wet.argmax(axis=2), classes=3)
    np.testing.assert_array_equal(transitions(dry, wet), expected)
    wet[4, 1] = np.nan
    found = transitions(dry, wet)
    assert found.sum(axis=(1, 2)).tolist() == [20, 19]
    assert (expected - found)[1].sum() == (expected - found)[1, dry[4].argmax()].sum() == 1
    dry[7] = np.nan
    assert transitions(dry, wet).sum(axis=(1, 2)).tolist() == [19, 18]


@settings(deadline=None, max_examples=40)
@given(tables)
def test_stuart_maxwell_is_that_of_statsmodels(counts):
    found = stuart_maxwell(counts)
    for place, table in enumerate(counts):
        expected = SquareTable(table, shift_zeros=False).homogeneity(method="stuart_maxwell")
        assert found.statistic[place] == pytest.approx(expected.statistic, rel=1e-9, abs=1e-9)
        assert found.p[place] == pytest.approx(expected.pvalue, rel=1e-7)
        assert found.freedom[place] == expected.df == 3


@settings(deadline=None, max_examples=20)
@given(tables, st.integers(0, 4))
def test_empty_classes_change_nothing(counts, place):
    wider = np.insert(np.insert(counts, place, 0, axis=1), place, 0, axis=2)
    wider[:, place, place] = 9  # in the class, dry and wet: no move
    whole, without = stuart_maxwell(wider), stuart_maxwell(counts)
    np.testing.assert_allclose(whole.statistic, without.statistic, rtol=1e-9, atol=1e-9)
    assert (whole.freedom == without.freedom).all()


def test_classes_that_clips_do_not_move_between_are_tested_apart():
    counts = np.zeros((4, 4), dtype=int)
    counts[0, 1], counts[1, 0], counts[2, 3], counts[3, 2] = 9, 3, 2, 8
    found = stuart_maxwell(counts)
    assert found.statistic == pytest.approx(36 / 12 + 36 / 10)
    assert found.freedom == 2
    still = stuart_maxwell(np.diag([3, 4, 5]))
    assert (still.statistic, still.freedom, still.p) == (0.0, 0, 1.0)


@settings(deadline=None, max_examples=30)
@given(tables)
def test_mcnemar_is_that_of_statsmodels(counts):
    found = mcnemar_p(counts)
    for place, own in np.ndindex(2, 4):
        table = counts[place]
        leave, enter = table[own].sum() - table[own, own], table[:, own].sum() - table[own, own]
        rest = table.sum() - leave - enter - table[own, own]
        expected = mcnemar([[table[own, own], leave], [enter, rest]], exact=True).pvalue
        assert found[place, own] == pytest.approx(expected, rel=1e-9)


def test_without_moves_no_class_has_gained(rng):
    assert (mcnemar_p(np.diag([3, 0, 5])) == 1.0).all()
    dry = rng.integers(0, 3, 20)
    assert marginal_shift_p(dry, dry[:, np.newaxis], permutations=99).tolist() == [1.0]


def test_exchanges_of_two_classes_are_sign_flips(rng):
    dry, wet = rng.integers(0, 2, 12), rng.integers(0, 2, (12, 5))
    song = np.arange(12) // 2
    songs = np.stack([(wet - dry[:, np.newaxis])[song == one].sum(axis=0) for one in range(6)])
    np.testing.assert_allclose(marginal_shift_p(dry, wet, song), sign_flip_p(songs.astype(float)))


def test_exchanges_are_those_of_a_loop_over_all_of_them(moved):
    dry, wet = (each[:16] for each in moved)
    song = np.arange(16) // 2
    statistics = []
    for pattern in range(2**8):
        swapped = (pattern >> song & 1).astype(bool)
        before = np.where(swapped[:, np.newaxis], wet, dry[:, np.newaxis])
        after = np.where(swapped[:, np.newaxis], dry[:, np.newaxis], wet)
        of_song = np.zeros((8, 4, 4))
        for clip, column in np.ndindex(16, 4):
            of_song[song[clip], column, before[clip, column]] -= 1
            of_song[song[clip], column, after[clip, column]] += 1
        gain = of_song.sum(axis=0)
        inverse = np.linalg.pinv(np.einsum("gvc,gvd->vcd", of_song, of_song), hermitian=True)
        statistics.append(np.einsum("vc,vcd,vd->v", gain, inverse, gain))
    expected = np.mean(np.array(statistics) >= statistics[0] - 1e-9, axis=0)
    np.testing.assert_allclose(marginal_shift_p(dry, wet, song), expected)


def test_with_a_cluster_a_clip_the_asymptotic_test_agrees(rng):
    dry = rng.integers(0, 4, 1200)
    wet = np.where(rng.random((1200, 6)) < 0.4, dry[:, np.newaxis], rng.integers(0, 4, (1200, 6)))
    wet[:200, 5] = 2
    exact = marginal_shift_p(dry, wet, permutations=1999)
    np.testing.assert_allclose(exact, stuart_maxwell(transitions(dry, wet)).p, atol=0.04)
    assert exact[5] < 0.01


def test_songs_keep_the_level_that_clips_taken_for_independent_do_not(rng):
    """Clips of a song move together, in either direction alike: the null holds."""
    song = np.repeat(np.arange(20), 6)
    dry = np.zeros(120, dtype=int)
    up = rng.integers(0, 2, (20, 300))[song].astype(bool)
    moves = rng.random((120, 300)) < 0.5
    # What songs do is symmetric about no change: half of them go from 0 to 1, the other half from 1 to 0.
    before = np.where(up, dry[:, np.newaxis], 1)
    after = np.where(moves, 1 - before, before)
    named, unnamed = [], []
    for column in range(300):
        named.append(marginal_shift_p(before[:, column], after[:, [column]], song, classes=2, permutations=199)[0])
        unnamed.append(stuart_maxwell(transitions(before[:, column], after[:, column], classes=2)).p)
    assert np.mean(np.array(named) <= 0.05) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 300)
    assert np.mean(np.array(unnamed) <= 0.05) > 0.2


def test_columns_share_exchanges_and_missing_clips_count_nowhere(rng):
    dry, wet = rng.dirichlet(np.ones(3), 40), rng.dirichlet(np.ones(3), (40, 3))
    together = marginal_shift_p(dry, wet, permutations=199, seed=4)
    assert together[2] == marginal_shift_p(dry, wet[:, 2], permutations=199, seed=4)
    wet[:, 1] = np.nan
    found = marginal_shift_p(dry, wet, permutations=199, seed=4)
    assert np.isnan(found[1])
    assert found[[0, 2]].tolist() == together[[0, 2]].tolist()


@settings(deadline=None, max_examples=20)
@given(arrays(np.int64, (3, 11, 4), elements=st.integers(0, 30)))
def test_the_published_test_is_scipys(counts):
    counts[:, :, 0] += 1
    found = level_chi_square(counts)
    for place, table in enumerate(counts):
        expected = chi2_contingency(table[:, table.sum(axis=0) > 0], correction=False)
        assert found.statistic[place] == pytest.approx(expected.statistic)
        assert found.freedom[place] == expected.dof
        assert found.p[place] == pytest.approx(expected.pvalue)


def test_bad_input_is_a_sentence():
    for dry, wet in [([0, 1], [[0], [1], [1]]), ([0.5, 1.0], [[0.5], [1.0]]), ([[0.5, 0.5]], [[[0.2, 0.3, 0.5]]])]:
        with pytest.raises(DataError, match="do not fit dry ones"):
            transitions(dry, wet)
    with pytest.raises(DataError, match="between 0 and 1"):
        transitions([0, 1], [2, 1], classes=2)
    with pytest.raises(DataError, match="Transitions need counts"):
        stuart_maxwell(np.ones((2, 3), dtype=int))
    with pytest.raises(DataError, match="Transitions need counts"):
        mcnemar_p([[0.5, 0.5], [0.5, 0.5]])
    with pytest.raises(DataError, match="levels and classes"):
        level_chi_square([1, 2])

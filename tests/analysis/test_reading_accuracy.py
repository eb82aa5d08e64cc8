"""Figures of how right a reading is, against closed forms."""

import numpy as np
import pytest
from scipy.stats import binomtest, spearmanr

from wetdry.analysis.effect_scale import Reading, strength_at
from wetdry.analysis.reading_accuracy import accuracy, order_r2
from wetdry.errors import DataError

GRID = np.array([1.0, 2.0, 4.0, 8.0, 16.0])


def reading(position, half_width=0.0, strangeness=None):
    low, high = np.clip(position - half_width, 0, 1), np.clip(position + half_width, 0, 1)
    unit = [strength_at(part, GRID) for part in (position, low, high)]
    return Reading(*unit, position, low, high, np.zeros(len(position)) if strangeness is None else strangeness)


def test_figures_of_a_small_table():
    truth = np.array([1.0, 4.0, 16.0, 1.0, 4.0, 16.0])
    said = reading(np.array([0.25, 0.5, 0.75, 0.0, 0.5, 0.5]), half_width=0.25)
    found = accuracy(said, truth, GRID, np.repeat(["a", "b"], 3))
    # Errors 1, 0, 8 and 0, 0, 12; the middle of the grid is 4, off by 3, 0 and 12.
    assert found.mae.estimate == pytest.approx((9 / 3 + 12 / 3) / 2)
    assert found.rmse.estimate == pytest.approx(np.sqrt((65 / 3 + 144 / 3) / 2))
    assert found.mae_of_middle == pytest.approx(5.0)
    assert found.coverage.estimate == pytest.approx(5 / 6)
    assert found.r2.estimate == pytest.approx(spearmanr(said.position, truth).statistic ** 2)
    assert found.strange == 0.0


def test_a_group_counts_once(rng):
    truth = np.tile(GRID, 4)
    said = rng.uniform(size=20)
    groups = np.repeat(["a", "b", "c", "d"], 5)
    found = accuracy(reading(said), truth, GRID, groups)
    again = np.concatenate([np.arange(20), *[np.flatnonzero(groups == "d")] * 6])
    repeated = accuracy(reading(said[again]), truth[again], GRID, groups[again])
    assert repeated.mae.estimate == pytest.approx(found.mae.estimate)
    assert repeated.coverage.estimate == pytest.approx(found.coverage.estimate)
    assert repeated.mae.units == 4


def test_a_reading_that_runs_backwards_is_negative():
    truth = np.tile(GRID, 5)
    groups = np.repeat(np.arange(5), 5)
    assert order_r2(-truth, truth, groups).estimate == -1.0


def test_one_that_always_says_the_same_explains_nothing():
    found = order_r2(np.full(25, 0.5), np.tile(GRID, 5), np.repeat(np.arange(5), 5))
    assert found.estimate == 0.0
    assert bool(found.undetermined)


def test_intervals_that_all_hold_do_not_prove_that_all_will():
    truth = np.tile(GRID, 12)
    found = accuracy(reading(np.full(60, 0.5), half_width=1.0), truth, GRID, np.repeat(np.arange(12), 5))
    exact = binomtest(12, 12).proportion_ci(method="exact")
    assert (found.coverage.estimate, found.coverage.high) == (1.0, 1.0)
    assert found.coverage.low == pytest.approx(exact.low)
    none = accuracy(reading(np.full(60, 0.3)), truth, GRID, np.repeat(np.arange(12), 5))
    assert (none.coverage.low, none.coverage.estimate) == (0.0, 0.0)
    assert none.coverage.high == pytest.approx(binomtest(0, 12).proportion_ci(method="exact").high)


def test_an_end_of_the_grid_is_held_by_an_interval_that_ends_there():
    grid = np.geomspace(1600.0, 18_333.0, 31)
    position = np.linspace(0, 1, 31)
    exact = strength_at(position, grid)
    found = accuracy(Reading(exact, exact, exact, position, position, position, np.zeros(31)), grid, grid)
    assert found.coverage.estimate == 1.0


def test_strange_vectors_are_counted():
    said = reading(np.full(4, 0.5), strangeness=np.array([0.5, 1.5, 0.9, 3.0]))
    assert accuracy(said, GRID[:4], GRID).strange == 0.5


def test_a_strength_for_each_vector():
    with pytest.raises(DataError, match=r"Strengths of shape \(5,\) do not fit a reading of shape \(4,\)"):
        accuracy(reading(np.full(4, 0.5)), GRID, GRID)

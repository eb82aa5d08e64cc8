"""Agreement of raters, by published examples, by definition and by planted truths."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import spearmanr

from wetdry.analysis.raters import icc, krippendorff_alpha
from wetdry.errors import DataError

SHROUT_FLEISS = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], float)
"""Table 2 of Shrout and Fleiss (1979): six targets, four judges."""

X = np.nan
KRIPPENDORFF = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, X, X, X],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, X, 3],
        [X, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, X],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, X],
    ]
).T
"""Example C of Krippendorff (2011): twelve units, four observers."""

BINARY = np.array([[0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]]).T
"""Example A of Krippendorff (2011)."""

some_ratings = arrays(np.float64, (8, 3), elements=st.integers(0, 4).map(float))


def with_gaps(ratings, rng, share=0.3):
    """Ratings of which a share is missing, but two of each item are not."""
    missing = rng.random(ratings.shape) < share
    missing[:, :2] = False
    return np.where(rng.permuted(missing, axis=1), np.nan, ratings)


def alpha_by_definition(ratings, difference):
    """Observed and expected disagreement, pair by pair."""
    units = [row[~np.isnan(row)] for row in ratings]
    units = [row for row in units if len(row) > 1]
    values = np.concatenate(units)
    observed = sum(difference(a, b) / (len(unit) - 1) for unit in units for a, b in permutations(unit, 2)) / len(values)
    expected = sum(difference(a, b) for a, b in permutations(values, 2)) / (len(values) * (len(values) - 1))
    return 1 - observed / expected


def henderson(ratings):
    """ICC(2,1) by Henderson's third method with dense projections."""
    item, rater = np.nonzero(~np.isnan(ratings))
    y = ratings[item, rater]
    by_item, by_rater = np.eye(len(ratings))[item], np.eye(ratings.shape[1])[rater]

    def rest(design):
        return np.eye(len(y)) - design @ np.linalg.pinv(design)

    both, items, raters = rest(np.hstack([by_item, by_rater])), rest(by_item), rest(by_rater)
    error = y @ both @ y / np.trace(both)
    found = []
    for other, own in ((raters, by_item), (items, by_rater)):
        freedom = np.trace(other) - np.trace(both)
        found.append((y @ (other - both) @ y - freedom * error) / np.trace(own.T @ other @ own))
    return found[0] / (sum(found) + error)


# --- intraclass correlation ----------------------------------------------------------------------------------------


def test_icc_of_shrout_and_fleiss():
    found = icc(SHROUT_FLEISS)
    for interval, expected in ((found.single, (0.29, 0.019, 0.761)), (found.average, (0.62, 0.071, 0.927))):
        np.testing.assert_allclose((interval.estimate, interval.low, interval.high), expected, atol=0.0051)
        assert interval.method == "f"
    assert (found.items, found.raters, found.ratings) == (6, 4, 4.0)


def test_limits_of_complete_ratings_cover_other_items_and_other_raters(rng):
    """Components 2, 0.5 and 1: ICC 4/7. 400 replications have a standard error of 0.011."""
    covered = []
    for _ in range(400):
        ratings = np.sqrt(2) * rng.standard_normal((20, 1)) + np.sqrt(0.5) * rng.standard_normal(5)
        found = icc(ratings + rng.standard_normal((20, 5))).single
        covered.append(found.low <= 4 / 7 <= found.high)
    assert 0.91 <= np.mean(covered) <= 0.98


def test_gaps_leave_hendersons_estimate(rng):
    for share in (0.0, 0.3, 0.5):
        ratings = with_gaps(rng.standard_normal((25, 1)) + 0.5 * rng.standard_normal((25, 6)) + 50.0, rng, share)
        found = icc(ratings, np.arange(25) // 2, resamples=50)
        assert found.single.method == "bootstrap"
        assert found.single.estimate == pytest.approx(henderson(ratings), rel=1e-9)
        given = (~np.isnan(ratings)).sum(axis=1)
        assert found.ratings == pytest.approx(25 / (1 / given).sum())
    complete = rng.standard_normal((9, 4))
    estimates = icc(complete), icc(complete, [0, 0, *range(7)], resamples=50)
    assert estimates[0].single.estimate == pytest.approx(estimates[1].single.estimate)
    assert estimates[0].average.estimate == pytest.approx(estimates[1].average.estimate)


def test_planted_components_are_recovered_from_ratings_with_gaps(rng):
    """Each of 60 listeners hears a third of 400 pairs. Components 1, 0.25 and 2: ICC 1 / 3.25."""
    ratings = (
        rng.standard_normal((400, 1)) + 0.5 * rng.standard_normal(60) + np.sqrt(2) * rng.standard_normal((400, 60))
    )
    ratings[rng.random((400, 60)) > 1 / 3] = np.nan
    found = icc(ratings, resamples=200)
    assert found.single.estimate == pytest.approx(1 / 3.25, abs=0.03)
    assert found.single.low < 1 / 3.25 < found.single.high
    assert found.average.estimate == pytest.approx(1 / (1 + 2.25 / found.ratings), abs=0.02)


def test_bootstrapped_limits_cover_other_items(rng):
    """Of these raters, with 60 items: raters differ by a fixed 0.5."""
    raters = np.array([-1, -1, 0, 0, 1, 1]) * 0.5
    spread = raters.var(ddof=1)
    truth = 1 / (1 + spread + 1)
    covered = []
    for _ in range(200):
        ratings = with_gaps(rng.standard_normal((60, 1)) + raters + rng.standard_normal((60, 6)), rng)
        found = icc(ratings, resamples=150).single
        covered.append(found.low <= truth <= found.high)
    assert 0.90 <= np.mean(covered) <= 0.99


def test_raters_who_agree_but_for_an_offset_agree_less_in_absolute_terms():
    item = np.arange(6.0)[:, np.newaxis]
    assert icc(item + np.zeros(3)).single.estimate == 1.0
    assert np.isnan(icc(item + np.zeros(3)).single.low)
    offset = icc(item + np.array([0.0, 1.0, 2.0])).single.estimate
    assert offset == pytest.approx(3.5 / (3.5 + 1.0))


def test_items_and_raters_without_ratings_change_nothing(rng):
    ratings = with_gaps(rng.standard_normal((12, 4)), rng)
    wider = np.insert(np.insert(ratings, 3, np.nan, axis=0), 2, np.nan, axis=1)
    assert icc(wider, resamples=50).single.estimate == pytest.approx(icc(ratings, resamples=50).single.estimate)
    assert icc(wider, resamples=50).single.low == pytest.approx(icc(ratings, resamples=50).single.low)
    assert (icc(wider, resamples=50).items, icc(wider, resamples=50).raters) == (12, 4)


# --- Krippendorff's alpha ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("measurement", "alpha"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_alpha_of_krippendorffs_examples(measurement, alpha):
    found = krippendorff_alpha(KRIPPENDORFF, measurement=measurement)
    assert found.estimate == pytest.approx(alpha, abs=0.0005)
    assert found.low < alpha < found.high
    assert found.units == 11
    assert krippendorff_alpha(BINARY, measurement=measurement).estimate == pytest.approx(0.095, abs=0.0005)


@settings(deadline=None, max_examples=30)
@given(some_ratings, arrays(np.bool_, (8, 3)))
def test_alpha_is_what_its_definition_says(ratings, missing):
    ratings[0], ratings[1] = [0, 1, 2], [3, 3, 4]
    ratings[2:][missing[2:]] = np.nan
    paired = ratings[(~np.isnan(ratings)).sum(axis=1) > 1]
    values = np.sort(paired[~np.isnan(paired)])

    def between(a, b):
        low, high = min(a, b), max(a, b)
        inside = ((values >= low) & (values <= high)).sum()
        return (inside - ((values == low).sum() + (values == high).sum()) / 2) ** 2

    differences = {"nominal": lambda a, b: a != b, "ordinal": between, "interval": lambda a, b: (a - b) ** 2}
    for measurement, difference in differences.items():
        found = krippendorff_alpha(ratings, measurement=measurement, resamples=50).estimate
        assert found == pytest.approx(alpha_by_definition(ratings, difference), abs=1e-9)


@settings(deadline=None, max_examples=20)
@given(some_ratings)
def test_alpha_sees_what_its_level_of_measurement_keeps(ratings):
    ratings[0] = [0, 1, 2]
    kept = {"nominal": lambda v: (3 * v) % 5, "ordinal": np.exp, "interval": lambda v: 1e5 - 7 * v}
    for measurement, change in kept.items():
        before, after = (
            krippendorff_alpha(each, measurement=measurement, seed=2, resamples=50)
            for each in (ratings, change(ratings)[:, ::-1])
        )
        np.testing.assert_allclose(after.estimate, before.estimate, atol=1e-6)
        np.testing.assert_allclose(after.low, before.low, atol=1e-5)


def test_alpha_of_listeners_who_guess_is_0_within_limits_that_cover(rng):
    inside = []
    for _ in range(200):
        found = krippendorff_alpha(with_gaps(rng.integers(0, 4, (30, 4)).astype(float), rng), resamples=150)
        inside.append(found.low <= 0.0 <= found.high)
    assert 0.90 <= np.mean(inside) <= 0.99


def test_items_of_a_song_are_drawn_together(rng):
    """Ten items of a song with the same ratings are no more than one."""
    song = np.repeat(np.arange(15), 10)
    ratings = (rng.standard_normal((15, 1)) + 0.7 * rng.standard_normal((15, 3)))[song]
    alone, named = krippendorff_alpha(ratings), krippendorff_alpha(ratings, song)
    assert (alone.units, named.units, icc(ratings, song).single.units) == (150, 15, 15)
    assert named.high - named.low > 2.5 * (alone.high - alone.low)


def test_ranks_alone_count_for_ordinal_ratings(rng):
    """With two raters, without ties, and many items, ordinal alpha is Spearman's correlation."""
    ratings = rng.standard_normal((2000, 1)) + rng.standard_normal((2000, 2))
    found = krippendorff_alpha(ratings[:400], measurement="ordinal", resamples=50).estimate
    assert found == pytest.approx(spearmanr(*ratings[:400].T).statistic, abs=0.02)


def test_without_different_ratings_alpha_has_no_meaning():
    assert np.isnan(krippendorff_alpha(np.ones((5, 2))).estimate)
    perfect = krippendorff_alpha(np.repeat(np.arange(9.0)[:, np.newaxis], 2, axis=1))
    assert perfect.estimate == 1.0
    assert perfect.method == "undetermined"


def test_bad_input_is_a_sentence():
    for measure in (icc, krippendorff_alpha):
        with pytest.raises(DataError, match="need the shape"):
            measure([1.0, 2.0])
        with pytest.raises(DataError, match="must be finite"):
            measure([[1.0, np.inf], [1.0, 2.0]])
        with pytest.raises(DataError, match="at least two items"):
            measure([[1.0, np.nan], [1.0, 2.0], [np.nan, 2.0]])
    with pytest.raises(DataError, match='Unknown level of measurement "ratio"'):
        krippendorff_alpha(KRIPPENDORFF, measurement="ratio")

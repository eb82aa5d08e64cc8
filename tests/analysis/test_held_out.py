import numpy as np
import pytest

from wetdry.analysis.cca import global_cca, held_out_interval
from wetdry.errors import DataError


@pytest.mark.parametrize("dim", [6, 90])
def test_held_out_scores_are_projections_on_directions_fitted_without_the_clip(rng, dim):
    vectors = rng.standard_normal((9, 7, dim)) + np.arange(7.0)[:, np.newaxis] * np.eye(dim)[0]
    groups = np.arange(9) // 2
    found = global_cca(vectors, np.arange(7), groups, folds=3)
    assert found.held_out_scores.shape == found.fold.shape == (9, 7)
    for part in range(3):
        test = found.fold[:, 0] == part
        assert not set(groups[test]) & set(groups[~test])
        alone = global_cca(vectors[~test], np.arange(7), folds=None).direction
        expected = vectors[test] @ alone
        expected = (expected - expected.mean()) / expected.std()
        np.testing.assert_allclose(found.held_out_scores[test], expected, atol=1e-8)
    without = global_cca(vectors, np.arange(7), folds=None)
    assert np.isnan(without.held_out_scores).all()
    assert without.held_out_scores.shape == (9, 7)
    rows = global_cca(vectors.reshape(-1, dim), np.tile(np.arange(7), 9), np.repeat(groups, 7), folds=3)
    np.testing.assert_allclose(rows.held_out_scores.reshape(9, 7), found.held_out_scores, atol=1e-9)


def test_held_out_scores_are_0_where_the_direction_tells_nothing_apart():
    vectors = np.zeros((6, 5, 3))
    vectors[:3, :, 0] = np.arange(5.0)
    vectors[3:, :, 1] = np.arange(5.0)
    found = global_cca(vectors, np.arange(5), np.repeat([0, 1], 3), folds=2)
    assert not found.held_out_scores.any()
    assert found.held_out_r2 == 0


def one_dimensional(rng, clips, slope):
    """Clips whose only dimension is a direction that no fit can get wrong but by its sign."""
    start = 2.0 * rng.standard_normal((clips, 1, 1))
    return start + slope * np.arange(6.0)[:, np.newaxis] + rng.standard_normal((clips, 6, 1))


def test_held_out_intervals_cover_what_other_clips_give():
    rng = np.random.default_rng(440)
    truth = global_cca(one_dimensional(rng, 20_000, 0.5), np.arange(6), folds=2).held_out_r2
    found = [global_cca(one_dimensional(rng, 24, 0.5), np.arange(6), folds=4) for _ in range(150)]
    intervals = [held_out_interval(each, np.arange(6)) for each in found]
    low, high = np.array([(each.low, each.high) for each in intervals]).T
    assert 0.9 <= np.mean((low < truth) & (truth < high)) <= 0.99
    assert all(each.estimate == one.held_out_r2 for each, one in zip(intervals, found, strict=True))
    spread = np.std([each.held_out_r2 for each in found])
    assert np.mean(high - low) == pytest.approx(2 * 2.07 * spread, rel=0.25)


def test_held_out_intervals_resample_groups(rng):
    clips = one_dimensional(rng, 10, 0.4)
    doubled = np.repeat(clips, 2, axis=0)
    groups = np.repeat(np.arange(10), 2)
    one = held_out_interval(global_cca(clips, np.arange(6), folds=5), np.arange(6))
    same = held_out_interval(global_cca(doubled, np.arange(6), groups, folds=5), np.arange(6), groups)
    assert (same.units, str(same.method)) == (10, "jackknife-t")
    np.testing.assert_allclose([same.low, same.high], [one.low, one.high], atol=1e-9)
    each_alone = held_out_interval(global_cca(clips, np.arange(6), folds=10), np.arange(6))
    assert each_alone.low < each_alone.estimate < each_alone.high
    wider = held_out_interval(global_cca(clips, np.arange(6), folds=5), np.arange(6), level=0.99)
    assert wider.low < one.low < one.high < wider.high


def test_held_out_intervals_need_four_groups_and_something_held_out(rng):
    clips = one_dimensional(rng, 6, 0.4)
    few = held_out_interval(
        global_cca(clips, np.arange(6), np.arange(6) // 2, folds=3), np.arange(6), np.arange(6) // 2
    )
    assert np.isnan([few.low, few.high]).all()
    assert str(few.method) == "undetermined"
    exact = np.arange(6.0)[:, np.newaxis] + np.zeros((6, 1, 1))
    assert held_out_interval(global_cca(exact, np.arange(6)), np.arange(6)).undetermined
    of_rows = np.tile(np.arange(6), 6), np.repeat(np.arange(6), 6)
    with pytest.raises(DataError, match="interval from rows needs their clips"):
        held_out_interval(global_cca(clips.reshape(36, 1), *of_rows), of_rows[0])
    with pytest.raises(DataError, match="Nothing was held out"):
        held_out_interval(global_cca(clips, np.arange(6), folds=None), np.arange(6))


def test_of_many_groups_several_are_left_out_at_a_time_to_about_the_same_limits(rng, monkeypatch):
    vectors, groups = one_dimensional(rng, 600, 0.4), np.arange(600) // 2
    found = global_cca(vectors, np.arange(6), groups)
    one_by_one = held_out_interval(found, np.arange(6), groups)
    monkeypatch.setattr("wetdry.analysis.held_out.MOST_LEFT_OUT", 299)
    monkeypatch.setattr("wetdry.analysis.held_out.FEWER_LEFT_OUT", 100)
    several = held_out_interval(found, np.arange(6), groups)
    assert several.low != one_by_one.low
    assert several.high - several.low == pytest.approx(one_by_one.high - one_by_one.low, rel=0.2)
    assert several.estimate == one_by_one.estimate
    assert several.low + several.high == pytest.approx(one_by_one.low + one_by_one.high, rel=0.01)

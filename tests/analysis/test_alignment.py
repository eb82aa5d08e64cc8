"""How much of planted displacements lies along planted directions."""

import numpy as np
import pytest
from scipy.linalg import sqrtm
from scipy.stats import beta
from sklearn.covariance import LedoitWolf

from wetdry.analysis.alignment import alignment, white_units
from wetdry.errors import DataError

DIM = 12


@pytest.fixture
def mixed(rng):
    """A well-conditioned mixture (dim, dim) of independent dimensions, and 5,000 dry vectors of it."""
    mixture = 0.15 * rng.standard_normal((DIM, DIM)) + np.eye(DIM)
    return mixture, rng.standard_normal((5000, DIM)) @ mixture


def test_a_move_along_the_pattern_is_all_emotional_and_across_it_not_at_all(rng, mixed):
    """The step along which dry vectors go with an estimate is its gradient times their covariance, not the gradient."""
    _, dry = mixed
    gradient = rng.standard_normal(DIM)
    scale = dry.std(axis=0)
    shrunk = LedoitWolf(assume_centered=True).fit((dry - dry.mean(axis=0)) / scale)
    covariance = shrunk.covariance_ * np.outer(scale, scale)
    along = covariance @ gradient
    across = rng.standard_normal(DIM)
    across -= gradient * (gradient @ across) / (gradient @ gradient)
    found = alignment(np.stack([[along, -2 * along, across]]), gradient[np.newaxis], dry)
    np.testing.assert_allclose(found.share, [[1.0, 1.0, 0.0]], atol=1e-9)
    np.testing.assert_allclose(found.cosine[0, :, 0], [1.0, -1.0, 0.0], atol=1e-6)
    # The estimate's spread over dry vectors is what a step along it is measured in.
    assert found.within[0, 0] == pytest.approx(np.sqrt(gradient @ covariance @ gradient))
    assert found.within[0, 1] == pytest.approx(2 * found.within[0, 0])
    assert found.shrinkage == pytest.approx(shrunk.shrinkage_)


def test_white_units_are_the_root_of_the_shrunk_correlation(mixed):
    _, dry = mixed
    units = white_units(dry)
    standard = (dry - dry.mean(axis=0)) / dry.std(axis=0)
    expected = LedoitWolf(assume_centered=True).fit(standard).covariance_
    np.testing.assert_allclose(units.root, sqrtm(expected), atol=1e-9)
    np.testing.assert_allclose(units.root @ units.inverse_root, np.eye(DIM), atol=1e-9)
    white = units.moves(dry - dry.mean(axis=0))
    np.testing.assert_allclose(np.cov(white.T), np.eye(DIM), atol=0.03)


def test_shares_are_those_of_a_mixture_known_beforehand(rng, mixed):
    """In the white vectors behind the mixture, moves and directions are what was planted."""
    mixture, dry = mixed
    moves = rng.standard_normal((30, 4, DIM))
    outputs = rng.standard_normal((3, DIM))
    basis = np.linalg.qr(outputs.T)[0]
    planted = np.square(moves @ basis).sum(axis=-1) / np.square(moves).sum(axis=-1)
    found = alignment(moves @ mixture, outputs @ np.linalg.inv(mixture).T, dry)
    np.testing.assert_allclose(found.share, planted, atol=0.05)
    np.testing.assert_allclose(found.length, np.linalg.norm(moves, axis=-1), rtol=0.1)
    cosine = moves @ outputs.T / np.linalg.norm(moves, axis=-1)[..., np.newaxis] / np.linalg.norm(outputs, axis=-1)
    np.testing.assert_allclose(found.cosine, cosine, atol=0.05)
    assert (found.rank, found.expected) == (3, 3 / DIM)
    np.testing.assert_allclose(found.mean_share, found.share.mean(axis=0))


def test_units_of_dimensions_do_not_matter(rng, mixed):
    _, dry = mixed
    moves, outputs = rng.standard_normal((5, 2, DIM)), rng.standard_normal((2, DIM))
    scale = 10.0 ** rng.uniform(-4, 4, DIM)
    found, scaled = alignment(moves, outputs, dry), alignment(moves * scale, outputs / scale, dry * scale)
    np.testing.assert_allclose(scaled.share, found.share, rtol=1e-9)
    np.testing.assert_allclose(scaled.cosine, found.cosine, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(alignment(moves, 1e-6 * outputs, dry).share, found.share, rtol=1e-9)


def test_random_directions_meet_what_theory_says(rng):
    """A fixed step's share within a random plane of 12 dimensions is beta-distributed; that of many steps narrower."""
    dry = rng.standard_normal((4000, DIM))
    one = np.repeat(rng.standard_normal((1, 1, DIM)), 50, axis=0)
    every = rng.standard_normal((2000, 1, DIM))
    outputs = rng.standard_normal((2, DIM))
    alike, apart = (alignment(moves, outputs, dry, draws=3000) for moves in (one, every))
    expected = beta.ppf([0.025, 0.975], 1, (DIM - 2) / 2)
    np.testing.assert_allclose([alike.random_low[0], alike.random_high[0]], expected, atol=0.02)
    assert alike.expected == 2 / DIM
    assert alike.p[0] == pytest.approx(beta.sf(alike.mean_share[0], 1, (DIM - 2) / 2), abs=0.04)
    assert apart.random_high[0] - apart.random_low[0] < 0.1 * (alike.random_high[0] - alike.random_low[0])
    assert apart.random_low[0] < 2 / DIM < apart.random_high[0]


def test_a_planted_emotional_effect_is_found_and_a_blind_one_is_not(rng, mixed):
    mixture, dry = mixed
    outputs = rng.standard_normal((2, DIM))
    blind = rng.standard_normal((400, 1, DIM))
    moves = np.concatenate([blind + 2.0 * outputs[0], blind], axis=1)
    found = alignment(moves @ mixture, outputs @ np.linalg.inv(mixture).T, dry)
    assert found.p[0] < 0.02
    assert found.mean_share[0] > found.random_high[0]
    assert found.random_low[1] < found.mean_share[1] < found.random_high[1]
    assert (found.cosine[:, 0, 0] > 0).all()


def test_clips_that_do_not_move_have_no_share_and_do_not_count(rng):
    dry = rng.standard_normal((200, 5))
    moves = rng.standard_normal((6, 2, 5))
    moves[:2, 0], moves[:, 1] = 0.0, 0.0
    found = alignment(moves, np.eye(5)[:2], dry)
    assert np.isnan(found.share).tolist() == [[True, True]] * 2 + [[False, True]] * 4
    assert np.isnan(found.cosine[0]).all()
    assert found.within[0, 0] == found.length[0, 0] == 0.0
    assert found.mean_share[0] == pytest.approx(np.mean(found.share[2:, 0]))
    assert np.isnan([found.mean_share[1], found.p[1], found.random_low[1]]).all()
    assert found.random_low[0] == alignment(moves[2:], np.eye(5)[:2], dry).random_low[0]


def test_missing_displacements_count_nowhere_and_units_may_be_had_beforehand(rng):
    dry = rng.standard_normal((200, 5))
    moves = rng.standard_normal((6, 2, 5))
    whole = alignment(moves[1:], np.eye(5)[:2], dry)
    moves[0, 1, 3] = np.nan
    found = alignment(moves, np.eye(5)[:2], white_units(dry))
    assert np.isnan([found.share[0, 1], found.within[0, 1], found.length[0, 1], found.cosine[0, 1, 0]]).all()
    np.testing.assert_array_equal(found.share[1:], whole.share)
    assert (found.mean_share[1], found.random_low[1]) == (whole.mean_share[1], whole.random_low[1])
    assert np.isfinite(found.share[0, 0])


def test_dimensions_without_dry_spread_and_copies_of_directions_count_not(rng):
    dry = rng.standard_normal((200, 5))
    moves, outputs = rng.standard_normal((6, 2, 5)), rng.standard_normal((2, 5))
    expected = alignment(moves, outputs, dry)
    wider = [np.insert(each, 3, 7.0, axis=-1) for each in (moves, outputs, dry)]
    found = alignment(wider[0], np.vstack([wider[1], -3.0 * wider[1][1:]]), wider[2])
    np.testing.assert_allclose(found.share, expected.share)
    assert (found.rank, found.expected) == (2, 2 / 5)


def test_with_fewer_dry_vectors_than_dimensions_lengths_stay_finite(rng):
    dry = rng.standard_normal((20, 3)) @ rng.standard_normal((3, 50)) + 0.1 * rng.standard_normal((20, 50))
    found = alignment(rng.standard_normal((4, 1, 50)), rng.standard_normal((1, 50)), dry)
    assert 0.0 < found.shrinkage < 1.0
    assert (found.length < 100).all()
    assert ((found.share > 0) & (found.share < 1)).all()


def test_bad_input_is_a_sentence(rng):
    dry, moves, outputs = rng.standard_normal((9, 4)), np.ones((2, 1, 4)), np.ones((1, 4))
    for arguments, words in [
        ((moves, outputs[:, :3], dry), "one layer of one encoder"),
        ((moves[0], outputs, dry), "Displacements need 3 axes"),
        ((moves, outputs * np.nan, dry), "Directions must be finite"),
        ((moves * np.inf, outputs, dry), "Displacements must be finite"),
        ((moves, outputs, dry[:2]), "2 dry vectors do not show"),
        ((moves, outputs, np.ones((5, 4))), "all the same"),
        ((moves, 0 * outputs, dry), "lead nowhere"),
    ]:
        with pytest.raises(DataError, match=words):
            alignment(*arguments)
    with pytest.raises(DataError, match="0 random directions"):
        alignment(moves, outputs, dry, draws=0)


def test_a_cluster_counts_once_in_mean_shares_and_in_those_of_random_directions():
    rng = np.random.default_rng(4)
    dry, moved = rng.standard_normal((200, 6)), rng.standard_normal((7, 2, 6))
    moved[3, 0] = np.nan
    clusters = ["a", "a", "a", "b", "c", "c", "c"]
    found = alignment(moved, np.eye(6)[:2], dry, clusters, draws=400)
    members = [[0, 1, 2], [3], [4, 5, 6]]
    of_cluster = np.array(
        [
            [np.nan if np.isnan(column).all() else np.nanmean(column) for column in found.share[rows].T]
            for rows in members
        ]
    )
    np.testing.assert_allclose(found.mean_share, np.nanmean(of_cluster, axis=0))
    # Three copies of a clip are as good as one, for the probe's directions and for all others.
    copied = alignment(np.repeat(moved, 3, axis=0), np.eye(6)[:2], dry, np.repeat(np.arange(7), 3), draws=400)
    alone = alignment(moved, np.eye(6)[:2], dry, draws=400)
    for name in ("mean_share", "random_low", "random_high", "p"):
        np.testing.assert_allclose(getattr(copied, name), getattr(alone, name), rtol=1e-6)
    assert not np.allclose(found.mean_share, alone.mean_share)

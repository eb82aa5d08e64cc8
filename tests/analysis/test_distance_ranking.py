"""Ranks of distances: planted orders, how often limits hold, and what groups that labels share do."""

import numpy as np
import pytest

from wetdry.analysis.distance_ranking import LabelledPair, rank_distances
from wetdry.analysis.frechet import frechet_distance
from wetdry.errors import DataError


def pair(rng, shift, clips=40, dim=4, voices=0.0, actors=8):
    """Two sets `shift` apart in every dimension; actors move both by `voices`."""
    actor = np.arange(clips) % actors
    moved = voices * rng.standard_normal((actors, dim))
    a, b = (rng.standard_normal((clips, dim)) + moved[actor] + by for by in (0.0, shift))
    return LabelledPair(a, b, actor, actor)


def test_distances_are_those_of_equally_many_clips():
    rng = np.random.default_rng(0)
    even = pair(rng, 1.0, clips=30)
    found = rank_distances([even, pair(rng, 0.0, clips=90)], draws=3, halves=10)
    assert found.clips == 30
    assert found.distance[0] == pytest.approx(frechet_distance(even.first, even.second), rel=1e-12)
    # 90 clips would be nearer than 30 of them.
    assert found.distance[1] > 1.5 * np.mean([frechet_distance(*pair(rng, 0.0, clips=90)[:2]) for _ in range(5)])


def test_a_planted_order_is_found_and_is_sure():
    rng = np.random.default_rng(1)
    found = rank_distances([pair(rng, shift) for shift in (1.5, 0.0, 3.0)], seed=1)
    assert found.rank.tolist() == found.rank_low.tolist() == found.rank_high.tolist() == [2, 1, 3]
    assert found.nearest.tolist() == [0, 1, 0]
    assert found.groups == 8


def test_pairs_that_are_alike_share_the_first_place():
    shares = []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        found = rank_distances([pair(rng, 1.0) for _ in range(2)], halves=60, seed=seed)
        assert found.nearest.sum() == pytest.approx(1.0)
        shares.append(found.nearest.max())
    assert np.median(shares) < 0.95


def test_limits_hold_what_they_say():
    """Of independent clips; what 40 clips of either side are apart on average is told by many more sets of 40."""
    expected = np.mean(
        [frechet_distance(*pair(np.random.default_rng(1000 + seed), 1.0, actors=40)[:2]) for seed in range(400)]
    )
    held = 0
    for seed in range(80):
        only = pair(np.random.default_rng(seed), 1.0, actors=40)
        only = only._replace(second_groups=np.arange(40) + 40)
        found = rank_distances([only], draws=1, halves=40, seed=seed)
        held += bool(found.low[0] < expected < found.high[0])
    assert 0.88 <= held / 80 <= 1.0


def test_what_one_voice_does_to_all_labels_does_not_blur_their_order():
    """The same few actors in all labels move the distances up and down together, and not their order."""
    rng = np.random.default_rng(2)
    clips, actors = 48, 8
    actor = np.arange(clips) % actors
    louder = rng.normal(1.0, 0.5, actors)[actor]
    first = rng.standard_normal((clips, 3))
    pairs = [LabelledPair(first, 0.9 * first + (shift * louder)[:, np.newaxis], actor, actor) for shift in (2.0, 2.2)]
    found = rank_distances(pairs, seed=3)
    assert found.high[0] > found.low[1]
    assert found.nearest.tolist() == [1.0, 0.0]


def test_the_seed_decides():
    pairs = [pair(np.random.default_rng(5), shift) for shift in (0.2, 0.0)]
    one, same, other = (rank_distances(pairs, halves=30, seed=seed).high for seed in (1, 1, 2))
    assert one.tolist() == same.tolist() != other.tolist()


def test_few_groups_give_ranks_without_limits():
    found = rank_distances([pair(np.random.default_rng(6), shift, actors=3) for shift in (1.0, 0.0)])
    assert found.rank.tolist() == [2, 1]
    assert np.isnan([found.low, found.high, found.rank_low, found.nearest]).all()
    # One actor has all clips of a label: some halves have none.
    lonely = pair(np.random.default_rng(7), 1.0)._replace(first_groups=np.zeros(40), second_groups=np.zeros(40))
    found = rank_distances([pair(np.random.default_rng(8), 0.0), lonely])
    assert np.isnan(found.rank_high).all()


def test_nothing_to_rank_is_said():
    with pytest.raises(DataError, match="No pair"):
        rank_distances([])

"""Analyses of vectors that are met in blocks: the same figures whatever the blocks, and never all at once."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wetdry.analysis import (
    Penalty,
    dimensionality,
    direction_agreement,
    global_cca,
    global_null,
    samplewise_cca,
    samplewise_null,
    spread,
    trajectories,
)
from wetdry.analysis.blocks import Affine, Blockwise, Displacements, Flat, Reordered, parts_of
from wetdry.analysis.folds import folds_of_groups
from wetdry.analysis.noise import Noise
from wetdry.analysis.reservoir import reservoir
from wetdry.analysis.shuffled_ranks import ShuffledRanks
from wetdry.errors import DataError

CLIPS, STRENGTHS, DIM = 30, 7, 6
GROUPS = np.arange(CLIPS) // 4 * 7 % 5
ORDER = np.random.default_rng(1).permuted(np.tile(np.arange(STRENGTHS), (CLIPS, 1)), axis=1)


def planted(seed=0):
    """Dry clips, and wet ones that move along a direction as they tremble: float32, in unlike units, far from zero."""
    rng = np.random.default_rng(seed)
    dry = rng.standard_normal((CLIPS, DIM)) * np.geomspace(0.1, 10, DIM) + 30
    path = np.linspace(0, 2, STRENGTHS)[:, np.newaxis] * rng.standard_normal(DIM)
    wet = dry[:, np.newaxis] + path + 0.4 * rng.standard_normal((CLIPS, STRENGTHS, DIM))
    return dry.astype(np.float32), wet.astype(np.float32)


def figures(dry, wet):
    """Everything that walks through vectors."""
    strengths, rows = np.arange(float(STRENGTHS)), Flat(Displacements(wet, dry))
    units = np.linspace(0.5, 2, DIM) * np.ones((3, 1))
    ridge = Penalty(ridge=0.1)
    found = {
        "plain": global_cca(wet, strengths, GROUPS, folds=3),
        "ridge": global_cca(wet, strengths, GROUPS, folds=3, penalty=ridge, units=units),
        "unfolded": global_cca(wet, strengths, folds=None),
        "null": global_null(wet, strengths, GROUPS, folds=3, penalty=ridge, units=units, permutations=9),
        "each": samplewise_cca(wet, strengths, folds=2),
        "each null": samplewise_null(wet, strengths, folds=2, permutations=3),
        "reordered": samplewise_cca(Reordered(wet, ORDER), strengths, folds=2),
        "paths": trajectories(wet, dry, GROUPS),
        "dry": dimensionality(dry, GROUPS),
        "moves": dimensionality(rows, np.repeat(GROUPS, STRENGTHS)),
        "moves by clip": dimensionality(rows, np.repeat(np.arange(CLIPS), STRENGTHS)),
        "about zero": dimensionality(rows, np.repeat(np.arange(CLIPS) % 9, STRENGTHS), centred=False),
        "agreement": direction_agreement(Displacements(wet, dry), GROUPS),
    }
    flat = {f"{of} {name}": value for of, each in found.items() for name, value in vars(each).items()}
    return {name: value for name, value in flat.items() if value is not None} | {"spread": spread(dry)}


def assert_same(found, expected, **tolerance):
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        if np.asarray(value).dtype.kind in "SU":
            assert np.array_equal(found[name], value)
        else:
            np.testing.assert_allclose(found[name], value, err_msg=name, **tolerance)


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 9), st.integers(0, 5))
@settings(max_examples=12, deadline=None)
def test_figures_do_not_depend_on_the_blocks(block, sums, targets, seed):
    dry, wet = planted(seed)
    expected = figures(dry, wet)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("wetdry.analysis.statistics.units.BLOCK", block * DIM * STRENGTHS)
        patch.setattr("wetdry.analysis.primal_sums.ROWS_A_DIMENSION", 1)
        patch.setattr("wetdry.analysis.primal_sums.NUMBERS_AT_ONCE", sums * DIM)
        patch.setattr("wetdry.analysis.primal_sums.FOLLOWED_AT_ONCE", targets * CLIPS * STRENGTHS)
        assert_same(figures(dry, wet), expected, rtol=1e-9, atol=1e-10)


class OneBlockAtATime(Blockwise):
    """Vectors of which no more may be asked for at once than a few clips, and never all."""

    def __init__(self, vectors, most):
        self._vectors, self._most, self.shape = vectors, most, vectors.shape
        self.largest = 0

    def _made(self, rows):
        found = self._vectors[rows].astype(np.float64)
        self.largest = max(self.largest, found.size)
        assert found.size <= self._most, "too many vectors are in memory at once"
        return found


@pytest.mark.parametrize("clips", [1, 4])
def test_no_more_than_a_block_is_ever_in_memory_and_the_bits_are_those_of_arrays(clips, monkeypatch):
    dry, wet = planted()
    most = clips * STRENGTHS * DIM
    monkeypatch.setattr("wetdry.analysis.statistics.units.BLOCK", most)
    monkeypatch.setattr("wetdry.analysis.primal_sums.ROWS_A_DIMENSION", 1)
    monkeypatch.setattr("wetdry.analysis.primal_sums.NUMBERS_AT_ONCE", most)
    monkeypatch.setattr("wetdry.analysis.directions.NUMBERS_AT_ONCE", most)
    # Rows that begin within a clip need the clip that they end in as well.
    spied = [OneBlockAtATime(each, most + 2 * STRENGTHS * DIM) for each in (dry, wet)]
    expected = figures(dry.astype(float), wet.astype(float))
    assert_same(figures(*spied), expected, rtol=0, atol=0)
    assert spied[1].largest >= most


def test_some_rows_in_another_unit_along_axes(rng):
    vectors, rows = rng.standard_normal((20, 3, 4)).astype(np.float32), np.array([3, 3, 17, 0, 8])
    origin, size, axes = rng.standard_normal(4), rng.uniform(1, 2, 4), rng.standard_normal((4, 2))
    seen = Affine(vectors, rows, origin=origin, size=size, axes=axes)
    expected = ((vectors[rows] - origin) / size) @ axes
    assert (seen.shape, seen.dtype, len(seen), seen.ndim) == (expected.shape, np.float64, 5, 3)
    for part in (slice(None), slice(1, 4), slice(-2, None), np.array([4, 0]), np.arange(5) % 2 == 0):
        np.testing.assert_array_equal(seen[part], expected[part])
    np.testing.assert_array_equal(np.asarray(seen, dtype=np.float32), expected.astype(np.float32))
    np.testing.assert_array_equal(Affine(seen, np.array([2, 2]))[:], expected[[2, 2]])


@given(st.integers(0, 40), st.integers(0, 40))
@settings(max_examples=40, deadline=None)
def test_rows_of_clips_one_after_another(start, stop):
    vectors = np.arange(90.0).reshape(10, 3, 3)
    flat, whole = Flat(Affine(vectors)), vectors.reshape(-1, 3)
    np.testing.assert_array_equal(flat[start:stop], whole[start:stop])
    places = np.array([start, stop, start]) % 30
    np.testing.assert_array_equal(flat[places], whole[places])


def test_displacements_and_orders_are_those_of_arrays():
    dry, wet = planted()
    moves = Displacements(Affine(wet), dry)[3:9]
    np.testing.assert_array_equal(moves, wet[3:9].astype(float) - dry[3:9, np.newaxis].astype(float))
    np.testing.assert_array_equal(
        Reordered(wet, ORDER)[2:5], np.take_along_axis(wet[2:5], ORDER[2:5, :, np.newaxis], axis=1)
    )


def test_blocks_cover_all_rows_and_follow_from_the_shape(monkeypatch):
    monkeypatch.setattr("wetdry.analysis.statistics.units.BLOCK", 100)
    assert list(parts_of(np.empty((7, 5, 10)))) == [slice(0, 2), slice(2, 4), slice(4, 6), slice(6, 7)]
    assert list(parts_of(np.empty((7, 5, 10)), least=4)) == [slice(0, 4), slice(4, 7)]
    assert list(parts_of(np.empty((3, 500)))) == [slice(0, 1), slice(1, 2), slice(2, 3)]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda wet: trajectories(wet, np.ones((CLIPS, DIM))),
            r"Wet vectors have NaN or infinite values in row \(21, 2",
        ),
        (lambda wet: direction_agreement(wet), r"Directions have NaN or infinite values in row \(21, 2\)"),
        (
            lambda wet: dimensionality(Flat(wet)),
            rf"Vectors have NaN or infinite values in row \({21 * STRENGTHS + 2}\)",
        ),
        (lambda wet: global_cca(wet, np.arange(STRENGTHS)), "Embeddings must be finite"),
        (lambda wet: samplewise_cca(wet, np.arange(STRENGTHS), folds=2), "Embeddings must be finite"),
        (lambda wet: spread(Flat(wet)), "Embeddings must be finite"),
    ],
)
def test_what_is_not_finite_is_found_in_its_block(call, message, monkeypatch):
    wet = planted()[1]
    wet[21, 2, 3] = np.nan
    monkeypatch.setattr("wetdry.analysis.statistics.units.BLOCK", 4 * STRENGTHS * DIM)
    with pytest.raises(DataError, match=message):
        call(Affine(wet))


def test_noise_is_the_same_wherever_one_looks_and_normal(monkeypatch):
    monkeypatch.setattr("wetdry.analysis.noise.NUMBERS_AT_ONCE", 6 * 200)
    noise = Noise((50, 3, 200), [1, 2], size=3.0)
    whole = noise[:]
    for part in (slice(0, 1), slice(49, 50), slice(1, 31), np.array([44, 3, 3])):
        np.testing.assert_array_equal(noise[part], whole[part])
    np.testing.assert_array_equal(whole[:2], 3.0 * np.random.default_rng([1, 2]).standard_normal((2, 3, 200)))
    assert len(np.unique(whole)) == whole.size
    assert whole.std() == pytest.approx(3.0, rel=0.02)
    assert abs(whole.mean()) < 0.06
    assert np.abs(np.corrcoef(whole.reshape(50, -1)) - np.eye(50)).max() < 0.2


def test_shuffled_ranks_are_those_of_one_stream_and_keep_to_their_clip():
    ranks = np.array([-2.0, -1.0, 0.0, 0.0, 3.0])
    shuffled = ShuffledRanks(ranks, clips=11, permutations=6, seed=3)
    copies = np.random.default_rng(3).permuted(np.broadcast_to(ranks, (6, 11, 5)), axis=2)
    np.testing.assert_array_equal(shuffled[:], np.moveaxis(copies, 0, 2).reshape(55, 6))
    np.testing.assert_array_equal(shuffled.columns(slice(2, 4)), shuffled[:][:, 2:4])
    np.testing.assert_array_equal(shuffled[17:40], shuffled[:][17:40])
    assert (np.sort(shuffled[:].reshape(11, 5, 6), axis=1) == ranks[:, np.newaxis]).all()
    with pytest.raises(DataError, match="null of 0 permutations"):
        ShuffledRanks(ranks, clips=1, permutations=0, seed=0)


@given(st.integers(1, 60), st.integers(1, 12), st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_a_reservoir_is_filled_one_by_one(total, most, seed):
    kept = list(range(min(total, most)))
    draws = np.random.default_rng(seed).integers(0, np.arange(most, total) + 1) if total > most else []
    for place, draw in enumerate(draws, most):
        if draw < most:
            kept[draw] = place
    assert reservoir(total, most, seed).tolist() == sorted(kept)


def test_all_things_are_as_likely_to_be_in_a_reservoir():
    counts = np.bincount(np.concatenate([reservoir(40, 10, seed) for seed in range(4000)]), minlength=40)
    # Each is in a quarter of them; five standard deviations of that.
    assert np.abs(counts / 4000 - 0.25).max() < 5 * np.sqrt(0.25 * 0.75 / 4000)
    with pytest.raises(DataError, match="holds nothing"):
        reservoir(4, 0, 0)


def test_groups_are_kept_whole_in_folds_of_blocks():
    """What `figures` relies on: folds that cut across every block."""
    fold = folds_of_groups(GROUPS, CLIPS, 3)
    assert all(len(np.unique(fold[group == GROUPS])) == 1 for group in np.unique(GROUPS))
    assert len(np.unique(fold[:12])) == 3

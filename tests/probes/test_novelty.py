import numpy as np
import pytest
from scipy.stats import kstest

from wetdry.probes import fit_probe


def clips(rng, rows, dim, within=None):
    """Vectors (rows, dim) of unequal units; with `within`, four clips a song that differ by as much."""
    if within is None:
        return rng.standard_normal((rows, dim)) * np.geomspace(0.1, 10, dim)
    songs = rng.standard_normal((rows // 4, dim)).repeat(4, axis=0)
    return (songs + within * rng.standard_normal((rows, dim))) * np.geomspace(0.1, 10, dim)


@pytest.mark.parametrize("dim", [10, 300])
def test_new_clips_have_even_shares(rng, dim):
    vectors = clips(rng, 600, dim)
    probe = fit_probe(vectors[:300], vectors[:300, 0], settings={"penalty": 1.0})
    assert kstest(probe.novelty(vectors[300:]), "uniform").statistic < 0.12


def test_new_songs_have_even_shares_where_clips_of_a_song_are_alike(rng):
    vectors, songs = clips(rng, 800, 40, within=0.1), np.arange(800) // 4
    training = vectors[:400], vectors[:400, 0]
    by_song, by_clip = (fit_probe(*training, each, settings={"penalty": 1.0}) for each in (songs[:400], None))
    assert abs(by_song.novelty(vectors[400:]).mean() - 0.5) < 0.07
    # Held out clip by clip, songs that have been heard are taken for new ones, and new ones look strange.
    assert by_clip.novelty(vectors[400:]).mean() > 0.6


def test_what_lies_far_off_is_stranger_than_all(rng):
    vectors = clips(rng, 100, 6)
    probe = fit_probe(vectors, vectors[:, 0])
    assert probe.novelty(vectors.mean(axis=0)) == 0.0
    for way in np.eye(6) * vectors.std(axis=0):
        assert probe.novelty(vectors.mean(axis=0) + 20 * way) == 1.0


def test_shares_keep_the_shape_of_what_is_asked(rng):
    vectors = clips(rng, 60, 4)
    probe = fit_probe(vectors, vectors[:, 0])
    # Not the training clips themselves, which as they are lie as far off as one of them but for rounding.
    fresh = 1.1 * vectors
    shares = probe.novelty(fresh.reshape(3, 20, 4))
    assert shares.shape == (3, 20)
    assert shares[1, 2] == probe.novelty(fresh[22])

"""How far a vector lies from where vectors usually lie."""

from dataclasses import replace

import numpy as np
import pytest

from wetdry.analysis.neighbourhood import MOST_AXES, neighbourhood


def cloud(rng, rows, dim):
    vectors = rng.standard_normal((rows, dim)) @ rng.standard_normal((dim, dim)) + 3.0
    return vectors, neighbourhood(vectors.mean(axis=0), np.cov(vectors.T))


def test_with_an_axis_for_each_dimension_it_is_the_distance_of_mahalanobis(rng):
    vectors, around = cloud(rng, 200, 6)
    away = vectors - vectors.mean(axis=0)
    expected = np.einsum("nd,de,ne->n", away, np.linalg.inv(np.cov(vectors.T)), away)
    np.testing.assert_allclose(around.distance(vectors), np.sqrt(expected / 6), rtol=1e-9)


def test_beyond_the_axes_the_rest_has_its_mean_variance(rng):
    dim = 40
    vectors, around = cloud(rng, 400, dim)
    variances = np.linalg.eigvalsh(np.cov(vectors.T))
    assert around.axes.shape == (MOST_AXES, dim)
    assert around.rest == pytest.approx(variances[: dim - MOST_AXES].mean())
    # The mean square over the cloud that it was made of is 1 along every axis and for the rest together.
    assert np.square(around.distance(vectors)).mean() == pytest.approx(399 / 400)


def test_a_vector_beside_a_flat_cloud_is_far_off(rng):
    flat = rng.standard_normal((100, 3)) @ rng.standard_normal((3, 30))
    around = neighbourhood(flat.mean(axis=0), np.cov(flat.T))
    assert around.distance(flat).max() < 10
    assert around.distance(flat[:1] + 0.1 * rng.standard_normal(30))[0] > 1000


def test_strangeness_is_the_distance_over_the_reach(rng):
    vectors, around = cloud(rng, 50, 5)
    np.testing.assert_allclose(replace(around, reach=2.0).strangeness(vectors), around.distance(vectors) / 2)

import warnings

import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.decomposition import PCA
from sklearn.manifold import trustworthiness

from wetdry.analysis.maps import trajectory_map
from wetdry.errors import DataError


def swept(rng, clips=6, strengths=12, dim=20, reach=3.0):
    """Clips far apart, each of which moves along a common direction: wet (clip, strength, dim) and dry (clip, dim)."""
    dry = 5.0 * rng.standard_normal((clips, dim))
    direction = rng.standard_normal(dim) / np.sqrt(dim)
    return dry[:, np.newaxis] + reach * np.linspace(0.02, 1, strengths)[:, np.newaxis] ** 1.3 * direction, dry


@pytest.fixture(scope="module")
def clips():
    return swept(np.random.default_rng(440))


@pytest.fixture(scope="module")
def published(clips):
    return trajectory_map(*clips)


@pytest.fixture(scope="module")
def honest(clips):
    background = 5.0 * np.random.default_rng(441).standard_normal((30, 20))
    return trajectory_map(*clips, fit_on="dry", background=background)


def test_a_map_fitted_on_wet_vectors_draws_one_ordered_thread_a_clip(published, clips):
    wet, dry = clips
    assert published.wet.shape == (*wet.shape[:2], 2)
    assert published.dry.shape == (len(dry), 2)
    for path in published.wet:
        along = (path - path.mean(axis=0)) @ np.linalg.svd(path - path.mean(axis=0))[2][0]
        assert abs(spearmanr(along, np.arange(len(path)))[0]) > 0.9
    stations = published.wet.reshape(-1, 2)
    nearest = np.argsort(np.linalg.norm(stations[:, None] - stations, axis=2), axis=1)[:, 1]
    assert (nearest // wet.shape[1] == np.arange(len(stations)) // wet.shape[1]).mean() > 0.95


def test_the_published_recipe_is_umap_with_three_neighbours_from_principal_components(published, clips):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from umap import UMAP

        stations = clips[0].reshape(-1, 20) - clips[0].mean(axis=(0, 1))
        stations = np.float32(stations / np.abs(stations).max())
        start = PCA(2).fit_transform(np.float64(stations))
        start *= np.sign(start[np.abs(start).argmax(axis=0), [0, 1]])
        start = np.float32(np.round(10 * start / np.abs(start).max(), 4))
        expected = UMAP(n_neighbors=3, init=start, random_state=0).fit_transform(stations)
    np.testing.assert_allclose(published.wet.reshape(-1, 2), expected, atol=1e-4)


def test_dry_vectors_are_set_down_where_their_path_begins(published):
    distances = np.linalg.norm(published.dry[:, None, None] - published.wet, axis=3)
    owner, station = np.unravel_index(distances.reshape(len(distances), -1).argmin(axis=1), published.wet.shape[:2])
    assert owner.tolist() == list(range(len(distances)))
    assert station.max() <= 2


def test_paths_are_set_down_beside_their_dry_vectors_on_the_honest_map(honest):
    distances = np.linalg.norm(honest.wet[:, :1] - honest.dry, axis=2)
    assert distances.argmin(axis=1).tolist() == list(range(len(honest.dry)))


def test_trustworthiness_is_of_the_points_drawn(published, honest, clips):
    vectors = np.concatenate([clips[0].reshape(-1, 20), clips[1]])
    for found in (published, honest):
        drawn = np.concatenate([found.wet.reshape(-1, 2), found.dry])
        assert found.trustworthiness == pytest.approx(trustworthiness(vectors, drawn, n_neighbors=5), abs=1e-6)
    assert published.trustworthiness > 0.9
    assert (published.fit_on, honest.fit_on) == ("wet", "dry")


def test_wet_vectors_have_no_part_in_the_layout_of_the_honest_map(honest, clips):
    wet, dry = clips
    background = 5.0 * np.random.default_rng(441).standard_normal((30, 20))
    other = trajectory_map(wet[:, ::-1] + 1.0, dry, fit_on="dry", background=background)
    np.testing.assert_array_equal(other.dry, honest.dry)
    assert not np.array_equal(other.wet, honest.wet)
    with_own = trajectory_map(wet, dry, fit_on="dry", background=np.concatenate([dry[::-1], background]))
    np.testing.assert_array_equal(with_own.wet, honest.wet)
    alone = trajectory_map(wet, dry, fit_on="dry")
    assert not np.array_equal(alone.dry, honest.dry)


def test_one_seed_gives_one_map_silently(published, clips, capfd):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        again, other = (trajectory_map(*clips, seed=seed) for seed in (0, 1))
    assert again.wet.tobytes() == published.wet.tobytes()
    assert again.dry.tobytes() == published.dry.tobytes()
    assert not np.array_equal(other.wet, published.wet)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("scale", [2.0**-600, 2.0**600])
def test_maps_do_not_depend_on_the_unit(published, clips, scale):
    wet, dry = clips
    np.testing.assert_array_equal(trajectory_map(wet * scale, dry * scale).wet, published.wet)


@pytest.mark.parametrize("fit_on", ["wet", "dry"])
def test_repeated_vectors_and_two_dimensions_are_drawn(rng, fit_on):
    wet, dry = swept(rng, dim=2)
    wet[0] = wet[0, 0]
    wet[1, 3:] = wet[1, 3]
    dry[2] = dry[3]
    found = trajectory_map(wet, dry, fit_on=fit_on)
    assert np.isfinite(found.wet).all()
    assert np.isfinite(found.dry).all()
    assert 0.5 < found.trustworthiness <= 1.0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda w, d: trajectory_map(w[:1, :4], d[:1]), "5 different wet vectors to be laid out, not 4"),
        (lambda w, d: trajectory_map(w[:4], d[:4], fit_on="dry"), "not 4: give a background"),
        (lambda w, d: trajectory_map(w, d, neighbours=1), "at least 2"),
        (lambda w, d: trajectory_map(w, d[:3]), "one for each clip"),
        (lambda w, d: trajectory_map(w[0], d), r"Wet vectors need the shape \(clip, strength, dim\)"),
        (lambda w, d: trajectory_map(w, d * np.nan), "Dry vectors must be finite"),
        (lambda w, d: trajectory_map(w, d, fit_on="both"), "choose one of wet, dry"),
        (lambda w, d: trajectory_map(w, d, background=d), "no part in a map fitted on wet"),
        (lambda w, d: trajectory_map(w, d, fit_on="dry", background=d[:, :3]), "background of 3 dimensions"),
    ],
)
def test_bad_input_is_named(clips, call, message):
    with pytest.raises(DataError, match=message):
        call(*clips)


def test_equal_vectors_share_a_place_and_where_they_lie_in_memory_makes_no_map(rng):
    """As of a filter whose cut-offs reach beyond what a clip contains; ties must not be broken by rounding."""
    wet = rng.standard_normal((6, 1, 9)) + np.minimum(np.arange(12), 5)[:, np.newaxis] * rng.standard_normal(9)
    dry = wet[:, -1]
    first = trajectory_map(wet, dry)
    for end in range(6, 12):
        np.testing.assert_array_equal(first.wet[:, end], first.wet[:, 5])
    elsewhere = np.empty(wet.size + 1)[1:].reshape(wet.shape)
    elsewhere[...] = wet
    again = trajectory_map(elsewhere, np.asfortranarray(dry))
    np.testing.assert_array_equal(again.wet, first.wet)
    np.testing.assert_array_equal(again.dry, first.dry)

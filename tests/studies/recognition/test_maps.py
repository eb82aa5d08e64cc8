"""Maps keep together what lies together, are the same for the same seed, and refuse what cannot be drawn."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from wetdry.errors import DataError
from wetdry.extract.threads import single_threaded_kernels
from wetdry.studies.checkpoints import Checkpoints
from wetdry.studies.recognition import maps
from wetdry.studies.recognition.config import RecognitionConfig

CLUSTERS, EACH, DIM = 3, 12, 3


@pytest.fixture(autouse=True)
def one_thread():
    """As parts of a study are computed; several threads that wait for each other take a minute on a busy machine."""
    with single_threaded_kernels():
        yield


@pytest.fixture
def clustered(rng):
    centres = 20.0 * np.eye(CLUSTERS, DIM)
    return np.repeat(centres, EACH, axis=0) + rng.standard_normal((CLUSTERS * EACH, DIM))


def _neighbours_of_the_same_cluster(placed):
    cluster = np.repeat(np.arange(CLUSTERS), EACH)
    distance = np.linalg.norm(placed[:, None] - placed[None], axis=-1)
    np.fill_diagonal(distance, np.inf)
    return (cluster[distance.argmin(axis=1)] == cluster).mean()


def test_planted_clusters_stay_together(clustered):
    placed = maps.drawn(clustered, "tsne", seed=0)
    assert placed.shape == (CLUSTERS * EACH, 2)
    assert np.isfinite(placed).all()
    assert _neighbours_of_the_same_cluster(placed) == 1.0


def test_the_same_seed_draws_the_same_map_whatever_the_unit_of_a_dimension(clustered):
    units = 2.0 ** np.arange(DIM)
    assert np.array_equal(maps.drawn(clustered, "tsne", 3), maps.drawn(clustered, "tsne", 3))
    assert np.array_equal(maps.drawn(clustered, "tsne", 3), maps.drawn(clustered * units, "tsne", 3))


@pytest.mark.parametrize(("clips", "neighbours"), [(36, 12), (60, 15)])
def test_umap_is_asked_for_every_clip_among_a_third_of_them_or_fifteen(rng, monkeypatch, clips, neighbours):
    """UMAP itself takes long to be loaded, and is tested where it is called."""
    asked = {}

    def trajectory_map(wet, dry, **settings):
        asked.update(settings, wet=wet, dry=dry)
        return SimpleNamespace(wet=wet[..., :2] + 1.0)

    monkeypatch.setattr(maps, "trajectory_map", trajectory_map)
    vectors = rng.standard_normal((clips, DIM)) * [1.0, 5.0, 0.1]
    placed = maps.drawn(vectors, "umap", seed=4)
    assert (asked["neighbours"], asked["seed"]) == (neighbours, 4)
    scaled = (vectors - vectors.mean(axis=0)) / vectors.std(axis=0)
    assert asked["dry"] == pytest.approx(scaled)
    assert placed == pytest.approx(scaled[:, :2] + 1.0)


def test_too_few_different_clips_are_a_sentence():
    with pytest.raises(DataError, match="1 different clips are too few"):
        maps.drawn(np.ones((40, 4)), "tsne", 0)


def test_each_encoder_is_drawn_in_each_way_on_its_own_layer(clustered, tmp_path, monkeypatch):
    monkeypatch.setattr(maps, "trajectory_map", lambda wet, *_, **__: SimpleNamespace(wet=wet[..., :2]))
    clips = pd.DataFrame({"item": [f"clip{n:02}" for n in range(len(clustered))], "clip": "hash"})
    view = SimpleNamespace(
        encoder=SimpleNamespace(spec=SimpleNamespace(name="ear")), layers=("own", "other"), key="ear@1", recipe="r"
    )
    asked = []

    def vectors(name, layer):
        asked.append((name, layer))
        return clustered

    measured = SimpleNamespace(clips=clips, views=[view], vectors=vectors)
    config, checkpoints = RecognitionConfig(data="csv:x.csv"), Checkpoints(tmp_path)
    first = [job()["maps"] for job in maps.jobs(config, measured, checkpoints)]
    assert len(first) == maps.count(config, measured) == 2
    assert [(table["method"][0], table["layer"][0], len(table)) for table in first] == [
        ("umap", "own", 36),
        ("tsne", "own", 36),
    ]
    assert list(first[0]["item"]) == list(clips["item"])
    assert asked == [("ear", "own")] * 2
    again = [job()["maps"] for job in maps.jobs(config, measured, checkpoints)]
    assert len(asked) == 2  # what is known is not read again
    for before, after in zip(first, again, strict=True):
        pd.testing.assert_frame_equal(before, after)
    without = RecognitionConfig(data="csv:x.csv", phases=(1, 2))
    assert maps.count(without, measured) == 0
    assert list(maps.jobs(without, measured, checkpoints)) == []

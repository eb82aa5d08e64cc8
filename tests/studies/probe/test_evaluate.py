"""A probe held against labels: without what it learnt from, and with what else must be known."""

import numpy as np
import pytest
from planted_probe import clips_of, quadrants_of, ratings_of, trained_numbers, trained_quadrants, vectors_of
from sklearn.metrics import confusion_matrix, mean_squared_error, r2_score

from wetdry.datasets import Dataset
from wetdry.errors import DataError
from wetdry.studies.probe.evaluate import NOVEL, _matching, checked_on

CLIPS = 60
"""That the probes learnt from."""


@pytest.fixture(scope="module")
def numbers():
    return trained_numbers(CLIPS)


def known_and_new():
    """The clips that the probe learnt from, and 40 others."""
    vectors = np.concatenate([vectors_of(CLIPS, 0), vectors_of(40, 7)])
    return clips_of(vectors, np.concatenate([ratings_of(vectors[:CLIPS]), ratings_of(vectors[CLIPS:], 7)]))


def value(check, metric, target, column="value"):
    scores = check.scores
    (found,) = scores.loc[(scores["metric"] == metric) & (scores["target"] == target), column]
    return found


def test_clips_that_it_learnt_from_are_left_out(numbers):
    clips = known_and_new()
    found = checked_on(numbers, clips, "set")
    assert (found.clips, found.groups) == (40, 40)
    assert found.seen == tuple(item.id for item in clips.items[:CLIPS])
    assert found.notes == (f"{CLIPS} clips that the probe learnt from were left out.",)
    said, truth = numbers.estimate(clips.vectors[CLIPS:]), clips.labels[CLIPS:]
    assert value(found, "r2", "arousal") == pytest.approx(r2_score(truth[:, 1], said[:, 1]), rel=1e-5)
    assert value(found, "rmse", "valence") == pytest.approx(
        mean_squared_error(truth[:, 0], said[:, 0]) ** 0.5, rel=1e-5
    )
    assert value(found, "r2", "valence", "gain_low") > 0
    means = [output.mean for output in numbers.card.outputs]
    assert value(found, "rmse", "arousal", "baseline") == pytest.approx(
        mean_squared_error(truth[:, 1], np.full(40, means[1])) ** 0.5, rel=1e-5
    )
    within = (np.abs(said - truth) <= numbers.card.half_width).mean(axis=0)
    assert found.coverage == {"valence": pytest.approx(within[0]), "arousal": pytest.approx(within[1])}


def test_they_are_scored_on_demand_and_said_to_flatter(numbers):
    clips = known_and_new()
    found = checked_on(numbers, clips, "set", include_training=True)
    assert found.clips == 100
    assert found.notes == (f"{CLIPS} of these clips are what the probe learnt from: scores on them are too good.",)
    said = numbers.estimate(clips.vectors)
    assert value(found, "r2", "valence") == pytest.approx(r2_score(clips.labels[:, 0], said[:, 0]), rel=1e-5)


def test_nothing_but_training_clips_is_refused(numbers):
    clips = known_and_new()
    with pytest.raises(DataError, match=r"set: the probe learnt from every clip of it.*--include-training"):
        checked_on(numbers, clips.of(np.arange(100) < CLIPS), "set")


def test_the_share_of_strange_clips(numbers):
    vectors = vectors_of(40, 7)
    vectors[:10] += 100.0
    found = checked_on(numbers, clips_of(vectors, ratings_of(vectors, 7), prefix="new"), "set")
    assert found.strange == pytest.approx((numbers.probe.novelty(vectors) > NOVEL).mean())
    assert found.strange >= 0.25


def test_labels_on_another_scale_are_noted(numbers):
    vectors = vectors_of(40, 7)
    found = checked_on(numbers, clips_of(vectors, 0.1 * ratings_of(vectors, 7), prefix="new"), "set")
    assert [note.partition(" ")[0] for note in found.notes] == ["valence", "arousal"]
    assert all("but Pearson’s r compare the scales" in note for note in found.notes)
    same = checked_on(numbers, clips_of(vectors, ratings_of(vectors, 7), prefix="new"), "set")
    said, truth = numbers.estimate(vectors), ratings_of(vectors, 7)
    for column, name in enumerate(("valence", "arousal")):
        r = np.corrcoef(said[:, column], truth[:, column])[0, 1]
        assert value(same, "pearson", name) == pytest.approx(r)
        assert value(found, "pearson", name) == pytest.approx(r)
        assert value(found, "r2", name) < value(same, "r2", name)


def test_confusions_and_unknown_classes():
    trained = trained_quadrants()
    vectors = vectors_of(50, 3)
    labels = quadrants_of(ratings_of(vectors, 3)).astype("U5")
    labels[:7] = "other"
    found = checked_on(trained, clips_of(vectors, labels, prefix="new"), "set")
    assert found.clips == 43
    assert found.notes == ("7 clips are of classes that the probe does not know (Q1, Q2, Q3, Q4 are known).",)
    chosen = np.array(trained.card.names)[trained.probe.estimate(vectors[7:]).argmax(axis=1)]
    expected = confusion_matrix(labels[7:], chosen, labels=list(trained.card.names))
    np.testing.assert_array_equal(found.confusion["clips"].to_numpy().reshape(4, 4), expected)
    assert found.confusion.iloc[1][["true", "estimated"]].tolist() == ["Q1", "Q2"]
    assert found.coverage == {}


def opened(labels):
    vectors = vectors_of(20, 3)
    return Dataset("set", clips_of(vectors, labels(vectors)).items)


def test_labels_of_the_other_kind_are_refused(numbers):
    rated, classed = opened(lambda vectors: ratings_of(vectors, 3)), opened(lambda v: quadrants_of(ratings_of(v, 3)))
    with pytest.raises(DataError, match='set has no label "quadrant"'):
        _matching(rated, trained_quadrants().card, None)
    with pytest.raises(DataError, match="valence holds numbers, and the probe estimates classes"):
        _matching(rated, trained_quadrants().card, "valence")
    with pytest.raises(DataError, match="quadrant holds classes, and the probe estimates numbers"):
        _matching(classed, numbers.card, "quadrant")
    with pytest.raises(DataError, match="as many numbers with --label"):
        _matching(rated, numbers.card, "valence")


def test_names_in_another_order_are_put_right(numbers):
    rated = opened(lambda vectors: ratings_of(vectors, 3))
    assert _matching(rated, numbers.card, "arousal, valence").wanted == "valence,arousal"


def test_quadrants_go_by_the_names_that_the_probe_knows():
    named = opened(lambda v: np.char.replace(quadrants_of(ratings_of(v, 3)), "Q", "e"))
    plain = opened(lambda v: quadrants_of(ratings_of(v, 3)))
    card = trained_quadrants().card
    assert _matching(named, card, None).labels == _matching(plain, card, None).labels
    assert set(_matching(named, card, None).labels.values()) <= set(card.names)

"""What a probe learns from, what it is held against, and what its card says of both."""

import numpy as np
import pytest
from planted_probe import AXES, clips_of, lesson_of, quadrants_of, ratings_of, trained_numbers, vectors_of
from sklearn.metrics import accuracy_score, cohen_kappa_score, f1_score, mean_absolute_error, r2_score

from wetdry.errors import DataError
from wetdry.studies.probe.card import LEFT_OUT, TEST_PART
from wetdry.studies.probe.train import trained_on


def split_clips(*, groups=None, classes=False):
    """40 clips for training, 20 for validation and 30 for test; 10 are on no side."""
    splits = np.repeat(["train", "validation", "test", ""], [40, 20, 30, 10])
    vectors = vectors_of(100, 0)
    ratings = ratings_of(vectors)
    return clips_of(vectors, quadrants_of(ratings) if classes else ratings, groups=groups, splits=splits)


def score(card, metric, target=""):
    return next(each for each in card.evaluation.scores if (each.metric, each.target) == (metric, target))


def test_it_learns_from_training_and_validation_and_is_held_against_the_test_part():
    clips = split_clips()
    trained = trained_on(clips, lesson_of(clips))
    card, test = trained.card, slice(60, 90)
    assert trained.clips == frozenset(clips.hashes[:60])
    assert (card.training.clips, card.training.left_out, card.evaluation.clips) == (60, 10, 30)
    assert card.training.parts == ("train", "validation")
    assert card.evaluation.on == TEST_PART
    assert "The validation part of the published split counts as training here." in card.limits
    said, truth = trained.estimate(clips.vectors[test]), clips.labels[test]
    for column, name in enumerate(("valence", "arousal")):
        found = score(card, "r2", name)
        assert found.probe.estimate == pytest.approx(r2_score(truth[:, column], said[:, column]), rel=1e-5)
        mean = clips.labels[:60, column].mean()
        assert score(card, "mae", name).baseline == pytest.approx(
            mean_absolute_error(truth[:, column], np.full(30, mean)), rel=1e-5
        )
        assert found.probe.estimate > 0.9
        assert found.gain.low > 0


def test_scores_of_classes_are_those_of_scikit_learn():
    clips = split_clips(classes=True)
    trained = trained_on(clips, lesson_of(clips))
    card, truth = trained.card, clips.labels[60:90]
    chosen = np.array(card.names)[trained.probe.estimate(clips.vectors[60:90]).argmax(axis=1)]
    assert score(card, "accuracy").probe.estimate == pytest.approx(accuracy_score(truth, chosen), rel=1e-5)
    assert score(card, "macro_f1").probe.estimate == pytest.approx(f1_score(truth, chosen, average="macro"), rel=1e-5)
    assert score(card, "kappa").probe.estimate == pytest.approx(cohen_kappa_score(truth, chosen), rel=1e-5)
    names, counts = np.unique(clips.labels[:60], return_counts=True)
    commonest = names[counts.argmax()]
    assert score(card, "accuracy").baseline == pytest.approx((truth == commonest).mean(), rel=1e-5)
    assert {output.name: output.clips for output in card.outputs} == dict(zip(names, counts, strict=True))
    assert card.half_width == ()


def test_groups_on_both_sides_are_said_to_leak():
    clips = split_clips(groups=np.arange(100) % 35)
    card = trained_on(clips, lesson_of(clips)).card
    assert card.evaluation.shared_groups == 30
    assert any("30 of the 30 groups that it was tested on are in the training part" in limit for limit in card.limits)


def test_without_a_split_groups_are_left_out_in_turn():
    """Labels are the song's own and say nothing of other songs: what is scored within songs would look good."""
    songs = np.repeat(np.arange(30), 4)
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((30, 6))[songs] + 0.01 * rng.standard_normal((120, 6))
    clips = clips_of(vectors, rng.standard_normal((30, 2))[songs], groups=songs)
    trained = trained_on(clips, lesson_of(clips, family="kernel"))
    assert trained.card.evaluation.on == LEFT_OUT
    assert (trained.card.evaluation.clips, trained.card.evaluation.groups) == (120, 30)
    assert (trained.probe.rows, trained.probe.groups) == (120, 30)
    assert score(trained.card, "r2", "valence").probe.estimate < 0.2
    refuted = [limit for limit in trained.card.limits if "not shown to do better than always saying the mean" in limit]
    assert [limit.rpartition("estimates of ")[2] for limit in refuted] == [
        "valence are no evidence.", "arousal are no evidence.",
    ]  # fmt: skip


def test_left_out_scores_of_what_can_be_learnt_beat_the_baseline():
    card = trained_numbers().card
    for name in ("valence", "arousal"):
        assert score(card, "r2", name).probe.estimate > 0.9
        assert score(card, "ccc", name).gain.low > 0.5
        # The mean of the other folds lies on the other side of the mean of all: never better than it.
        assert score(card, "r2", name).baseline < 0
    assert not any("not shown to do better" in limit for limit in card.limits)
    assert len(trained_numbers().clips) == 60


def test_half_an_interval_covers_new_clips():
    trained = trained_numbers(200)
    fresh = vectors_of(2000, 99)
    errors = np.abs(trained.estimate(fresh) - ratings_of(fresh, 99))
    np.testing.assert_allclose((errors <= trained.card.half_width).mean(axis=0), 0.95, atol=0.04)


def test_a_linear_probe_finds_the_planted_axes():
    found = trained_numbers(400).probe.directions()
    planted = AXES / np.linalg.norm(AXES, axis=1, keepdims=True)
    assert (found * planted).sum(axis=1).min() > 0.99


def test_classes_that_are_in_the_test_part_alone_are_left_out():
    splits = np.repeat(["train", "test"], [40, 20])
    vectors = vectors_of(60, 0)
    labels = np.where(vectors[:, 0] > 0, "up", "down").astype("U5")
    labels[50:] = "other"
    clips = clips_of(vectors, labels, splits=splits)
    card = trained_on(clips, lesson_of(clips)).card
    assert card.names == ("down", "up")
    assert (card.evaluation.clips, card.training.left_out) == (10, 10)


def test_a_test_part_of_unknown_classes_is_refused():
    splits = np.repeat(["train", "test"], [40, 20])
    vectors = vectors_of(60, 0)
    labels = np.where(vectors[:, 0] > 0, "up", "down").astype("U5")
    labels[40:] = "other"
    clips = clips_of(vectors, labels, splits=splits)
    with pytest.raises(DataError, match="a class that the probe knows"):
        trained_on(clips, lesson_of(clips))


def test_what_the_encoder_cannot_hear_is_on_the_card():
    clips = split_clips()
    card = trained_on(clips, lesson_of(clips, blindness="ear cannot hear a gain.")).card
    assert "ear cannot hear a gain." in card.limits
    assert card.training.licence == "CC0"


def test_too_few_groups_are_refused():
    vectors = vectors_of(40, 0)
    clips = clips_of(vectors, ratings_of(vectors), groups=np.arange(40) % 5)
    with pytest.raises(DataError, match=r"planted: too few groups of clips.*: 5; give 6 or more"):
        trained_on(clips, lesson_of(clips))


def test_the_fewest_groups_are_enough():
    vectors = vectors_of(60, 0)
    clips = clips_of(vectors, ratings_of(vectors), groups=np.arange(60) % 6)
    card = trained_on(clips, lesson_of(clips, folds=10)).card
    assert card.evaluation.groups == 6
    assert "It learnt from 6 groups of clips only: take its scores as rough." in card.limits

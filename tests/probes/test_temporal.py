import numpy as np
import pytest
import torch
from sklearn.linear_model import Ridge

from wetdry import extras
from wetdry.errors import DataError, MissingPackageError
from wetdry.probes.temporal import fit_temporal, gru_training, ridge
from wetdry.probes.temporal.gru import Gru
from wetdry.probes.temporal.ridge import neighbourhoods

NAMES = ("valence", "arousal")


def songs_of(rng, songs=24, dim=4, lag=2, noise=0.3):
    """Vectors (t, dim) of songs of unequal length, and ratings (t, 2) that follow them `lag` steps later."""
    rule = np.array([[1.0, 0.0], [0.0, -1.0], [0.5, 0.5], [0.0, 0.0]])
    sequences, ratings = [], []
    for _ in range(songs):
        vectors = rng.standard_normal((rng.integers(12, 30), dim))
        values = np.roll(vectors @ rule, lag, axis=0) + noise * rng.standard_normal((len(vectors), 2))
        values[slice(lag) if lag > 0 else slice(lag, None)] = np.nan
        sequences.append(3 * vectors + 1)
        ratings.append(0.2 * values + 0.5)
    return sequences, ratings


def every_fourth(count):
    return np.arange(count) % 4 == 0


def explained(probe, sequences, ratings):
    truth = np.concatenate(ratings)
    estimates = np.concatenate([probe.estimate(each) for each in sequences])
    rated = ~np.isnan(truth).any(axis=1)
    truth, estimates = truth[rated], estimates[rated]
    return 1 - np.square(truth - estimates).sum(axis=0) / np.square(truth - truth.mean(axis=0)).sum(axis=0)


@pytest.fixture(scope="module")
def material():
    rng = np.random.default_rng(440)
    return songs_of(rng), songs_of(rng)


@pytest.fixture(scope="module")
def gru(material):
    return fit_temporal(*material[0], every_fourth(24), head="gru", names=NAMES)


@pytest.fixture(scope="module")
def linear(material):
    return fit_temporal(*material[0], every_fourth(24), names=NAMES)


def test_ratings_that_come_later_are_followed_by_both_heads(material, gru, linear):
    at_once = fit_temporal(*material[0], every_fourth(24), names=NAMES, context=0)
    assert (explained(linear, *material[1]) > 0.8).all()
    assert (explained(gru, *material[1]) > 0.7).all()
    assert (explained(at_once, *material[1]) < 0.05).all()


def test_only_the_ridge_hears_what_is_to_come(rng, gru):
    """And it hears as far as its context."""
    sequences, ratings = songs_of(rng, lag=-3)
    reached = [
        fit_temporal(sequences, ratings, every_fourth(24), names=NAMES, context=context).validation_r2
        for context in (3, 2)
    ]
    assert (reached[0] > 0.8).all()
    assert (reached[1] < 0.1).all()
    song = sequences[0]
    np.testing.assert_allclose(gru.estimate(song[:7]), gru.estimate(song)[:7], atol=1e-12)


def test_the_ridge_is_that_of_sklearn_on_neighbourhoods(material, monkeypatch):
    (sequences, ratings), _ = material
    monkeypatch.setattr(ridge, "PENALTIES", (0.1,))
    found = fit_temporal(sequences, ratings, every_fourth(24), names=NAMES, context=2)
    training = [i for i in range(24) if i % 4]
    steps = np.concatenate([sequences[i] for i in training])
    rows = [
        neighbourhoods((sequences[i] - steps.mean(axis=0)) / steps.std(axis=0), 2)[~np.isnan(ratings[i][:, 0])]
        for i in training
    ]
    answers = np.concatenate([ratings[i][~np.isnan(ratings[i][:, 0])] for i in training])
    scaled = (answers - answers.mean(axis=0)) / answers.std(axis=0)
    expected = Ridge(alpha=0.1 * len(answers)).fit(np.concatenate(rows), scaled).predict(rows[0])
    estimates = found.estimate(sequences[1])[~np.isnan(ratings[1][:, 0])]
    np.testing.assert_allclose(estimates, expected * answers.std(axis=0) + answers.mean(axis=0))
    assert found.parameters == 5 * 4 * 2 + 2


def test_each_target_has_the_penalty_that_validation_songs_ask_for(rng, monkeypatch):
    sequences, ratings = songs_of(rng, songs=12)
    noisy = [each + np.array([0.0, 3.0]) * rng.standard_normal(each.shape) for each in ratings]
    both = fit_temporal(sequences, noisy, every_fourth(12), names=NAMES).validation_r2
    alone = []
    for penalty in ridge.PENALTIES:
        monkeypatch.setattr(ridge, "PENALTIES", (penalty,))
        alone.append(fit_temporal(sequences, noisy, every_fourth(12), names=NAMES).validation_r2)
    np.testing.assert_allclose(both, np.max(alone, axis=0))
    assert np.argmax(alone, axis=0)[0] > np.argmax(alone, axis=0)[1]


def test_vectors_of_many_dimensions_are_seen_along_their_main_axes(material, monkeypatch):
    """Which loses nothing where all variance is along these."""
    (sequences, ratings), _ = material
    turned = [
        each @ np.array([[1.0, 2.0, 0.3, 1.0, 0.1], [0.0, 1.0, 1.0, -1.0, 2.0]])
        for each in (each[:, :2] for each in sequences)
    ]
    whole = fit_temporal(turned, ratings, every_fourth(24), names=NAMES)
    monkeypatch.setattr(ridge, "MOST_AXES", 2)
    found = fit_temporal(turned, ratings, every_fourth(24), names=NAMES)
    np.testing.assert_allclose(found.estimate(turned[0]), whole.estimate(turned[0]), atol=1e-6)
    monkeypatch.setattr(ridge, "MOST_AXES", 1)
    fewer = fit_temporal(turned, ratings, every_fourth(24), names=NAMES)
    assert (fewer.validation_r2 < whole.validation_r2 - 0.1).any()
    assert fewer.model.weights.shape == (9, 5, 2)


def test_states_are_those_of_torch(rng):
    unit, readout = torch.nn.GRU(3, 8, batch_first=True), torch.nn.Linear(8, 2)
    arrays = [each.detach().numpy().astype(np.float64) for each in (*unit.parameters(), *readout.parameters())]
    model = Gru(*arrays[:4], arrays[4].T, arrays[5])
    rows = rng.standard_normal((20, 3))
    expected = readout(unit(torch.from_numpy(rows.astype(np.float32)))[0]).detach().numpy()
    np.testing.assert_allclose(model.outputs(rows), expected, atol=1e-5)
    assert model.parameters == sum(each.numel() for each in (*unit.parameters(), *readout.parameters()))


def test_what_was_reached_is_told(material, gru, linear):
    (sequences, ratings), _ = material
    out = [i for i in range(24) if i % 4 == 0]
    for probe in (gru, linear):
        expected = explained(probe, [sequences[i] for i in out], [ratings[i] for i in out])
        np.testing.assert_allclose(probe.validation_r2, expected, atol=1e-9)
    assert (linear.head, gru.head) == ("ridge", "gru")
    assert gru.parameters == 3 * 64 * (4 + 64 + 2) + 64 * 2 + 2


@pytest.mark.parametrize("head", ["ridge", "gru"])
def test_steps_that_lack_a_rating_teach_nothing(material, monkeypatch, head):
    (sequences, ratings), _ = material
    monkeypatch.setattr(gru_training, "EPOCHS", 2)
    gaps, loud = [each.copy() for each in ratings], [each.copy() for each in ratings]
    for one, other in zip(gaps, loud, strict=True):
        one[5] = np.nan
        other[5] = np.nan, 1e6
    found, expected = (
        fit_temporal(sequences, each, every_fourth(24), head=head, names=NAMES).estimate(sequences[1])
        for each in (loud, gaps)
    )
    np.testing.assert_array_equal(found, expected)
    whole = fit_temporal(sequences, ratings, every_fourth(24), head=head, names=NAMES).estimate(sequences[1])
    assert np.abs(found - whole).max() > 1e-5


@pytest.mark.parametrize("head", ["ridge", "gru"])
def test_a_song_without_a_rating_is_no_hindrance(material, monkeypatch, head):
    (sequences, ratings), _ = material
    monkeypatch.setattr(gru_training, "EPOCHS", 5)
    monkeypatch.setattr(gru_training, "BATCH", 1)
    silent = [np.full_like(each, np.nan) if i in (0, 1) else each for i, each in enumerate(ratings)]
    found = fit_temporal(sequences, silent, every_fourth(24), head=head, names=NAMES)
    assert (found.validation_r2 > 0.2).all()


def test_the_gru_stops_by_what_it_explains_of_rated_steps(material, monkeypatch):
    """Not by steps without a rating, nor by what fills up the shorter songs."""
    (sequences, ratings), _ = material
    reached, train = [], gru_training.train_to_the_best

    def watched(*arguments, **settings):
        reached.append(train(*arguments, **settings))

    monkeypatch.setattr(gru_training, "train_to_the_best", watched)
    monkeypatch.setattr(gru_training, "EPOCHS", 3)
    found = fit_temporal(sequences, ratings, every_fourth(24), head="gru", names=NAMES)
    assert reached[0][1] == pytest.approx(found.validation_r2.mean(), abs=1e-5)


def test_standards_are_those_of_the_training_songs(material, linear):
    (sequences, ratings), _ = material
    training = [i for i in range(24) if i % 4]
    steps = np.concatenate([sequences[i] for i in training])
    np.testing.assert_allclose(linear.scaling.mean, steps.mean(axis=0))
    np.testing.assert_allclose(1 / linear.scaling.factor, steps.std(axis=0))
    known = np.concatenate([ratings[i][2:] for i in training])
    np.testing.assert_allclose(linear.answer_scaling.mean, known.mean(axis=0))


def test_shorter_songs_of_a_batch_are_as_if_alone(material, monkeypatch):
    """What fills them up is neither heard nor judged: the loss of a batch is the mean over its rated steps."""
    (sequences, ratings), _ = material
    monkeypatch.setattr(gru_training, "EPOCHS", 1)
    monkeypatch.setattr(gru_training, "BATCH", 100)
    found = fit_temporal(sequences, ratings, every_fourth(24), head="gru", names=NAMES)
    longer = [np.vstack([each, np.repeat(each[-1:], 9, axis=0)]) for each in sequences]
    unrated = [np.vstack([each, np.full((9, 2), np.nan)]) for each in ratings]
    monkeypatch.setattr("wetdry.probes.temporal.fitting.Scaling.of", lambda rows: scaling_of(rows, found))
    again = fit_temporal(longer, unrated, every_fourth(24), head="gru", names=NAMES)
    np.testing.assert_allclose(again.estimate(sequences[0]), found.estimate(sequences[0]), atol=1e-6)


def scaling_of(rows, probe):
    return probe.scaling if rows.shape[1] == 4 else probe.answer_scaling


def test_the_seed_decides_and_nothing_else_is_drawn(material, monkeypatch):
    (sequences, ratings), _ = material
    monkeypatch.setattr(gru_training, "EPOCHS", 2)
    before = torch.random.get_rng_state()
    first, again, other = (
        fit_temporal(sequences, ratings, every_fourth(24), head="gru", names=NAMES, seed=seed).estimate(sequences[0])
        for seed in (0, 0, 1)
    )
    assert np.array_equal(first, again)
    assert np.abs(first - other).max() > 1e-3
    assert torch.equal(before, torch.random.get_rng_state())


ONE = [np.eye(4)[:, :3]] * 3
CURVE = [np.eye(4)[:, :2]] * 3


@pytest.mark.parametrize(
    ("sequences", "ratings", "validation", "sentence"),
    [
        ([], [], [], "0 curves of ratings do not fit 0 songs"),
        (ONE, CURVE[:2], [1, 0, 0], "2 curves of ratings do not fit 3 songs"),
        (ONE, CURVE, [1, 0], "2 marks of validation do not fit 3 songs"),
        (ONE, CURVE, [0, 0, 0], "A validation part of 0 rated rows is too small"),
        (ONE, CURVE, [1, 1, 1], "A training part of 0 rated rows is too small"),
        (ONE, [*CURVE[:2], np.ones((4, 2))], [0, 0, 1], "In the validation part: All clips have the same 'valence'"),
        (ONE, [*CURVE[:2], np.ones((3, 2))], [0, 0, 1], r"Song 2 has ratings of shape \(3, 2\) where its 4 steps"),
        ([*ONE[:2], np.eye(4)], CURVE, [0, 0, 1], "Song 2 has vectors of 4 dimensions, the first 3"),
        ([*ONE[:2], np.full((4, 3), np.nan)], CURVE, [0, 0, 1], "A song has vectors that are not finite"),
        ([*ONE[:2], np.ones(3)], CURVE, [0, 0, 1], r"give \(step, dim\)"),
        (ONE, [*CURVE[:2], np.full((4, 2), np.inf)], [0, 0, 1], "Song 2 has an infinite rating"),
    ],
)
def test_what_cannot_be_learnt_is_a_sentence(sequences, ratings, validation, sentence):
    with pytest.raises(DataError, match=sentence):
        fit_temporal(sequences, ratings, validation, names=NAMES)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"head": "lstm"}, 'no temporal head "lstm": take ridge or gru'),
        ({"context": -1}, "A context of -1 steps"),
        ({"context": 1.5}, "A context of 1.5 steps"),
    ],
)
def test_impossible_settings_are_a_sentence(arguments, sentence):
    with pytest.raises(DataError, match=sentence):
        fit_temporal(ONE, CURVE, [1, 0, 0], names=NAMES, **arguments)


def test_another_encoders_vectors_are_refused(linear):
    with pytest.raises(DataError, match="Vectors of 3 dimensions do not fit a probe of 4"):
        linear.estimate(np.ones((5, 3)))


def test_without_torch_one_sentence_says_so(monkeypatch):
    def missing(name):
        raise ImportError(name=name)

    monkeypatch.setattr(extras, "import_module", missing)
    with pytest.raises(MissingPackageError, match="The temporal head gru needs torch"):
        fit_temporal(ONE, CURVE, [1, 0, 0], head="gru", names=NAMES)

import numpy as np
import pytest
from planted_labels import CLASSES, planted
from sklearn.base import clone
from sklearn.metrics import r2_score
from sklearn.model_selection import GroupKFold, cross_val_predict

from wetdry.analysis.conformal import group_quantile
from wetdry.errors import DataError
from wetdry.probes import SELECTIONS, families, fit_probe, out_of_fold
from wetdry.probes.linear import LinearProbe
from wetdry.probes.scoring import log_loss

QUICK = {
    "linear": {"penalty": 0.1},
    "kernel": {"penalty": 0.1},
    "mlp": {"epochs": 5, "hidden": (8,)},
    "xgboost": {"n_estimators": 20},
}

OF_NUMBERS = {
    "lasso": {"penalty": 0.05},
    "svr": {"cost": 1.0},
    "forest": {"n_estimators": 10},
    "boosting": {"n_estimators": 10},
}


def test_every_family_is_an_estimator_in_the_order_of_the_catalogue():
    assert families.names() == [*QUICK, *OF_NUMBERS, "emotion-mlp"]
    for name, settings in [*QUICK.items(), *OF_NUMBERS.items()]:
        model = families.get(name)(**settings)
        assert clone(model).get_params() == model.get_params()


@pytest.mark.parametrize("family", QUICK)
def test_planted_labels_are_learnt(rng, family):
    vectors, values, labels, groups = planted(rng, rows=200, noise=0.2)
    chosen = None if family in ("linear", "kernel") else {**QUICK[family], "learning_rate": 0.05}
    if family == "mlp":
        chosen["epochs"] = 40
    estimates, _ = out_of_fold(vectors, values, groups, family=family, settings=chosen)
    assert r2_score(values, estimates) > (0.8 if family == "linear" else 0.3)
    shares, _ = out_of_fold(vectors, labels, groups, family=family, settings=chosen)
    np.testing.assert_allclose(shares.sum(axis=1), 1.0)
    assert (CLASSES[shares.argmax(axis=1)] == labels).mean() > 0.6


@pytest.mark.parametrize(
    ("family", "classes"),
    [
        *((family, classes) for family in QUICK for classes in (False, True)),
        *((family, False) for family in (*OF_NUMBERS, *(f"{each}+linear" for each in SELECTIONS))),
    ],
)
def test_nothing_of_a_held_out_group_is_seen(rng, family, classes):
    """Whatever a group's vectors are, the estimates for the groups that are held out with it stay the same."""
    vectors, values, labels, groups = planted(rng, rows=60, groups=20)
    settings = (QUICK | OF_NUMBERS).get(family, {"penalty": 0.1, "k": 3})
    given = labels if classes else values
    before, fold = out_of_fold(vectors, given, groups, family=family, folds=3, settings=settings)
    spoilt = groups == groups[0]
    strange, odd = vectors.copy(), values.copy()
    strange[spoilt] *= 1000.0
    odd[spoilt] += 1000.0
    after, again = out_of_fold(strange, labels if classes else odd, groups, family=family, folds=3, settings=settings)
    assert np.array_equal(fold, again)
    beside = (fold == fold[0]) & ~spoilt
    np.testing.assert_array_equal(before[beside], after[beside])
    assert np.abs(before[fold != fold[0]] - after[fold != fold[0]]).max() > 1e-6


def test_settings_too_are_chosen_without_the_held_out_groups(rng):
    vectors, values, _, groups = planted(rng, rows=60, groups=20)
    before, fold = out_of_fold(vectors, values, groups, family="linear", folds=3)
    noise = rng.standard_normal(values.shape)
    held_out = fold == 0
    spoilt = values.copy()
    # All labels of a fold are noise: choosing by them would take the strongest penalty there is.
    spoilt[held_out] = 1000.0 * noise[held_out]
    after, _ = out_of_fold(vectors, spoilt, groups, family="linear", folds=3)
    np.testing.assert_array_equal(before[held_out], after[held_out])


def test_labels_of_groups_leak_unless_groups_are_held_out(rng):
    """Clips of a song are alike and its label is a coin's: what a random split finds is the song."""
    songs = np.arange(240) // 8
    vectors = rng.standard_normal((30, 20))[songs] + 0.1 * rng.standard_normal((240, 20))
    labels = np.array(["calm", "tense"])[rng.permutation(30) % 2][songs]

    def accuracy(groups):
        shares, _ = out_of_fold(vectors, labels, groups, family="kernel", settings={"penalty": 0.01, "bandwidth": 0.5})
        return (np.array(["calm", "tense"])[shares.argmax(axis=1)] == labels).mean()

    assert accuracy(None) > 0.95
    assert accuracy(songs) < 0.65


def test_the_best_setting_is_chosen_and_its_score_is_that_of_held_out_groups(rng):
    vectors, values, _, groups = planted(rng)
    probe = fit_probe(vectors, values, groups, seed=7)
    folds = GroupKFold(3, shuffle=True, random_state=7)
    scores = {
        penalty: r2_score(values, cross_val_predict(LinearProbe(penalty), vectors, values, groups=groups, cv=folds))
        for penalty in LinearProbe.GRID["penalty"]
    }
    assert probe.settings == {"penalty": max(scores, key=scores.get)}
    assert probe.score == pytest.approx(max(scores.values()))


def test_of_equals_the_stronger_penalty_is_taken(rng):
    vectors, values, _, groups = planted(rng, noise=0.0)
    first, second = (fit_probe(vectors, values, groups, settings={"penalty": each}).score for each in (1e-5, 1e-6))
    assert first < second < first + 1e-9
    assert fit_probe(vectors, values, groups, grid={"penalty": (1e-5, 1e-6)}).settings == {"penalty": 1e-5}


def test_given_settings_are_refitted_without_a_search(rng):
    vectors, values, _, groups = planted(rng)
    probe = fit_probe(vectors, values, groups, settings={"penalty": 3.0})
    assert probe.settings == {"penalty": 3.0}
    np.testing.assert_array_equal(probe.estimate(vectors), LinearProbe(3.0).fit(vectors, values).predict(vectors))


def test_confidence_is_that_of_groups_held_out(rng):
    """Trees that learn noise by heart are sure of themselves; the temperature is fitted where they are wrong."""
    vectors, _, labels, groups = planted(rng, noise=3.0)
    settings = {"n_estimators": 60, "learning_rate": 0.3}
    probe = fit_probe(vectors, labels, groups, family="xgboost", settings=settings)
    assert probe.temperature > 1.5
    fresh, _, truth, _ = planted(np.random.default_rng(1), rows=400, noise=3.0)
    answers, logits = probe.task.answers(truth), probe.model.outputs(fresh)
    assert log_loss(answers, logits / probe.temperature) < log_loss(answers, logits) - 0.1
    np.testing.assert_allclose(
        np.log(probe.estimate(fresh) * answers + 1 - answers).sum() / -400,
        log_loss(answers, logits / probe.temperature),
    )


def test_half_widths_hold_new_clips(rng):
    vectors, values, _, _ = planted(rng, rows=600)
    probe = fit_probe(vectors[:300], values[:300], np.arange(300) // 2)
    assert (np.abs(probe.estimate(vectors[300:]) - values[300:]) <= probe.half_width).mean(axis=0).min() > 0.9
    assert (probe.half_width < 1.5).all()


def test_half_widths_are_the_quantile_of_held_out_errors(rng):
    vectors, values, _, groups = planted(rng)
    probe = fit_probe(vectors, values, groups, settings={"penalty": 1.0}, seed=3)
    folds = GroupKFold(3, shuffle=True, random_state=3)
    held_out = cross_val_predict(LinearProbe(1.0), vectors, values, groups=groups, cv=folds)
    expected = [group_quantile(each, groups, level=0.95) for each in np.abs(held_out - values).T]
    np.testing.assert_allclose(probe.half_width, expected)


def test_few_groups_promise_no_interval(rng):
    vectors, values, _, _ = planted(rng)
    assert np.isinf(fit_probe(vectors, values, np.arange(120) % 10).half_width).all()


def test_directions_of_planted_values_are_their_axes(rng):
    vectors, values, labels, groups = planted(rng, rows=400, noise=0.1)
    directions = fit_probe(vectors, values, groups).directions()
    np.testing.assert_allclose(np.linalg.norm(directions, axis=1), 1.0)
    # In the units of the vectors, the first dimensions are small, so that the gradient along them is large.
    assert directions[0, 0] > 0.98
    assert np.abs(directions[1]).argmax() == 1
    assert fit_probe(vectors, labels, groups).directions().shape == (3, 12)
    assert fit_probe(vectors, values, groups, family="kernel", settings=QUICK["kernel"]).directions() is None


def test_estimates_keep_the_shape_of_what_is_asked(rng):
    vectors, values, labels, groups = planted(rng)
    for given, outputs in ((values, 2), (labels, 3)):
        probe = fit_probe(vectors, given, groups)
        stacked = probe.estimate(vectors.reshape(4, 30, 12))
        assert stacked.shape == (4, 30, outputs)
        np.testing.assert_allclose(stacked[1, 2], probe.estimate(vectors[32]), rtol=1e-10)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"family": "svm"}, 'Unknown probe "svm"'),
        ({"settings": {"depth": 3}}, "'depth' is no setting of a linear probe: its settings are penalty"),
        ({"grid": {"depth": (3,)}}, "'depth' is no setting of a linear probe"),
        ({"grid": {"penalty": ()}}, "holds no candidate"),
        ({"labels": np.arange(5.0)}, "5 labels do not fit 120 vectors"),
        ({"vectors": np.arange(120.0)[:, np.newaxis]}, "one dimension"),
        ({"vectors": np.full((120, 3), np.nan)}, "120 of 120 vectors are not finite"),
        ({"vectors": np.zeros(120)}, "of no use to a probe"),
        ({"groups": ["one"] * 120}, "All clips are of one group"),
        ({"seed": -1}, "A seed of -1 cannot shuffle groups"),
    ],
)
def test_bad_input_is_a_sentence(rng, change, sentence):
    vectors, values, _, groups = planted(rng)
    given = {"vectors": vectors, "labels": values, "groups": groups} | change
    with pytest.raises(DataError, match=sentence):
        fit_probe(**given)


def test_vectors_of_another_encoder_are_a_sentence(rng):
    vectors, values, _, groups = planted(rng)
    probe = fit_probe(vectors, values, groups)
    with pytest.raises(DataError, match="Vectors of 11 dimensions do not fit a probe of 12"):
        probe.estimate(vectors[:, :11])
    with pytest.raises(DataError, match="A single number is no vector"):
        probe.novelty(3.0)


@pytest.mark.parametrize("family", ["linear", "kernel"])
def test_units_of_the_vectors_do_not_matter(rng, family):
    vectors, values, labels, groups = planted(rng, rows=60)
    other_units = vectors * rng.uniform(-100, 100, 12) + rng.uniform(-10, 10, 12)
    for given in (values, labels):
        one, other = (fit_probe(each, given, groups, family=family) for each in (vectors, other_units))
        assert one.settings == other.settings
        np.testing.assert_allclose(one.estimate(vectors), other.estimate(other_units), atol=1e-5)
        assert other.score == pytest.approx(one.score, rel=1e-6)

import warnings

import numpy as np
import pytest
from planted_labels import planted
from scipy.special import softmax
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.preprocessing import StandardScaler

from wetdry.errors import DataError
from wetdry.probes.mlp import MlpProbe

SHORT = {"epochs": 5, "hidden": (8, 4)}


def trained(kind, rows, labels):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return kind(hidden_layer_sizes=(8, 4), alpha=1.0, max_iter=5, n_iter_no_change=5, random_state=3).fit(
            rows.astype(np.float32), labels
        )


@pytest.mark.parametrize("count", [2, 3])
def test_probabilities_are_those_of_sklearn(rng, count):
    vectors, values, labels, _ = planted(rng)
    if count == 2:
        labels = np.where(values[:, 0] > 0, "high", "low")
    rows = StandardScaler().fit_transform(vectors)
    found = softmax(MlpProbe(seed=3, **SHORT).fit(vectors, labels).outputs(vectors), axis=1)
    expected = trained(MLPClassifier, rows, labels).predict_proba(rows.astype(np.float32))
    np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize("targets", [1, 2])
def test_values_are_those_of_sklearn(rng, targets):
    vectors, values, _, _ = planted(rng)
    values = values[:, :targets]
    rows, scaled = StandardScaler().fit_transform(vectors), StandardScaler().fit_transform(values).astype(np.float32)
    network = trained(MLPRegressor, rows, scaled if targets > 1 else scaled[:, 0])
    expected = network.predict(rows.astype(np.float32)).reshape(-1, targets) * values.std(axis=0) + values.mean(axis=0)
    np.testing.assert_allclose(MlpProbe(seed=3, **SHORT).fit(vectors, values).predict(vectors), expected, atol=1e-5)


def test_the_seed_decides(rng):
    vectors, values, _, _ = planted(rng)
    first, again, other = (MlpProbe(seed=seed, **SHORT).fit(vectors, values).predict(vectors) for seed in (0, 0, 1))
    assert np.array_equal(first, again)
    assert np.abs(first - other).max() > 0.01


def test_weight_decay_holds_weights_down(rng):
    vectors, values, _, _ = planted(rng)
    sizes = [
        np.abs(MlpProbe(penalty, learning_rate=0.01).fit(vectors, values).weights_[0]).mean()
        for penalty in (100.0, 0.1)
    ]
    assert sizes[0] < 0.5 * sizes[1]


@pytest.mark.parametrize("hidden", [64, (), (8, 8, 8), (0,), [8]])
def test_one_or_two_layers(rng, hidden):
    vectors, values, _, _ = planted(rng, rows=20)
    with pytest.raises(DataError, match="no setting of a probe: give"):
        MlpProbe(hidden=hidden).fit(vectors, values)

import numpy as np
import pytest
from planted_labels import planted
from scipy.spatial.distance import pdist
from scipy.special import log_softmax
from sklearn.kernel_ridge import KernelRidge
from sklearn.preprocessing import KernelCenterer, StandardScaler

from wetdry.errors import DataError
from wetdry.probes import Task, kernel
from wetdry.probes.kernel import KernelProbe


def gaussian(one, other, reach):
    return np.exp(-np.square(one[:, np.newaxis] - other).sum(axis=2) / (2 * reach**2))


@pytest.fixture
def problem(rng):
    vectors, values, labels, _ = planted(rng)
    rows = StandardScaler().fit_transform(vectors)
    return vectors, values, labels, rows, np.median(pdist(rows))


@pytest.mark.parametrize(("penalty", "bandwidth"), [(1.0, 1.0), (0.01, 0.5)])
def test_values_are_those_of_sklearn_kernel_ridge_with_a_free_constant(problem, penalty, bandwidth):
    vectors, values, _, rows, typical = problem
    targets = StandardScaler().fit_transform(values)
    centred = KernelCenterer().fit_transform(gaussian(rows, rows, bandwidth * typical))
    expected = KernelRidge(alpha=penalty, kernel="precomputed").fit(centred, targets).predict(centred)
    found = KernelProbe(penalty, bandwidth).fit(vectors, values).predict(vectors)
    np.testing.assert_allclose(found, expected * values.std(axis=0) + values.mean(axis=0), atol=1e-8)


@pytest.mark.parametrize("penalty", [1.0, 0.01])
def test_logits_minimise_the_penalised_log_loss(problem, penalty):
    """The gradient by the mixture vanishes where the penalty pulls as hard as the rows that are told wrong."""
    vectors, _, labels, _, _ = problem
    found = KernelProbe(penalty).fit(vectors, labels)
    answers = Task.of(labels).answers(labels)
    missed = answers - np.exp(log_softmax(found.outputs(vectors), axis=1))
    np.testing.assert_allclose(missed.sum(axis=0), 0.0, atol=1e-6)
    np.testing.assert_allclose(penalty * found.mixture_, missed, atol=1e-5)


def test_the_search_is_each_setting_by_itself(problem):
    vectors, values, labels, _, _ = problem
    candidates = [{"bandwidth": h, "penalty": p} for h in (2.0, 0.5) for p in (0.1, 1.0)]
    for given, tolerance in ((values, 1e-9), (labels, 1e-2)):
        task = Task.of(given)
        answers = task.answers(given)[:80]
        found = KernelProbe().outputs_at(candidates, vectors[:80], task, answers, vectors[80:])
        for candidate, outputs in zip(candidates, found, strict=True):
            alone = KernelProbe(**candidate).learn(vectors[:80], task, answers).outputs(vectors[80:])
            np.testing.assert_allclose(outputs, alone, atol=tolerance)


def test_a_ring_is_told_from_its_middle(rng):
    """No linear probe can."""
    points = rng.standard_normal((200, 2))
    labels = np.where(np.linalg.norm(points, axis=1) > 1.2, "ring", "middle")
    assert (KernelProbe(0.1).fit(points, labels).predict(points) == labels).mean() > 0.95


def test_far_from_all_clips_only_the_constant_is_left(problem):
    vectors, values, _, _, _ = problem
    found = KernelProbe().fit(vectors, values)
    far = found.outputs(vectors[:2] * 1e6)
    np.testing.assert_allclose(far[0], far[1])


def test_too_many_rows_are_refused(problem, monkeypatch):
    monkeypatch.setattr(kernel, "MOST_ROWS", 100)
    with pytest.raises(DataError, match="120 clips are more than the 100 of a kernel probe"):
        KernelProbe().fit(problem[0], problem[1])


def test_vectors_that_are_mostly_the_same_are_refused():
    vectors = np.ones((9, 2))
    vectors[0] = 2.0
    with pytest.raises(DataError, match="no typical distance"):
        KernelProbe().fit(vectors, np.arange(9.0))

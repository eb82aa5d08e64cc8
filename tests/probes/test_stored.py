import json

import numpy as np
import pytest
from planted_labels import planted

from wetdry.errors import DataError
from wetdry.probes import Probe, fit_probe

SETTINGS = {
    "linear": {"penalty": 0.1},
    "kernel": {"penalty": 0.1, "bandwidth": 2.0},
    "mlp": {"epochs": 3, "hidden": (8, 4)},
    "xgboost": {"n_estimators": 10},
}
OF_NUMBERS = {
    "lasso": {"penalty": 0.05},
    "svr": {"epsilon": 0.5},
    "forest": {"n_estimators": 3},
    "boosting": {"n_estimators": 5},
    "union+forest": {"n_estimators": 3, "k": 2},
    "pca+svr": {"k": 3},
    "pearson+mlp": {"epochs": 3, "hidden": (8, 4)},
}
KINDS = [(family, classes) for family in SETTINGS for classes in (False, True)] + [(each, False) for each in OF_NUMBERS]


@pytest.fixture(scope="module")
def material():
    return planted(np.random.default_rng(440), rows=60)


@pytest.fixture(scope="module")
def probes(material):
    vectors, values, labels, groups = material
    return {
        (family, classes): fit_probe(
            vectors, labels if classes else values, groups, family=family, settings=(SETTINGS | OF_NUMBERS)[family]
        )
        for family, classes in KINDS
    }


def stored(probe):
    """Description and tensors, as they come back from a file."""
    return json.loads(json.dumps(probe.description(), allow_nan=False)), {
        name: np.frombuffer(each.tobytes(), each.dtype).reshape(each.shape) for name, each in probe.tensors().items()
    }


@pytest.mark.parametrize(("family", "classes"), KINDS)
def test_a_restored_probe_is_the_same_probe(probes, material, family, classes):
    probe, fresh = probes[family, classes], 2.0 * material[0]
    restored = Probe.restored(*stored(probe))
    np.testing.assert_array_equal(restored.estimate(fresh), probe.estimate(fresh))
    np.testing.assert_array_equal(restored.novelty(fresh), probe.novelty(fresh))
    np.testing.assert_array_equal(restored.half_width, probe.half_width)
    assert restored.task == probe.task
    assert repr(restored.settings) == repr(probe.settings)
    assert restored.description() == probe.description()
    assert {type(each) for each in probe.tensors().values()} == {np.ndarray}


def test_an_interval_without_bound_comes_back_without_one(material):
    vectors, values, _, _ = material
    probe = fit_probe(vectors, values, np.arange(60) % 5)
    assert np.isinf(Probe.restored(*stored(probe)).half_width).all()


def changed(probe, name, values):
    description, tensors = stored(probe)
    tensors[name] = values(tensors[name].copy())
    return description, tensors


def put(value, *where):
    def values(tensor):
        tensor[where or ...] = value
        return tensor

    return values


@pytest.mark.parametrize(
    ("family", "name", "values", "sentence"),
    [
        ("linear", "weights", lambda w: w[:-1], r'holds "weights" in shape \(11, 3\), not \(12, 3\)'),
        ("linear", "weights", lambda w: w.astype(np.float32), 'holds "weights" as float32, not float64'),
        ("linear", "weights", put(np.nan, 0, 0), 'impossible numbers in "weights"'),
        ("linear", "weights", put(np.inf, 0, 0), 'impossible numbers in "weights"'),
        ("linear", "weights", put(1e200, 0, 0), 'impossible numbers in "weights"'),
        ("linear", "factor", put(-1.0, 0), 'impossible numbers in "factor"'),
        ("linear", "mean", lambda m: m.astype(object), 'holds "mean" as object'),
        ("linear", "novelty.rest", put(0.0, 1), 'impossible numbers in "novelty.rest"'),
        ("linear", "novelty.variances", put(-1.0, 0, 0), 'impossible numbers in "novelty.variances"'),
        ("linear", "novelty.usual", lambda u: u[::-1], 'impossible numbers in "novelty.usual"'),
        ("linear", "novelty.usual", lambda u: u[:0], r'holds "novelty.usual" in shape \(0,\)'),
        ("linear", "novelty.usual", lambda u: u[:-1], 'impossible numbers in "novelty.clips"'),
        ("linear", "novelty.clips", put(-20, 0), 'impossible numbers in "novelty.clips"'),
        ("linear", "novelty.factor", put(-1.0, 0, 0), 'impossible numbers in "novelty.factor"'),
        ("kernel", "reach", put(0.0), 'impossible numbers in "reach"'),
        ("kernel", "mixture", lambda m: m[:-1], 'holds "mixture" in shape'),
        ("mlp", "weights.1", lambda w: w.T.copy(), 'holds "weights.1" in shape'),
        ("xgboost", "trees.feature", put(12, 0), 'impossible numbers in "trees.feature"'),
        ("xgboost", "trees.feature", put(-1, 0), 'impossible numbers in "trees.feature"'),
        ("xgboost", "trees.children", put(0, 1, 0), 'impossible numbers in "trees.children"'),
        ("xgboost", "trees.children", put(10**6, 0, 1), 'impossible numbers in "trees.children"'),
        ("xgboost", "trees.children", put(-3, 0, 0), 'impossible numbers in "trees.children"'),
        ("xgboost", "trees.root", put(-1, 0), 'impossible numbers in "trees.root"'),
        ("xgboost", "trees.output", put(3, 0), 'impossible numbers in "trees.output"'),
        ("xgboost", "trees.value", put(np.nan, 0), 'impossible numbers in "trees.value"'),
        ("xgboost", "trees.root", lambda r: r.astype(np.int64), 'holds "trees.root" as int64'),
        ("lasso", "weights", lambda w: w[:, :1], r'holds "weights" in shape \(12, 1\), not \(12, 2\)'),
        ("svr", "gamma", put(0.0), 'impossible numbers in "gamma"'),
        ("svr", "support", lambda s: s[:, :5], 'holds "support" in shape'),
        ("svr", "support", lambda s: s[:0], 'holds "support" in shape'),
        ("svr", "mixture", put(np.nan, 0, 0), 'impossible numbers in "mixture"'),
        ("forest", "trees.feature", put(12, 0), 'impossible numbers in "trees.feature"'),
        ("boosting", "trees.children", put(0, 1, 0), 'impossible numbers in "trees.children"'),
        ("union+forest", "target.1.columns", put(12, -1), 'impossible numbers in "target.1.columns"'),
        ("union+forest", "target.1.columns", put(-1, 0), 'impossible numbers in "target.1.columns"'),
        ("union+forest", "target.0.columns", lambda c: c[::-1], 'impossible numbers in "target.0.columns"'),
        ("union+forest", "target.0.columns", lambda c: c[:0], 'holds "target.0.columns" in shape'),
        ("union+forest", "target.0.columns", lambda c: c.astype(float), 'holds "target.0.columns" as float64'),
        ("union+forest", "target.0.trees.feature", put(11, 0), 'impossible numbers in "target.0.trees.feature"'),
        ("pca+svr", "target.0.basis", lambda b: b[:-1], r'holds "target.0.basis" in shape \(11, 3\)'),
        ("pca+svr", "target.1.support", lambda s: s[:, :2], 'holds "target.1.support" in shape'),
    ],
)
def test_hostile_tensors_are_a_sentence(probes, family, name, values, sentence):
    with pytest.raises(DataError, match=f"^The stored probe .*{sentence}.*: train it again"):
        Probe.restored(*changed(probes[family, family in SETTINGS], name, values))


def test_a_walk_that_never_ends_is_refused(probes):
    def chain(tensors):
        nodes = len(tensors["trees.feature"])
        assert nodes > 70
        following = np.minimum(np.arange(nodes) + 1, nodes - 1).astype(np.int32)
        return {**tensors, "trees.children": np.stack([following, following], axis=1)}

    description, tensors = stored(probes["xgboost", True])
    with pytest.raises(DataError, match=r'impossible numbers in "trees.children"'):
        Probe.restored(description, chain(tensors))


@pytest.mark.parametrize("family", [*SETTINGS, *OF_NUMBERS])
def test_every_tensor_is_needed_and_no_other(probes, family):
    probe = probes[family, False]
    for name in probe.tensors():
        description, tensors = stored(probe)
        del tensors[name]
        with pytest.raises(DataError, match=f'lacks "{name}"'):
            Probe.restored(description, tensors)
    description, tensors = stored(probe)
    with pytest.raises(DataError, match='holds "more", which it has no use for'):
        Probe.restored(description, {**tensors, "more": np.zeros(3)})


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"format": "wetdry probe 2"}, "wrong format"),
        ({"family": "svm"}, 'Unknown probe "svm"'),
        ({"family": "kernel"}, 'lacks "support"'),
        ({"names": ["a", "a"]}, "do not tell outputs apart"),
        ({"names": ["a", "b", "c"]}, "half width for each target"),
        ({"names": []}, "wrong names"),
        ({"settings": {"depth": 3}}, "'depth' is no setting"),
        ({"settings": {"penalty": {"of": "all"}}}, "wrong settings"),
        ({"dim": 10**9}, "in shape"),
        ({"dim": -1}, "wrong dim"),
        ({"temperature": 0.0}, "wrong temperature"),
        ({"half_width": [-1.0, 2.0]}, "wrong half_width"),
        ({"half_width": [1.0]}, "half width for each target"),
        ({"score": float("nan")}, "wrong score"),
        ({"extra": 1}, "wrong extra"),
    ],
)
def test_hostile_descriptions_are_a_sentence(probes, change, sentence):
    description, tensors = stored(probes["linear", False])
    with pytest.raises(DataError, match=sentence):
        Probe.restored(description | change, tensors)

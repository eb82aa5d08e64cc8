"""The best probe: which one it is, what its card says, and that a file of it estimates what it did."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import root_mean_squared_error

from wetdry.probes import fit_probe
from wetdry.studies.probe import read_probe
from wetdry.studies.probe.limits import OF_MEANS
from wetdry.studies.recognition import parts
from wetdry.studies.recognition.best import OF_CHUNKS, PROBE_FILE, _heard_of, best_model, best_probe, save_best
from wetdry.studies.recognition.models import MEAN, Model
from wetdry.studies.recognition.protocol import everything
from wetdry.studies.recognition.study import findings
from wetdry.studies.targets import Targets

MODELS = (
    Model(MEAN, 0, "mean"),
    Model("honest", 1, "probe", savable=True),
    Model("better", 3, "probe", savable=True),
    Model("best", 4, "fusion"),
)


def scores_of(worth):
    known = {model.name: model for model in MODELS}
    rows = [
        {"model": name, "target": target, "metric": "r2", "value": value, "savable": known[name].savable}
        for name, values in worth.items()
        for target, value in zip(("valence", "arousal"), values, strict=True)
    ]
    return pd.DataFrame(rows)


def test_the_best_is_the_highest_mean_over_targets_of_what_can_be_saved():
    worth = {MEAN: (0.0, 0.0), "honest": (0.6, 0.1), "better": (0.3, 0.5), "best": (0.9, 0.9)}
    assert best_model(scores_of(worth), MODELS).name == "better"
    assert best_model(scores_of({MEAN: (0.0, 0.0), "best": (0.9, 0.9)}), MODELS) is None


@pytest.fixture(scope="module")
def tables(small_study):
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(parts, "BEYOND", ())
        return findings(small_study.config, small_study.measured, workers=1).tables


@pytest.fixture(scope="module")
def best(small_study, tables):
    return best_probe(small_study.config, small_study.measured, tables)


def test_it_learnt_from_all_clips(small_study, tables, best):
    measured = small_study.measured
    model = best_model(tables["scores"], measured.models)
    assert model.encoder == best.card.view.name == "melstats"
    own = fit_probe(
        measured.vectors(model.encoder, model.layer),
        measured.answers,
        measured.groups,
        family=model.family,
        names=measured.names,
        search="halving",
    )
    vectors = measured.vectors(model.encoder, model.layer)
    np.testing.assert_allclose(best.estimate(vectors), own.estimate(vectors), rtol=1e-6)
    assert best.clips == frozenset(measured.clips["clip"])
    assert (best.card.training.clips, best.card.training.groups, best.card.training.left_out) == (28, 14, 1)


def test_its_card_has_the_scores_of_the_leaderboard_and_says_that_it_was_picked(small_study, tables, best):
    model = best_model(tables["scores"], small_study.measured.models)
    rows = tables["scores"].set_index(["model", "target", "metric"])["value"]
    for score in best.card.evaluation.scores:
        assert score.probe.estimate == pytest.approx(rows[model.name, score.target, score.metric], rel=1e-5)
    assert best.card.limits[0].startswith("It was picked as the best of 4 models")
    assert best.card.limits[1].startswith("The scores are of models like it")
    assert best.card.view.seconds == small_study.config.seconds


def test_a_network_is_not_said_to_have_heard_means(best):
    assert OF_MEANS in best.card.limits
    network = Model("cnn", 2, "network", "logmel", "spectrogram", head="cnn", savable=True)
    assert _heard_of(network, ["first", OF_MEANS, "last"]) == ["first", OF_CHUNKS, "last"]


def test_it_estimates_on_the_scale_of_the_data_set(small_study, tables, best):
    """A set that is rated from 1 to 9 where the study has −1 to 1."""
    measured = small_study.measured
    rated = {item: tuple(5.0 + 4.0 * value for value in values) for item, values in measured.targets.labels.items()}
    scaled = replace(measured)
    scaled.__dict__["targets_as_rated"] = Targets(measured.targets.task, rated, measured.targets.wanted)
    found = best_probe(small_study.config, scaled, tables)
    vectors = measured.vectors("melstats", "mean+sd")
    np.testing.assert_allclose(found.estimate(vectors), 5.0 + 4.0 * best.estimate(vectors), rtol=1e-6)
    (rmse,) = [each for each in found.card.evaluation.scores if (each.metric, each.target) == ("rmse", "valence")]
    model = best_model(tables["scores"], measured.models)
    said = tables["estimates"].query("target == 'valence'")
    said = said[said["model"] == model.name]
    assert rmse.probe.estimate == pytest.approx(
        4.0 * root_mean_squared_error(said["truth"], said["estimate"]), rel=1e-5
    )


def test_a_file_of_it_estimates_what_it_did(small_study, tables, best, tmp_path):
    place = save_best(small_study.config, small_study.measured, tables, tmp_path)
    assert place == tmp_path / PROBE_FILE
    vectors = small_study.measured.vectors("melstats", "mean+sd")
    np.testing.assert_array_equal(read_probe(place).estimate(vectors), best.estimate(vectors))


def test_a_probe_of_another_run_does_not_stay_where_none_can_be_saved(small_study, tables, tmp_path):
    (tmp_path / PROBE_FILE).write_bytes(b"of another run")
    none = tables["scores"].assign(savable=False)
    assert save_best(small_study.config, small_study.measured, {**tables, "scores": none}, tmp_path) is None
    assert not (tmp_path / PROBE_FILE).exists()


def test_a_network_is_trained_anew_from_all_clips_and_told_window_by_window(small_study, tables):
    pytest.importorskip("torch")
    measured = small_study.measured
    items = tuple(reversed(measured.clips["item"]))
    rng = np.random.default_rng(0)
    values = rng.standard_normal((2 * len(items), 128, 128)).astype(np.float32)
    network = Model("cnn", 2, "network", "logmel", "spectrogram", head="cnn", savable=True)
    chunks = SimpleNamespace(values=values, row=np.repeat(np.arange(len(items)), 2), items=items)
    given = replace(measured, chunks=chunks, models=(*measured.models, network))
    config = small_study.config.model_copy(update={"epochs": 1, "phases": (2,), "device": "cpu"})
    renamed = {"melstats mean+sd · kernel": "cnn"}
    scores = tables["scores"].replace({"model": renamed})
    scores.loc[scores["model"] != "cnn", "savable"] = False
    estimates = tables["estimates"].replace({"model": renamed})
    found = best_probe(config, given, {**tables, "scores": scores, "estimates": estimates})
    stopped_by = len(everything(measured.answers, measured.groups, config.seed).validation)
    assert (found.probe.family, found.probe.dim, found.probe.rows) == ("cnn", 128 * 128, 28 - stopped_by)
    assert (found.card.view.name, found.card.view.window_seconds) == ("logmel", 3.0)
    assert found.card.limits[0] == "It was the only model of its study that could be saved."
    assert OF_CHUNKS in found.card.limits
    assert found.estimate(values[:3].reshape(3, -1)).shape == (3, 2)

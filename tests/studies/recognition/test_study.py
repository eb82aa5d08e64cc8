"""The whole study on tones: what was planted is found, leaks are told, and a stopped run goes on to the same tables."""

import pickle

import pandas as pd
import pytest

import wetdry as wd
from wetdry.extract import Silent
from wetdry.studies.checkpoints import Checkpoints
from wetdry.studies.recognition import parts
from wetdry.studies.recognition.study import complete, findings

UNREPEATABLE = ["seconds"]


@pytest.fixture(scope="module", autouse=True)
def models_alone():
    """What goes with the models, such as maps, has tests of its own."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(parts, "BEYOND", ())
        yield


@pytest.fixture(scope="module")
def tables(small_study):
    return findings(small_study.config, small_study.measured, workers=1).tables


class StoppedError(Exception):
    """The run was killed."""


class Patience(Silent):
    """Stops a run after so many parts."""

    def __init__(self, parts: int) -> None:
        self.left = parts

    def advance(self, *_: object) -> None:
        self.left -= 1
        if not self.left:
            raise StoppedError


def r2(tables, model, target="arousal"):
    scores = tables["scores"]
    (row,) = scores[(scores["model"] == model) & (scores["target"] == target) & (scores["metric"] == "r2")].to_dict(
        "records"
    )
    return row


def test_what_was_planted_is_found_and_the_mean_tells_nothing(tables):
    assert r2(tables, "melstats mean+sd · kernel")["low"] > 0.3
    mean = r2(tables, "mean of the training labels")
    assert -0.4 < mean["value"] <= 0.0
    assert mean["behind_high"] < 0


def test_every_clip_is_estimated_once_a_model(tables, small_study):
    clips = len(small_study.measured.clips)
    counted = tables["estimates"].groupby(["model", "target"])["item"].agg(["size", "nunique"])
    assert (counted == clips).to_numpy().all()
    truth = tables["estimates"].groupby(["item", "target"])["truth"].nunique()
    assert (truth == 1).all()


def test_no_model_is_tested_on_a_group_that_it_learnt_from_but_those_that_say_so(tables):
    """A group is tested in one fold alone; by the random split in several."""
    folds = tables["estimates"].groupby(["model", "group"])["fold"].nunique().groupby("model").max()
    assert folds.pop("handcrafted · linear, random split") > 1
    assert (folds == 1).all()


def test_the_leaderboard_has_every_model(tables, small_study):
    expected = [model.name for model in small_study.measured.models if model.kind != "ensemble"]
    assert sorted(tables["leaderboard"]["model"]) == sorted(expected)
    assert tables["leaderboard"]["parameters"].notna().all()


def test_a_run_that_was_stopped_goes_on_to_the_same_tables(tables, small_study, tmp_path):
    config, measured = small_study
    with pytest.raises(StoppedError):
        findings(config, measured, Checkpoints(tmp_path), workers=1, progress=Patience(7))
    kept = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.parquet")}
    assert kept
    resumed = findings(config, measured, Checkpoints(tmp_path), workers=1).tables
    assert all(path.stat().st_mtime_ns == when for path, when in kept.items())
    assert resumed.keys() == tables.keys()
    for name, table in tables.items():
        pd.testing.assert_frame_equal(
            resumed[name].drop(columns=UNREPEATABLE, errors="ignore"),
            table.drop(columns=UNREPEATABLE, errors="ignore"),
        )


def test_of_several_runs_the_first_tells_what_was_chosen(tables, small_study):
    columns = ["selection", "seed", "fold", "target", "feature"]
    chosen = pd.DataFrame([["shap", 0, 0, "valence", "f1"], ["shap", 1, 0, "valence", "f2"]], columns=columns)
    parts_of_it = {"estimates": tables["estimates"], "fits": tables["fits"], "selected": chosen}
    assert complete(*small_study, parts_of_it)["selected"].to_dict("records") == [
        {"selection": "shap", "fold": 0, "target": "valence", "feature": "f1"}
    ]


def test_parts_can_be_sent_to_another_process(small_study):
    for job in list(parts._jobs(*small_study, Checkpoints(None)))[:2]:
        sent = pickle.loads(pickle.dumps(job))  # noqa: S301
        pd.testing.assert_frame_equal(sent()["estimates"], job()["estimates"])


def test_it_is_called_from_python_with_the_settings_by_name(tables, small_study):
    config, measured = small_study
    settings = {"phases": [1], "regressors": "linear", "selections": [], "folds": 3, "resamples": 100}
    found = wd.recognition(config.data, store=measured.store.root, workers=1, **settings)
    models = ["handcrafted · linear", "handcrafted · linear, random split", "mean of the training labels"]
    assert sorted(found["leaderboard"]["model"]) == models
    for model in models:
        here, there = (
            each["estimates"].query("model == @name", local_dict={"name": model}) for each in (found, tables)
        )
        pd.testing.assert_frame_equal(here.reset_index(drop=True), there.reset_index(drop=True))

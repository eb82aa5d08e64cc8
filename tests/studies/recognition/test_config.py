"""Settings: presets, wrong names, and what is done where torch is not installed."""

import sys

import pytest

from wetdry.errors import DataError, EncoderError, MissingPackageError, WetdryError
from wetdry.extras import missing
from wetdry.probes import families
from wetdry.studies.recognition.config import HEADS, LAYER_SUM, REGRESSORS, RecognitionConfig, installed
from wetdry.studies.recognition.study import configured


@pytest.fixture
def without_torch(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)


def test_every_model_that_is_compared_unless_told_exists():
    assert set(REGRESSORS) <= set(families.names())
    assert set(HEADS) - {LAYER_SUM} <= set(families.names())
    usual = RecognitionConfig(data="csv:x")
    assert usual.networks == ("cnn", "se-conv", "se-gru", "se-gru-attention")
    assert usual.selections == ("pearson", "shap", "union", "intersection", "pca")


def test_a_preset_settles_what_nothing_else_is_said_of():
    found = configured(data="csv:x", preset="gupta2025", inner_folds=4, folds=None)
    assert (found.search, found.one_split, found.separate_targets, found.inner_folds) == ("grid", True, True, 4)
    usual = configured(data="csv:x")
    assert (usual.search, usual.one_split, usual.separate_targets, usual.inner_folds) == ("halving", False, False, 3)


def test_the_seeds_of_runs_are_distinct_and_begin_with_that_of_the_study():
    assert RecognitionConfig(data="csv:x", seeds=3, seed=7).run_seeds == (7, 8, 9)
    assert RecognitionConfig(data="csv:x", seeds=2, seed=2**32 - 1).run_seeds == (2**32 - 1, 0)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"heads": ["lineal"]}, "linear"),
        ({"regressors": ["xgbost"]}, "xgboost"),
        ({"selections": ["pearsn"]}, 'Unknown selection "pearsn"'),
        ({"networks": ["se-gr"]}, 'Unknown network "se-gr"'),
        ({"folds": 1}, "recognition: folds"),
        ({"phases": [4]}, "recognition: phases"),
        ({"preset": "gupta"}, "recognition: preset"),
        ({"colour": "blue"}, "recognition: colour"),
    ],
)
def test_a_wrong_setting_is_a_sentence(settings, said):
    with pytest.raises(DataError, match=said):
        configured(data="csv:x", **settings)


def test_no_encoder_is_a_sentence():
    with pytest.raises(EncoderError, match="No encoder was given"):
        configured(data="csv:x", encoders=[])


def test_one_name_is_a_list_of_one():
    assert configured(data="csv:x", encoders="melstats", heads="linear").encoders == ("melstats",)


def test_another_data_set_without_a_phase_that_estimates_it_is_a_sentence():
    with pytest.raises(DataError, match="add phase 1 or 3 with --phases, or leave out --also"):
        configured(data="csv:x", phases=[2], also=["csv:y"])
    assert configured(data="csv:x", phases=[2, 3], also=["csv:y"]).also == ("csv:y",)


def test_a_name_given_twice_is_one_row():
    found = configured(data="csv:x", encoders=["a", "b", "a"], heads=["kernel", "kernel"], also=["csv:y", "csv:y"])
    assert (found.encoders, found.heads, found.also) == (("a", "b"), ("kernel",), ("csv:y",))


@pytest.mark.usefixtures("without_torch")
def test_what_needs_torch_is_left_out_and_said():
    found, remarks = installed(configured(data="csv:x"))
    assert found.phases == (1, 3)
    assert found.heads == ("linear", "kernel", "xgboost")
    (remark,) = remarks
    assert remark.startswith(
        "torch is not installed, so the networks of phase 2 and the heads emotion-mlp and layer-sum"
    )


@pytest.mark.usefixtures("without_torch")
@pytest.mark.parametrize(
    "asked",
    [{"phases": [1, 2]}, {"networks": ["cnn"]}, {"heads": ["emotion-mlp"]}, {"phases": [3], "heads": ["layer-sum"]}],
)
def test_what_needs_torch_and_was_asked_for_is_a_sentence(asked):
    with pytest.raises(MissingPackageError, match=r"needs torch; install it with"):
        installed(configured(data="csv:x", **asked))


@pytest.mark.usefixtures("without_torch")
def test_what_needs_no_torch_stays_as_it_is():
    asked = configured(data="csv:x", phases=[1])
    assert installed(asked) == (asked, ())


@pytest.mark.skipif(missing("torch"), reason="torch is not installed")
def test_with_torch_nothing_is_left_out():
    asked = configured(data="csv:x")
    assert installed(asked) == (asked, ())
    assert issubclass(MissingPackageError, WetdryError)

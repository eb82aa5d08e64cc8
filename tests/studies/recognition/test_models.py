"""The rows of the leaderboard under their names."""

import pytest

from wetdry.studies.recognition.models import models
from wetdry.studies.recognition.study import configured

LAYERS, STACKS = {"vibenet": ["pooled", "trunk"]}, {"vibenet": ["one", "two"]}


def rows(random=True, layers=LAYERS, stacks=STACKS, **settings):
    return models(configured(data="csv:x", **settings), layers, stacks, random=random)


def test_every_model_has_a_name_of_its_own_and_its_phase():
    found = {model.name: model for model in rows()}
    assert len(found) == len(rows())
    phases = {
        "mean of the training labels": 0,
        "handcrafted · xgboost": 1,
        "handcrafted · pearson + xgboost": 1,
        "handcrafted · pearson + xgboost, chosen on all clips": 1,
        "handcrafted · linear, random split": 1,
        "se-gru-attention": 2,
        "vibenet pooled · emotion-mlp": 3,
        "vibenet trunk · kernel": 3,
        "vibenet · layer sum": 3,
        "handcrafted + vibenet · kernel": 4,
        "ensemble": 4,
    }
    assert {name: found[name].phase for name in phases} == phases
    assert [model.phase for model in rows()] == sorted(model.phase for model in rows())


def test_rows_that_leak_say_why_and_cannot_be_saved():
    leaking = [model for model in rows() if model.leaks]
    assert [model.leaks for model in leaking] == [
        "features chosen on all clips, the tested ones too",
        "clips of one group on both sides of the split",
    ]
    assert not any(model.savable for model in leaking)


def test_one_feature_cannot_be_chosen_outside():
    assert not [model for model in rows(k=1) if model.kind == "chosen outside"]
    assert [model for model in rows(k=2) if model.kind == "chosen outside"]


def test_what_is_one_probe_can_be_saved():
    savable = {model.kind for model in rows() if model.savable}
    assert savable == {"probe", "network"}
    assert not any(model.savable for model in rows(separate_targets=True) if model.kind == "network")


def test_families_are_as_probes_name_them():
    found = {model.name: model.family for model in rows()}
    assert found["handcrafted · pearson + xgboost"] == "pearson+xgboost"
    assert found["vibenet pooled · kernel"] == "kernel"


def test_the_ensemble_has_one_model_of_each_generation():
    (ensemble,) = [model for model in rows() if model.kind == "ensemble"]
    assert ensemble.members == ("handcrafted · xgboost", "se-gru-attention", "vibenet pooled · kernel")
    assert not [model for model in rows(phases=[1]) if model.kind == "ensemble"]


@pytest.mark.parametrize(("phases", "kinds"), [([1], {0, 1}), ([2], {0, 2}), ([3], {0, 3, 4}), ([1, 2], {0, 1, 2, 4})])
def test_phases_that_are_not_asked_for_have_no_rows(phases, kinds):
    assert {model.phase for model in rows(phases=phases)} == kinds


def test_a_random_split_stands_beside_an_honest_row_of_its_family():
    assert not [model for model in rows(random=False) if model.kind == "random split"]
    (leaking,) = [model for model in rows(regressors=["lasso"]) if model.kind == "random split"]
    assert leaking.name == "handcrafted · lasso, random split"
    assert not [model for model in rows(regressors=[]) if model.kind == "random split"]

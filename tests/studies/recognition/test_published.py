"""Published figures: what they were measured on, and which of our rows they stand beside."""

import numpy as np
import pandas as pd
import pytest

from wetdry.studies.recognition.config import RecognitionConfig
from wetdry.studies.recognition.models import models
from wetdry.studies.recognition.published import NAMES, published, published_models, published_r2

NETWORKS = {
    "cnn": ((0.4350, 0.8565, 0.6781), (0.4830, 0.9061, 0.7220)),
    "se-conv": ((0.4642, 0.8340, 0.6688), (0.5273, 0.8665, 0.6834)),
    "se-gru": ((0.4599, 0.8374, 0.6627), (0.5119, 0.8805, 0.6853)),
    "se-gru-attention": ((0.4561, 0.8404, 0.6685), (0.4990, 0.8920, 0.7087)),
}


def cell(table, model, target, metric):
    rows = table[(table["model"] == model) & (table["target"] == target) & (table["metric"] == metric)]
    assert len(rows) == 1
    return rows.iloc[0]


@pytest.mark.parametrize("model", NETWORKS)
def test_networks_have_the_figures_of_the_report_on_its_scale(model):
    for target, figures in zip(("valence", "arousal"), NETWORKS[model], strict=True):
        for metric, figure in zip(("r2", "rmse", "mae"), figures, strict=True):
            row = cell(published("deam"), model, target, metric)
            assert row["value"] == figure
            assert row["scale"] == ("" if metric == "r2" else "1 to 9")


@pytest.mark.parametrize("target", ["valence", "arousal"])
def test_figures_of_one_report_agree_with_each_other(target):
    """R² and RMSE of one set of songs give its spread, RMSE / √(1 − R²): one number a phase, if none is misread."""
    table = published("deam")
    table = table[(table["by"] == "Gupta 2025") & (table["target"] == target)]
    wide = table.pivot(index=["phase", "model"], columns="metric", values="value")
    spread = wide["rmse"] / np.sqrt(1 - wide["r2"])
    for phase in (1, 2):
        # Phase 1: printed to three digits.
        assert np.ptp(spread[phase]) < 0.01
    assert spread[3].item() < 0.3  # labels from 0 to 1
    assert (wide["mae"] < wide["rmse"]).all()


def test_a_score_stands_once_and_names_what_it_is_of():
    for kind in (*NAMES, "csv"):
        table = published(kind)
        assert not table.duplicated(["model", "target", "metric", "data", "by"]).any()
        assert table["of"].str.len().gt(5).all()
        assert table["value"].between(0, 1).all()


def test_a_set_has_its_own_figures_and_those_of_the_report():
    assert set(published("emomusic")["data"]) == {"emoMusic", "DEAM"}
    assert set(published("csv")["data"]) == {"DEAM"}
    assert set(published("csv")["by"]) == {"Gupta 2025"}
    assert cell(published("emomusic"), "MERT", "arousal", "r2")["value"] == 0.747
    assert cell(published("pmemo"), "Music2Emo, MERT-v1-95M", "arousal", "r2")["value"] == 0.7940


def test_figures_stand_beside_the_models_of_the_same_name():
    rows = pd.DataFrame(
        {
            "model": ["cnn", "handcrafted · xgboost", "ensemble", "cnn"],
            "target": ["arousal", "valence", "valence", "tension"],
        },
        index=[7, 3, 5, 1],
    )
    found = published_r2(rows)
    assert list(found.index) == [7, 3, 5, 1]
    assert found.tolist()[:2] == [0.4830, 0.554]
    assert found.isna().tolist() == [False, False, True, True]


@pytest.mark.parametrize("targets", [("valence",), ("arousal", "tension"), ("valence", "arousal")])
def test_every_figure_of_the_targets_stands_once_in_the_table_that_is_read(targets):
    long, wide = published("emomusic"), published_models("emomusic", targets).set_index(["model", "data"])
    rows = long[long["target"].isin(targets)]
    for row in rows.to_dict("records"):
        score = {"r2": "R²", "rmse": "RMSE", "mae": "MAE"}[row["metric"]]
        assert wide.loc[(row["model"], row["data"]), f"{score} {row['target']}"] == row["value"]
    assert wide.select_dtypes("number").notna().sum().sum() == len(rows)
    assert wide.loc[("panns-cnn14 embedding · emotion-mlp", "DEAM"), "errors on"] == "0 to 1"
    assert wide.loc[("cnn", "DEAM"), "errors on"] == "1 to 9"
    assert wide.loc[("MERT", "emoMusic"), "errors on"] == ""


def test_every_model_of_the_report_is_one_that_a_study_has():
    config = RecognitionConfig(data="deam:PATH", encoders=("panns-cnn14",))
    ours = {model.name for model in models(config, {"panns-cnn14": ["embedding"]}, {}, random=False)}
    table = published("deam")
    assert set(table.loc[table["by"] == "Gupta 2025", "model"]) <= ours

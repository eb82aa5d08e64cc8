"""The leaderboard from estimates: scores as others compute them, runs averaged, differences paired."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

from wetdry.analysis.scores import regression_scores
from wetdry.studies.recognition.heads import estimates_table
from wetdry.studies.recognition.models import MEAN, Model
from wetdry.studies.recognition.scoring import ensemble, ensemble_fits, leaderboard, scores

NAMES = ("valence", "arousal")
CLIPS = 40
GROUPS = np.repeat([f"g{group:02d}" for group in range(20)], 2)
ITEMS = np.array([f"c{row:02d}" for row in range(CLIPS)])
TRUTH = np.random.default_rng(0).standard_normal((CLIPS, 2))
fold_of = np.arange(CLIPS) // 2 % 4
MODELS = (
    Model(MEAN, 0, "mean"),
    Model("good", 1, "probe", savable=True),
    Model("twice", 3, "probe", savable=True),
    Model("leaky", 1, "chosen outside", leaks="it has seen them"),
    Model("ensemble", 4, "ensemble", members=("good", "twice", "absent")),
)


def said(noise, seed):
    return TRUTH + noise * np.random.default_rng(seed).standard_normal(TRUTH.shape)


def rows_of(model, estimates, seed=0, chosen=slice(None)):
    found = []
    for fold in range(4):
        rows = np.flatnonzero(fold_of == fold)
        rows = rows[np.isin(rows, np.arange(CLIPS)[chosen])]
        if rows.size:
            who = {"model": model, "seed": seed, "fold": fold}
            found.append(estimates_table(who, ITEMS[rows], GROUPS[rows], NAMES, TRUTH[rows], estimates[rows]))
    return pd.concat(found, ignore_index=True)


GOOD, FIRST, SECOND, LEAKY = said(0.3, 1), said(0.5, 2), said(0.8, 3), said(0.01, 4)
USUAL = np.stack([TRUTH[fold_of != fold].mean(axis=0) for fold in fold_of])


@pytest.fixture(scope="module")
def estimates():
    return pd.concat(
        [
            rows_of("leaky", LEAKY),
            rows_of("good", GOOD),
            rows_of("twice", FIRST),
            rows_of("twice", SECOND, seed=1),
            rows_of(MEAN, USUAL),
        ],
        ignore_index=True,
    )


@pytest.fixture(scope="module")
def fits(estimates):
    runs = estimates.drop_duplicates(["model", "seed", "fold"])[["model", "seed", "fold"]].reset_index(drop=True)
    return runs.assign(settings="", cross_validated=np.nan, seconds=1.0 + runs["fold"], parameters=10)


@pytest.fixture(scope="module")
def table(estimates, fits):
    return scores(estimates, fits, MODELS, seed=3, resamples=200)


def row(table, model, target="valence", metric="r2"):
    kept = (table["model"] == model) & (table["target"] == target) & (table["metric"] == metric)
    (found,) = table[kept].to_dict("records")
    return found


@pytest.mark.parametrize("place", [0, 1])
def test_scores_are_those_of_scikit_learn(table, place):
    name, truth, estimate = NAMES[place], TRUTH[:, place], GOOD[:, place]
    assert row(table, "good", name)["value"] == pytest.approx(r2_score(truth, estimate))
    assert row(table, "good", name, "rmse")["value"] == pytest.approx(root_mean_squared_error(truth, estimate))
    assert row(table, "good", name, "mae")["value"] == pytest.approx(mean_absolute_error(truth, estimate))
    ccc = (
        2
        * np.cov(truth, estimate, ddof=0)[0, 1]
        / (truth.var() + estimate.var() + (truth.mean() - estimate.mean()) ** 2)
    )
    assert row(table, "good", name, "ccc")["value"] == pytest.approx(ccc)


def test_a_row_of_one_run_has_the_interval_of_the_scores_over_groups(table):
    found = regression_scores(TRUTH, GOOD[:, np.newaxis], GROUPS, resamples=200, seed=3)["r2"]
    good = row(table, "good")
    assert (good["low"], good["high"]) == pytest.approx((found.low[0, 0], found.high[0, 0]))
    assert np.isnan(good["seed_sd"])
    assert (good["clips"], good["groups"], good["folds"], good["seeds"]) == (40, 20, 4, 1)


def test_runs_are_averaged_and_their_spread_told(table):
    runs = [r2_score(TRUTH[:, 0], each[:, 0]) for each in (FIRST, SECOND)]
    twice = row(table, "twice")
    assert twice["value"] == pytest.approx(np.mean(runs))
    assert twice["seed_sd"] == pytest.approx(np.std(runs, ddof=1))
    assert twice["seeds"] == 2
    assert twice["low"] < twice["value"] < twice["high"]


def test_folds_are_scored_one_by_one(table):
    of_folds = [r2_score(TRUTH[fold_of == fold, 1], GOOD[fold_of == fold, 1]) for fold in range(4)]
    good = row(table, "good", "arousal")
    assert good["fold_mean"] == pytest.approx(np.mean(of_folds))
    assert good["fold_sd"] == pytest.approx(np.std(of_folds, ddof=1))


def test_everyone_is_held_against_the_best_honest_model_in_the_same_resamples(table):
    assert row(table, "good")["behind"] == 0.0
    assert np.isnan(row(table, "good")["behind_low"])
    columns = np.stack([GOOD, USUAL], axis=1)
    change = regression_scores(TRUTH, columns, GROUPS, reference=0, resamples=200, seed=3)["r2"]
    mean = row(table, MEAN)
    assert mean["behind"] == pytest.approx(change.change[1, 0])
    assert (mean["behind_low"], mean["behind_high"]) == pytest.approx(
        (change.change_low[1, 0], change.change_high[1, 0])
    )
    assert row(table, "leaky")["behind"] > 0
    assert np.isnan(row(table, "good", metric="rmse")["behind"])


def test_costs_are_means_over_fits_and_leaks_are_told(table):
    good = row(table, "good")
    assert (good["seconds"], good["parameters"]) == (2.5, 10)
    assert (good["leaks"], good["savable"]) == ("", True)
    assert (row(table, "leaky")["leaks"], row(table, "leaky")["savable"]) == ("it has seen them", False)


def test_rows_are_in_the_order_of_the_models(table):
    assert list(dict.fromkeys(table["model"])) == [MEAN, "good", "twice", "leaky"]
    assert list(dict.fromkeys(table["target"])) == list(NAMES)


def test_a_model_that_was_tested_on_other_clips_is_not_held_against_the_best(estimates, fits):
    half = rows_of("leaky", LEAKY, chosen=slice(0, 20))
    found = scores(pd.concat([estimates[estimates["model"] != "leaky"], half]), fits, MODELS, seed=3, resamples=200)
    leaky = row(found, "leaky")
    assert leaky["value"] == pytest.approx(r2_score(TRUTH[:20, 0], LEAKY[:20, 0]))
    assert leaky["clips"] == 20
    assert np.isnan(leaky["behind"])
    assert row(found, MEAN)["behind"] < 0


def test_the_leaderboard_is_sorted_by_the_mean_over_targets(table):
    found = leaderboard(table)
    means = found[["r2_valence", "r2_arousal"]].mean(axis=1)
    assert means.is_monotonic_decreasing
    assert list(found["model"]) == ["leaky", "good", "twice", MEAN]
    assert found.set_index("model").loc["good", "mae_arousal"] == pytest.approx(
        mean_absolute_error(TRUTH[:, 1], GOOD[:, 1])
    )
    assert list(found.columns[:4]) == ["phase", "model", "r2_valence", "r2_arousal"]


def test_an_ensemble_is_the_mean_of_its_members_run_by_run(estimates, fits):
    model = MODELS[-1]
    found = ensemble(estimates, model)
    for seed, other in ((0, FIRST), (1, SECOND)):
        run = found[found["seed"] == seed].pivot(index="item", columns="target", values="estimate")[list(NAMES)]
        np.testing.assert_allclose(run.loc[ITEMS], (GOOD + other) / 2)
    costs = ensemble_fits(fits, model, found)
    assert len(costs) == 8
    assert costs["settings"].unique().tolist() == ["mean of good, twice"]
    assert (costs["seconds"].unique().tolist(), costs["parameters"].unique().tolist()) == ([5.0], [20])


def test_an_ensemble_of_one_is_none(estimates):
    alone = Model("ensemble", 4, "ensemble", members=("good", "absent"))
    assert ensemble(estimates, alone).empty


def test_few_groups_give_a_score_without_an_interval():
    chosen = slice(0, 6)
    few = pd.concat([rows_of("good", GOOD, chosen=chosen), rows_of(MEAN, USUAL, chosen=chosen)])
    runs = few.drop_duplicates(["model", "seed", "fold"])[["model", "seed", "fold"]]
    found = scores(few, runs.assign(seconds=0.0, parameters=1), MODELS, resamples=100)
    good = row(found, "good")
    assert good["value"] == pytest.approx(r2_score(TRUTH[:6, 0], GOOD[:6, 0]))
    assert np.isnan([good["low"], good["high"]]).all()

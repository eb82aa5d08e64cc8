"""What models are worth on the clips that they were not learnt from: the tables `scores` and `leaderboard`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from wetdry.analysis.resampled import LINEAR, cluster_sums, limits
from wetdry.analysis.score_figures import SCALES, moments, regression_figures
from wetdry.analysis.scores import regression_scores
from wetdry.analysis.statistics.units import Counts
from wetdry.studies.recognition.models import Model
from wetdry.studies.recognition.protocol import Floats, Texts

R2 = "r2"
METRICS = {name: scale for name in (R2, "rmse", "mae", "ccc") if (scale := SCALES[name]) is not None}
"""Scores, and the scale on which each is about normal."""

LEVEL = 0.95
UNSCORED = dict.fromkeys(("seed_sd", "fold_mean", "fold_sd", "behind", "behind_low", "behind_high"), np.nan)
"""Columns of `scores` that are unknown where a row has one run, or one fold, or nothing to be held against."""


def scores(
    estimates: pd.DataFrame, fits: pd.DataFrame, models: Sequence[Model], *, seed: int = 0, resamples: int = 1000
) -> pd.DataFrame:
    """The score of each model, target and metric on all clips that it was tested on.

    A model that was run with several seeds has the mean of the scores of its runs: what one run is worth, not what an
    average of runs would be. Intervals are over groups of clips, of that mean; the spread over runs is `seed_sd` beside
    them. `behind` is R² less that of the honest model with the highest R² of the target, in the same resamples of
    groups. Being the highest of many, that one is flattered, and the others seem to be further behind than they are.

    Parameters
    ----------
    estimates
        Columns model, seed, fold, item, group, target, truth, estimate.
    fits
        Columns model, seed, fold, seconds, parameters: means over fits stand in the table.
    models
        What the rows are; one that has no estimates has no row.
    seed, resamples
        Of the bootstrap over groups.
    """
    found = [
        row for together in _of_same_clips(estimates, models) for row in _rows(together, seed=seed, resamples=resamples)
    ]
    table = pd.DataFrame(found).merge(_costs(fits), on="model", how="left")
    place = {model.name: number for number, model in enumerate(models)}
    return table.sort_values("model", key=lambda names: names.map(place), kind="stable", ignore_index=True)


def leaderboard(scores: pd.DataFrame) -> pd.DataFrame:
    """One row a model, from the highest mean R² over targets down: each metric of each target, and what it cost."""
    rows = scores.assign(column=scores["metric"] + "_" + scores["target"])
    columns = list(dict.fromkeys(rows["column"]))
    wide = rows.pivot(index="model", columns="column", values="value").reindex(columns=columns)
    about = rows.drop_duplicates("model").set_index("model")[["phase", "parameters", "seconds", "leaks"]]
    mean = rows[rows["metric"] == R2].groupby("model")["value"].mean()
    # Of equals the one that comes first in the study: a stable sort of the rows in their order.
    order = mean.reindex(about.index).sort_values(ascending=False, kind="stable", na_position="last").index
    table = about[["phase"]].join(wide).join(about[["parameters", "seconds", "leaks"]]).loc[order].reset_index()
    shown: pd.DataFrame = table[["phase", "model", *columns, "parameters", "seconds", "leaks"]]
    return shown


def ensemble(estimates: pd.DataFrame, model: Model) -> pd.DataFrame:
    """The mean of the estimates of the members of an ensemble, run by run; empty where fewer than two have any.

    A member that was run once takes part in every run.
    """
    of_members = estimates[estimates["model"].isin(model.members)]
    present = [name for name in model.members if (of_members["model"] == name).any()]
    if len(present) < 2:
        return estimates.iloc[:0]
    keys = ["item", "group", "target", "truth"]
    seeds = {name: list(of_members.loc[of_members["model"] == name, "seed"].unique()) for name in present}
    runs = max(seeds.values(), key=len)
    found = []
    for seed in runs:
        chosen = [
            of_members[(of_members["model"] == name) & (of_members["seed"] == (seed if seed in own else own[0]))]
            for name, own in seeds.items()
        ]
        mean = pd.concat(chosen).groupby(["fold", *keys], sort=False, as_index=False)["estimate"].mean()
        found.append(mean.assign(model=model.name, seed=seed))
    averaged: pd.DataFrame = pd.concat(found, ignore_index=True)[list(estimates.columns)]
    return averaged


def ensemble_fits(fits: pd.DataFrame, model: Model, runs: pd.DataFrame) -> pd.DataFrame:
    """What an ensemble cost, of the runs (seed, fold) that it has estimates of: its members' seconds and numbers."""
    costs = _costs(fits).set_index("model").reindex([name for name in model.members if name in set(fits["model"])])
    total = costs[["seconds", "parameters"]].sum()
    made = runs.drop_duplicates(["seed", "fold"])[["model", "seed", "fold"]]
    return made.assign(
        settings=f"mean of {', '.join(costs.index)}",
        cross_validated=np.nan,
        seconds=total["seconds"],
        parameters=int(total["parameters"]),
    )


@dataclass(frozen=True, eq=False)
class _Tested:
    """Models that were tested on the same clips.

    Attributes
    ----------
    models
        In order.
    columns
        Which of the estimates (n, column, target) are whose: a column a run.
    truth, estimates
        Of the clips: (n, target) and (n, column, target).
    groups
        Of each clip (n,).
    folds
        Of each model: in which part each clip (n,) was tested.
    targets
        Names.
    """

    models: tuple[Model, ...]
    columns: tuple[tuple[int, ...], ...]
    truth: Floats
    estimates: Floats
    groups: Texts
    folds: tuple[Counts, ...]
    targets: tuple[str, ...]


def _of_same_clips(estimates: pd.DataFrame, models: Sequence[Model]) -> Iterator[_Tested]:
    """Models by the clips that they were tested on."""
    known = {model.name: model for model in models}
    folds = {str(name): _fold_of(rows) for name, rows in estimates.groupby("model", sort=False)}
    by_clips: dict[tuple[str, ...], list[str]] = {}
    for name, fold in folds.items():
        by_clips.setdefault(tuple(fold.index), []).append(name)
    targets = tuple(dict.fromkeys(estimates["target"]))
    for clips, names in by_clips.items():
        rows, items = estimates[estimates["model"].isin(names)], list(clips)
        first = rows[rows["model"] == names[0]].drop_duplicates(["item", "target"])
        truth = first.pivot(index="item", columns="target", values="truth").loc[items, list(targets)]
        runs = list(rows[["model", "seed"]].drop_duplicates().itertuples(index=False, name=None))
        columns = pd.MultiIndex.from_tuples([(*run, target) for run in runs for target in targets])
        wide = rows.pivot(index="item", columns=["model", "seed", "target"], values="estimate")
        yield _Tested(
            tuple(known[name] for name in names),
            tuple(tuple(place for place, (model, _) in enumerate(runs) if model == name) for name in names),
            truth.to_numpy(np.float64),
            wide.reindex(index=items, columns=columns).to_numpy(np.float64).reshape(len(items), -1, len(targets)),
            first.drop_duplicates("item").set_index("item")["group"].loc[items].to_numpy(str),
            tuple(np.asarray(folds[name], dtype=np.int64) for name in names),
            targets,
        )


def _fold_of(rows: pd.DataFrame) -> pd.Series[int]:
    """The part in which each clip was tested, clips by their ids."""
    return rows.drop_duplicates("item").set_index("item")["fold"].sort_index()


def _rows(tested: _Tested, *, seed: int, resamples: int) -> Iterator[dict[str, Any]]:
    """A row for each model, metric and target."""
    found = regression_scores(tested.truth, tested.estimates, tested.groups, resamples=resamples, seed=seed)
    units = np.array(len(np.unique(tested.groups)))
    in_folds = [_fold_scores(tested, place) for place in range(len(tested.models))]
    honest = [place for place, model in enumerate(tested.models) if not model.leaks]
    for metric in METRICS:
        # (1 + resample, model, target): the mean over the runs of a model, in each resample.
        drawn = np.stack([found[metric].drawn[:, list(own)].mean(axis=1) for own in tested.columns], axis=1)
        low, high = limits(drawn, units, METRICS[metric], LEVEL)
        for place, model in enumerate(tested.models):
            own = list(tested.columns[place])
            for target, name in enumerate(tested.targets):
                yield {
                    **_described(model),
                    "target": name,
                    "metric": metric,
                    "value": drawn[0, place, target],
                    "low": low[place, target],
                    "high": high[place, target],
                    **UNSCORED,
                    "seed_sd": _spread(found[metric].estimate[own, target]),
                    **_over_folds(in_folds[place][metric][:, :, target].mean(axis=1)),
                    **(_behind(drawn[:, :, target], honest, place, units) if metric == R2 else {}),
                    "clips": len(tested.truth),
                    "groups": int(units),
                    "folds": len(np.unique(tested.folds[place])),
                    "seeds": len(own),
                    "leaks": model.leaks,
                    "savable": model.savable,
                }


def _described(model: Model) -> dict[str, Any]:
    return {
        "phase": model.phase,
        "model": model.name,
        "encoder": model.encoder,
        "layer": model.layer,
        "selection": model.selection,
        "head": model.head,
    }


def _fold_scores(tested: _Tested, place: int) -> Mapping[str, Floats]:
    """Scores (fold, run, target) of a model within each part it was tested on; NaN where ratings in it do not vary."""
    estimates = tested.estimates[:, list(tested.columns[place])]
    centre, unit = tested.truth.mean(axis=0), tested.truth.std(axis=0)
    unit = np.where(unit > 0.0, unit, 1.0)
    present = np.ones(estimates.shape[:2], dtype=bool)
    summands = moments((tested.truth - centre) / unit, (estimates - centre) / unit, present)
    names, member = np.unique(tested.folds[place], return_inverse=True)
    return regression_figures(cluster_sums(summands, member, len(names)), unit)


def _over_folds(values: Floats) -> dict[str, float]:
    return {"fold_mean": float(values.mean()), "fold_sd": _spread(values)}


def _spread(values: Floats) -> float:
    return float(values.std(ddof=1)) if len(values) > 1 else np.nan


def _behind(drawn: Floats, honest: Sequence[int], place: int, units: Any) -> dict[str, float]:
    """R² less that of the best honest model, from drawn R² (1 + resample, model); unknown where no model is honest."""
    known = [other for other in honest if np.isfinite(drawn[0, other])]
    if not known:
        return {}
    best = max(known, key=lambda other: drawn[0, other])
    change = drawn[:, place] - drawn[:, best]
    low, high = limits(change, units, LINEAR, LEVEL)
    return {"behind": float(change[0]), "behind_low": float(low), "behind_high": float(high)}


def _costs(fits: pd.DataFrame) -> pd.DataFrame:
    """Mean seconds and (rounded) numbers learnt of a fit of each model."""
    means = fits.groupby("model", sort=False)[["parameters", "seconds"]].mean().reset_index()
    return means.assign(parameters=means["parameters"].round().astype("Int64"))

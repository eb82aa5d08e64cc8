"""How fast six regressors on selected features are tuned: wetdry's families against the plain scikit-learn recipe.

    python -m benchmarks.regressors [--data csv:manifest.csv] [--search grid|halving] [--outer 5] [--cached]

Features are those that either of two rankings puts among its first 15, Pearson's r and SHAP values of boosted trees,
chosen anew in every part that is learnt from. Estimates are those of 5 outer folds of whole groups, with settings
chosen by 3 inner ones. The recipe is GridSearchCV over a Pipeline of StandardScaler, the selection, and the regressor,
for each target, over the same grids; with `--cached` the Pipeline keeps what it has selected (`memory=`), which is what
somebody would do who had seen the profile. Seconds are of processor time, on one thread. R² is the mean over targets of
all estimates together. Without data, features of the same shape are drawn: 230 clips of 386 features, of which few are
of use and many say the same. With `--data`, clips are embedded first, which is not timed.
"""

from __future__ import annotations

import argparse
import tempfile
import time
import warnings
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import xgboost
from rich.console import Console
from rich.table import Table
from sklearn.base import BaseEstimator
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import GradientBoostingRegressor, RandomForestRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_selection import SelectorMixin, r_regression
from sklearn.linear_model import Lasso, Ridge
from sklearn.metrics import r2_score
from sklearn.model_selection import GridSearchCV, GroupKFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR
from threadpoolctl import threadpool_limits

from wetdry.probes import Task, families, fit_probe
from wetdry.probes.splits import dealt

Array = npt.NDArray[Any]
FASTER, SAME = 3.0, 0.01
FOLDS, INNER, KEPT, SEED = 5, 3, 15, 0


class Clips(NamedTuple):
    """Features (clip, dim), values (clip, target), and the group (clip,) of each."""

    features: Array
    values: Array
    groups: Array


class Either(SelectorMixin, BaseEstimator):
    """The first features by |Pearson's r| and those by mean |SHAP value|."""

    def fit(self, features: Array, values: Array) -> Either:
        self.n_features_in_ = features.shape[1]
        by_r = np.abs(r_regression(features, values, force_finite=True))
        trees = xgboost.XGBRegressor(
            n_estimators=100, max_depth=3, learning_rate=0.1, max_bin=64, colsample_bytree=0.5, n_jobs=1
        ).fit(features, values)
        shap = trees.get_booster().predict(xgboost.DMatrix(features, nthread=1), pred_contribs=True)[:, :-1]
        by_shap = np.abs(shap).mean(axis=0)
        self.mask_ = np.zeros(self.n_features_in_, dtype=bool)
        for importance in (by_r, by_shap):
            self.mask_[np.argsort(-importance)[:KEPT]] = True
        return self

    def _get_support_mask(self) -> Array:
        return self.mask_


class Recipe(NamedTuple):
    """A regressor of scikit-learn, and what its settings are called there."""

    model: Any
    names: Mapping[str, str]
    scaled_by_rows: bool = False
    """Whether the penalty is of a sum over rows, where ours is of their mean."""


RECIPES = {
    "linear": Recipe(Ridge(), {"penalty": "alpha"}, scaled_by_rows=True),
    "lasso": Recipe(Lasso(max_iter=20_000), {"penalty": "alpha"}),
    "svr": Recipe(SVR(), {"cost": "C", "epsilon": "epsilon"}),
    "forest": Recipe(RandomForestRegressor(random_state=SEED, n_jobs=1), {}),
    "boosting": Recipe(GradientBoostingRegressor(random_state=SEED), {}),
    "xgboost": Recipe(xgboost.XGBRegressor(tree_method="hist", max_bin=64, n_jobs=1), {}),
}


def generated() -> Clips:
    """Features of the shape of the real ones: five causes of 386 features, and two targets that follow them."""
    rng = np.random.default_rng(440)
    causes = rng.standard_normal((230, 5))
    mixed = causes @ (rng.standard_normal((5, 386)) * (rng.uniform(size=(5, 386)) < 0.3))
    features = mixed + rng.standard_normal((230, 386))
    one = causes[:, 0] + 0.7 * np.tanh(2 * causes[:, 1])
    drive = np.column_stack([one, causes[:, 2] * causes[:, 3] + causes[:, 4]])
    return Clips(features, drive + rng.standard_normal(drive.shape), np.arange(230))


def embedded(data: str) -> Clips:
    """The handcrafted features of a data set with numbers for labels."""
    from wetdry.datasets import dataset
    from wetdry.encoders import encoder
    from wetdry.studies.probe.clips import labelled_clips, view_of
    from wetdry.studies.targets import targets_of

    opened, model = dataset(data), encoder("handcrafted")
    view = view_of(model, None, window=None, start=None, seconds=30.0)
    with tempfile.TemporaryDirectory() as store:
        clips = labelled_clips(opened, targets_of(opened), model, view, store=store)
    return Clips(np.asarray(clips.vectors, dtype=np.float64), np.asarray(clips.labels), np.asarray(clips.groups))


def ours(clips: Clips, family: str, fold: Array, search: str) -> Array:
    """Estimates (clip, target) of the clips that have a fold (clip,), with settings for each target."""
    found = np.full_like(clips.values, np.nan)
    for number in np.unique(fold[fold >= 0]):
        out = fold == number
        for target, values in enumerate(clips.values.T):
            probe = fit_probe(
                clips.features[~out],
                values[~out],
                clips.groups[~out],
                family=f"union+{family}",
                folds=INNER,
                seed=SEED,
                search=search,
            )
            found[out, target] = probe.estimate(clips.features[out])[:, 0]
    return found


def plain(clips: Clips, family: str, fold: Array, memory: str | None) -> Array:
    """As `ours`, by the recipe."""
    recipe = RECIPES[family]
    found = np.full_like(clips.values, np.nan)
    for number in np.unique(fold[fold >= 0]):
        out = fold == number
        inner = (~out).sum() * (INNER - 1) / INNER if recipe.scaled_by_rows else 1.0
        grid = {
            f"model__regressor__{recipe.names.get(name, name)}": [inner * each for each in values]
            if name == "penalty"
            else values
            for name, values in families.get(family).GRID.items()
        }
        model = TransformedTargetRegressor(recipe.model, transformer=StandardScaler())
        steps = [("scale", StandardScaler()), ("select", Either()), ("model", model)]
        search = GridSearchCV(
            Pipeline(steps, memory=memory),
            grid,
            scoring="r2",
            cv=GroupKFold(INNER, shuffle=True, random_state=SEED),
            n_jobs=1,
        )
        for target, values in enumerate(clips.values.T):
            search.fit(clips.features[~out], values[~out], groups=clips.groups[~out])
            found[out, target] = search.predict(clips.features[out])
    return found


class Line(NamedTuple):
    """Processor seconds and R² of both sides."""

    theirs: float
    ours: float
    their_r2: float
    our_r2: float


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    began = time.process_time()
    found = work()
    return time.process_time() - began, found


def compared(clips: Clips, family: str, fold: Array, options: argparse.Namespace) -> Line:
    """One family, by both sides, on the same folds."""
    seconds, estimates = timed(lambda: ours(clips, family, fold, options.search))
    with tempfile.TemporaryDirectory() as folder:
        slow, expected = timed(lambda: plain(clips, family, fold, folder if options.cached else None))
    tried = fold >= 0
    r2 = [r2_score(clips.values[tried], each[tried]) for each in (expected, estimates)]
    return Line(slow, seconds, *r2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", help="labelled set, such as csv:manifest.csv")
    parser.add_argument("--families", default=",".join(RECIPES))
    parser.add_argument("--search", default="grid", choices=("grid", "halving"))
    parser.add_argument("--cached", action="store_true", help="let the recipe keep what it has selected")
    parser.add_argument("--outer", type=int, default=FOLDS, help=f"how many of the {FOLDS} outer folds to try")
    options = parser.parse_args()
    clips = embedded(options.data) if options.data else generated()
    fold = dealt(Task.of(clips.values), clips.values, clips.groups, FOLDS, SEED)
    fold[fold >= options.outer] = -1
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        lines = {family: compared(clips, family, fold, options) for family in options.families.split(",")}
    show(clips, options, lines)


def show(clips: Clips, options: argparse.Namespace, lines: Mapping[str, Line]) -> None:
    """Print the comparison, and end in failure if a target is missed."""
    shape = f"{len(clips.features)} clips × {clips.features.shape[1]} features, {clips.values.shape[1]} targets"
    recipe = "selection kept" if options.cached else "plain recipe"
    shown = Table(title=f"{shape}, {options.outer} outer folds, {options.search} search, {recipe}")
    for heading in ("family", "GridSearchCV, s", "wetdry, s", "faster", "its R²", "our R²"):
        shown.add_column(heading, justify="left" if heading == "family" else "right")
    total = Line(
        sum(line.theirs for line in lines.values()),
        sum(line.ours for line in lines.values()),
        float(np.mean([line.their_r2 for line in lines.values()])),
        float(np.mean([line.our_r2 for line in lines.values()])),
    )
    for name, line in {**lines, "all": total}.items():
        shown.add_row(
            name,
            f"{line.theirs:.1f}",
            f"{line.ours:.1f}",
            f"{line.theirs / line.ours:.1f}",
            f"{line.their_r2:.3f}",
            f"{line.our_r2:.3f}",
        )
    Console(width=110).print(shown)
    wanted = 1.0 if options.cached else FASTER
    print(f"Wanted: {wanted:g} times faster in all, and a mean R² of no less than the recipe's, less {SAME:g}.")
    if total.theirs < wanted * total.ours or total.our_r2 < total.their_r2 - SAME:
        raise SystemExit("a target is missed")


if __name__ == "__main__":
    main()

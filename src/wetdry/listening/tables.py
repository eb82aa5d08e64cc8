"""What a scored listening test comes to: shifts by effect, agreement of listeners, agreement with a model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from wetdry.analysis.agreement import FEWEST_UNITS, agreement
from wetdry.analysis.crossed import crossed_mean
from wetdry.analysis.statistics import Interval
from wetdry.listening.form import CHOICES
from wetdry.listening.results import SCALES

ALL = "all"
"""What tables call all effects together."""
CONTROLS = ("identity", "degraded")
FEWEST_PAIRS = 3
"""Of a correlation: two pairs lie on a line whatever was heard."""


def effects(moved: pd.DataFrame) -> pd.DataFrame:
    """Listeners' mean shift by effect, at each level and over all of them, with intervals over listeners and clips.

    Parameters
    ----------
    moved
        As `ratings.shifts` makes it.

    Returns
    -------
    DataFrame
        A row an effect family, level and scale: family, level (NaN: all levels, or there are none), setting (in
        words), target, dry, wet, shift, low, high, listeners, clips, remark (why there is no interval).
    """
    return _shifts(moved, SCALES)


def words(moved: pd.DataFrame) -> pd.DataFrame:
    """The same of the four words, without the controls: share of answers that name each (`target`), and its change."""
    moved = moved[moved["purpose"] == "pair"]
    shares = {
        f"{word}_{side}": (moved[f"quadrant_{side}"] == word).astype(float)
        for word in CHOICES
        for side in ("dry", "wet")
    }
    changes = {word: shares[f"{word}_wet"] - shares[f"{word}_dry"] for word in CHOICES}
    found = _shifts(moved.assign(**shares, **changes), CHOICES)
    return found.assign(**{bound: found[bound].clip(-1.0, 1.0) for bound in ("low", "high")})


def _shifts(moved: pd.DataFrame, targets: Sequence[str]) -> pd.DataFrame:
    """A row a cell and target, from the columns `…_dry`, `…_wet` and their difference."""
    return pd.DataFrame(
        [
            {"family": family, "level": level, "setting": setting, **_shift(part, target)}
            for family, level, setting, part in _cells(moved)
            for target in targets
        ]
    )


def _shift(part: pd.DataFrame, target: str) -> dict[str, Any]:
    found = crossed_mean(_by_group(part, target))
    return {
        "target": target,
        "dry": float(_by_group(part, f"{target}_dry").mean()),
        "wet": float(_by_group(part, f"{target}_wet").mean()),
        "shift": found.estimate,
        "low": found.low,
        "high": found.high,
        "listeners": part["rater"].nunique(),
        "clips": part["group"].nunique(),
        "remark": found.remark,
    }


def pairs(moved: pd.DataFrame, model: pd.DataFrame) -> pd.DataFrame:
    """A row a pair under study: sound and what it is, listeners' mean shifts, and the model's as `model_…`."""
    studied = moved[moved["purpose"] == "pair"]
    means = studied.groupby("sound", sort=False)[list(SCALES)].mean()
    columns = ["sound", "clip", "group", "family", "level", "effect"]
    what = model[model["purpose"] == "pair"].set_index("sound")
    theirs = what[list(SCALES)].add_prefix("model_")
    table = what.reset_index()[columns].join(means, on="sound").join(theirs, on="sound")
    return table.sort_values(["family", "level", "clip"], ignore_index=True)


def correlations(table: pd.DataFrame) -> pd.DataFrame:
    """How listeners' mean shifts go with the model's, over the pairs of all effects and of each, by scale.

    Parameters
    ----------
    table
        As `pairs` makes it.

    Returns
    -------
    DataFrame
        family ("all": over all effects), target, r (Pearson's) with low and high (over clips), rho (Spearman's),
        same_sign (share of pairs that both move the same way), pairs, clips, remark. Scales that the model does not
        estimate have no rows.
    """
    rows = []
    for scale in SCALES:
        known = table.dropna(subset=[f"model_{scale}"])
        parts = [(ALL, known), *known.groupby("family", sort=False)] if len(known) else []
        rows += [{"family": family, "target": scale, **_correlation(part, scale)} for family, part in parts]
    return pd.DataFrame(rows)


def _correlation(part: pd.DataFrame, scale: str) -> dict[str, Any]:
    listeners, model = part[scale], part[f"model_{scale}"]
    found = agreement(model, listeners, part["group"])
    enough = found.n >= FEWEST_PAIRS
    return {
        "r": float(found.pearson.estimate) if enough else np.nan,
        "low": float(found.pearson.low),
        "high": float(found.pearson.high),
        "rho": float(found.spearman.estimate) if enough else np.nan,
        "same_sign": float((np.sign(listeners) == np.sign(model)).mean()),
        "pairs": found.n,
        "clips": found.units,
        "remark": _no_correlation(found.pearson, listeners, model),
    }


def _no_correlation(found: Interval, listeners: pd.Series[float], model: pd.Series[float]) -> str:
    """Why there is no correlation, or no interval, or nothing."""
    if len(listeners) < FEWEST_PAIRS:
        return f"fewer than {FEWEST_PAIRS} pairs"
    for side, values in (("listeners", listeners), ("model", model)):
        if np.ptp(values.to_numpy()) == 0:
            return f"the shifts of the {side} are all the same"
    if found.units < FEWEST_UNITS:
        return f"{found.units} clips are too few for an interval"
    return "no interval, since without one of the clips nothing varies" if np.isnan(found.low) else ""


def _cells(moved: pd.DataFrame) -> Iterator[tuple[str, float, str, pd.DataFrame]]:
    """Family, level, setting in words, and rows: all levels of a family first where it has several; controls last."""
    studied = moved[moved["purpose"] == "pair"]
    for family, rows in studied.groupby("family"):
        levels = sorted(rows["level"].dropna().unique())
        if len(levels) != 1:
            yield str(family), np.nan, f"{family}, all levels" if levels else str(family), rows
        for level in levels:
            yield str(family), float(level), f"{family}, level {level:g}", rows[rows["level"] == level]
    for control in CONTROLS:
        rows = moved[moved["purpose"] == control]
        if len(rows):
            yield control, np.nan, control, rows


def _by_group(rows: pd.DataFrame, value: str) -> npt.NDArray[np.float64]:
    """Mean of a value (rater, group): clips of one group, such as a song, count once."""
    wide = rows.pivot_table(index="rater", columns="group", values=value, aggfunc="mean")
    return wide.to_numpy(dtype=np.float64)

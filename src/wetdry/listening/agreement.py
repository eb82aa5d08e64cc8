"""How far listeners agree: with each other on sounds and on shifts, and with themselves on a sound heard twice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from wetdry.analysis.raters import icc, krippendorff_alpha
from wetdry.analysis.statistics import Interval
from wetdry.errors import DataError
from wetdry.listening.form import CHOICES
from wetdry.listening.results import SCALES

COLUMNS = ("of", "target", "measure", "estimate", "low", "high", "items", "raters", "remark")
SINGLE, AVERAGE, ALPHA = "ICC(2,1)", "ICC(2,k)", "Krippendorff’s α"
SOUNDS, SHIFTS, TWICE = "sounds", "shifts", "the same sound twice"

Floats = npt.NDArray[np.float64]


def agreement(
    table: pd.DataFrame, moved: pd.DataFrame, both: pd.DataFrame, *, resamples: int, seed: int
) -> pd.DataFrame:
    """Intraclass correlations and Krippendorff's alphas, with 95 % intervals over clips (of repeats: over listeners).

    Parameters
    ----------
    table, moved, both
        As `ratings`, `shifts` and `twice` make them, of the listeners that count. Of sounds those of pairs are used.

    Returns
    -------
    DataFrame
        of ("sounds", "shifts", "the same sound twice"), target (valence, arousal, quadrant), measure, estimate, low,
        high, items, raters (of repeats: ratings of a listener), remark (why there is no figure).
    """
    first = table[table["purpose"] == "pair"]
    studied = moved[moved["purpose"] == "pair"]
    words = first.assign(quadrant=first["quadrant"].map(CHOICES.index))
    rows: list[dict[str, Any]] = []
    for of, values in ((SOUNDS, first), (SHIFTS, studied)):
        for scale in SCALES:
            rows += _on_a_scale(of, scale, *_matrix(values, scale), resamples, seed)
    rows += _of_words(SOUNDS, *_matrix(words, "quadrant"), resamples, seed)
    for scale in SCALES:
        pairs = both[[f"{scale}_first", f"{scale}_again"]].to_numpy(dtype=np.float64)
        rows += _on_a_scale(TWICE, scale, pairs, both["rater"].to_numpy(dtype=str), resamples, seed)[:1]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _matrix(rows: pd.DataFrame, value: str) -> tuple[Floats, npt.NDArray[np.str_]]:
    """Values (item, rater) of sounds, and the group (item,) that each is of."""
    wide = rows.pivot_table(index=["group", "sound"], columns="rater", values=value, sort=False)
    return wide.to_numpy(dtype=np.float64), wide.index.get_level_values("group").to_numpy(dtype=str)


def _on_a_scale(
    of: str, scale: str, values: Floats, clusters: npt.NDArray[np.str_], resamples: int, seed: int
) -> list[dict[str, Any]]:
    def figures() -> Iterator[tuple[str, Interval]]:
        found = icc(values, clusters, resamples=resamples, seed=seed)
        yield SINGLE, found.single
        yield AVERAGE, found.average
        yield ALPHA, krippendorff_alpha(values, clusters, resamples=resamples, seed=seed)

    return _rows(of, scale, values, figures(), (SINGLE, AVERAGE, ALPHA))


def _of_words(
    of: str, values: Floats, clusters: npt.NDArray[np.str_], resamples: int, seed: int
) -> list[dict[str, Any]]:
    def figures() -> Iterator[tuple[str, Interval]]:
        yield ALPHA, krippendorff_alpha(values, clusters, measurement="nominal", resamples=resamples, seed=seed)

    return _rows(of, "quadrant", values, figures(), (ALPHA,))


def _rows(
    of: str, target: str, values: Floats, figures: Iterator[tuple[str, Interval]], measures: tuple[str, ...]
) -> list[dict[str, Any]]:
    """A row a measure; where there is nothing to be agreed on, such as one listener, it says so in place of figures."""
    shape = dict(zip(("items", "raters"), values.shape, strict=True))
    nothing = {"estimate": np.nan, "low": np.nan, "high": np.nan}
    try:
        known = dict(figures)
    except DataError as error:
        return [
            {"of": of, "target": target, "measure": name, **nothing, **shape, "remark": str(error)} for name in measures
        ]
    return [
        {
            "of": of,
            "target": target,
            "measure": name,
            "estimate": float(found.estimate),
            "low": float(found.low),
            "high": float(found.high),
            **shape,
            "remark": _remark(found),
        }
        for name, found in known.items()
    ]


def _remark(found: Interval) -> str:
    if np.isnan(found.estimate):
        return "all ratings are the same"
    return "too few or too equal for an interval" if np.isnan(found.low) else ""

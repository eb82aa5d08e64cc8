"""Shapes of the paths that embeddings take as an effect grows, as means over groups beside those of noise."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from wetdry.analysis import direction_agreement, mean_interval, trajectories

Floats = npt.NDArray[np.float64]

MEASURES = {
    "length": "length of the path, in dry spreads",
    "straightness": "distance of its ends / length",
    "forward": "share of steps towards the far end",
    "monotonicity": "order along the mean direction of other clips, ρ",
    "turning": "angle between successive steps, radians",
    "departure": "share of variance of three neighbouring points off a line",
    "discontinuity": "largest step / median step",
    "agreement": "cosine between the directions of two clips",
}
"""What is measured of paths, in words."""


def path_shapes(
    wet: npt.ArrayLike, dry: npt.ArrayLike, groups: npt.ArrayLike, noise: npt.ArrayLike, *, seed: int, resamples: int
) -> pd.DataFrame:
    """One row a measure: measure, estimate, low, high, and noise, the same measure of `noise`.

    Parameters
    ----------
    wet, noise
        Shape (clip, strength, dim), strengths in order, three or more; arrays, or made in blocks.
    dry
        Shape (clip, dim); sets the unit of length.
    groups
        Of each clip (clip,): what means and intervals are over.
    seed, resamples
        Of the bootstrap.
    """
    found, by_chance = (
        _measured(paths, dry, np.asarray(groups), seed=seed, resamples=resamples) for paths in (wet, noise)
    )
    rows = [
        {"measure": measure, **values, "noise": by_chance[measure]["estimate"]} for measure, values in found.items()
    ]
    return pd.DataFrame(rows)


def shapes_by_measure(paths: pd.DataFrame) -> pd.DataFrame:
    """A row for each encoder and effect and for its noise, a column for each measure, in order of the effects."""
    both = {"embeddings": "estimate", "noise": "noise"}
    tables = [paths.pivot(index=["encoder", "effect"], columns="measure", values=value) for value in both.values()]
    frame = pd.concat(tables, keys=both, names=["of"]).reset_index()
    order = {pair: place for place, pair in enumerate(zip(paths["encoder"], paths["effect"], strict=True))}
    places = [order[pair] for pair in zip(frame["encoder"], frame["effect"], strict=True)]
    return frame.iloc[np.argsort(places, kind="stable")].reset_index(drop=True)


def measures_in_words() -> str:
    """What each measure is, for a caption."""
    return "; ".join(f"{name}: {what}" for name, what in MEASURES.items()) + "."


def _measured(
    paths: npt.ArrayLike, dry: npt.ArrayLike, groups: npt.NDArray[np.str_], *, seed: int, resamples: int
) -> dict[str, dict[str, float]]:
    found = trajectories(paths, dry, groups)
    by_clip = {
        "length": found.length,
        "straightness": found.straightness,
        "forward": found.forward,
        "monotonicity": found.shared_monotonicity,
        "turning": _known_mean(found.turning),
        "departure": _known_mean(found.departure),
        "discontinuity": np.where(np.isfinite(found.discontinuity), found.discontinuity, np.nan),
    }
    rows = {}
    for measure, values in by_clip.items():
        if np.isnan(values).all():
            rows[measure] = {"estimate": np.nan, "low": np.nan, "high": np.nan}
            continue
        interval = mean_interval(values, groups, resamples=resamples, seed=seed)
        rows[measure] = {
            "estimate": float(interval.estimate),
            "low": float(interval.low),
            "high": float(interval.high),
        }
    agreement = direction_agreement(found.chord, groups)
    rows["agreement"] = {
        "estimate": float(agreement.estimate),
        "low": float(agreement.low),
        "high": float(agreement.high),
    }
    return rows


def _known_mean(values: Floats) -> Floats:
    """Mean over the last axis of what is known; NaN where nothing is."""
    known = np.isfinite(values)
    total = np.where(known, values, 0.0).sum(axis=-1)
    mean: Floats = np.where(known.any(axis=-1), total / np.maximum(known.sum(axis=-1), 1), np.nan)
    return mean

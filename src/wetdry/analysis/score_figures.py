"""Scores of estimates from sums over clips: what each clip adds to the sums, and what the sums make of the scores."""

from __future__ import annotations

import numpy as np

from wetdry.analysis.agreement import FISHER, LOG, LOG_UNEXPLAINED, Scale
from wetdry.analysis.resampled import ARCSINE, SIGNED_ARCSINE
from wetdry.analysis.statistics.units import ROUNDING, Counts, Flags, Float64

CONFIDENCE_BINS = 15
"""Bins of equal width of the expected calibration error, as in Guo et al. (2017)."""

SCALES: dict[str, Scale | None] = {
    "r2": LOG_UNEXPLAINED,
    "mae": LOG,
    "rmse": LOG,
    "ccc": FISHER,
    "accuracy": ARCSINE,
    "recall": ARCSINE,
    "macro_f1": ARCSINE,
    "kappa": SIGNED_ARCSINE,
    "log_loss": LOG,
    "ece": None,
}
"""Where the scores are about normal; None where no limits cover."""


def moments(y: Float64, x: Float64, present: Flags) -> Float64:
    """Summands (n, column, target, 7): 1, y, x, y², x − y squared, |x − y| and x² of clips that are present."""
    shape = x.shape
    y = np.broadcast_to(y[:, np.newaxis], shape)
    error = x - y
    summands = np.stack([np.ones(shape), y, x, y**2, error**2, np.abs(error), x**2], axis=-1)
    return np.where(present[:, :, np.newaxis, np.newaxis], summands, 0.0)


def regression_figures(sums: Float64, unit: Float64) -> dict[str, Float64]:
    """Scores (resample, column, target) of sums (resample, column, target, 7)."""
    n, y, x, yy, square, absolute, xx = np.moveaxis(sums, -1, 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        varied_y, varied_x = yy - y**2 / n, xx - x**2 / n
        # Sums that cancel to rounding: labels (or, harmlessly, estimates) that are all the same.
        varied_y = np.where(varied_y > ROUNDING * np.maximum(yy, n), varied_y, np.nan)
        # 2 · covariance, from the squared differences: no digits are lost where estimates are near the labels.
        shared = varied_x + varied_y - (square - (x - y) ** 2 / n)
        return {
            "r2": 1.0 - square / varied_y,
            "mae": absolute / n * unit,
            "rmse": np.sqrt(square / n) * unit,
            "ccc": shared / (varied_x + varied_y + (x - y) ** 2 / n),
        }


def tallies(labels: Counts, probabilities: Float64, present: Flags) -> Float64:
    """Summands (n, column, class² + 1 + bin) of clips: place in the confusion matrix, log loss, and confidence − hit in
    the bin of the confidence.
    """
    clips, columns, classes = probabilities.shape
    chosen, confidence = probabilities.argmax(axis=2), probabilities.max(axis=2)
    tallies = np.zeros((clips, columns, classes**2 + 1 + CONFIDENCE_BINS))
    row, column = np.ogrid[:clips, :columns]
    tallies[row, column, labels[:, np.newaxis] * classes + chosen] = 1.0
    of_truth = np.take_along_axis(probabilities, labels[:, np.newaxis, np.newaxis], axis=2)[:, :, 0]
    tallies[:, :, classes**2] = -np.log(np.maximum(of_truth, np.finfo(np.float64).eps))
    place = np.clip(np.ceil(confidence * CONFIDENCE_BINS).astype(np.int64) - 1, 0, CONFIDENCE_BINS - 1)
    tallies[row, column, classes**2 + 1 + place] = confidence - (chosen == labels[:, np.newaxis])
    return np.where(present[:, :, np.newaxis], tallies, 0.0)


def class_figures(sums: Float64, classes: int) -> dict[str, Float64]:
    """Scores (resample, column) of sums (resample, column, class² + 1 + bin)."""
    confusion = sums[..., : classes**2].reshape(*sums.shape[:-1], classes, classes)
    n = confusion.sum(axis=(-2, -1))
    true, chosen = confusion.sum(axis=-1), confusion.sum(axis=-2)
    hits = np.diagonal(confusion, axis1=-2, axis2=-1)
    occurring = (true + chosen) > 0
    with np.errstate(invalid="ignore", divide="ignore"):
        accuracy = hits.sum(axis=-1) / n
        told = np.where(true > 0, hits / true, 0.0)
        by_chance = (true * chosen).sum(axis=-1) / n**2
        f1 = np.where(occurring, 2.0 * hits / (true + chosen), 0.0)
        return {
            "accuracy": accuracy,
            "recall": told.sum(axis=-1) / (true > 0).sum(axis=-1),
            "macro_f1": f1.sum(axis=-1) / occurring.sum(axis=-1),
            "kappa": np.where(by_chance < 1.0, (accuracy - by_chance) / (1.0 - by_chance), np.nan),
            "log_loss": sums[..., classes**2] / n,
            "ece": np.abs(sums[..., classes**2 + 1 :]).sum(axis=-1) / n,
        }

"""How good outputs are on clips held out, and how sure of itself a classifier should be."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

from wetdry.analysis.statistics.units import Float64
from wetdry.probes.task import Task

COLDEST, HOTTEST = 0.05, 100.0
"""Temperatures: below, a handful of clips that are all told right would ask for certainty; above, all is even."""

DIGITS = 1e-8


def score(task: Task, answers: Float64, outputs: Float64) -> float:
    """Mean R² over targets, or minus the mean log loss, of outputs (n, output): values or logits."""
    if task.classes:
        return -log_loss(answers, outputs)
    missed = np.square(answers - outputs).sum(axis=0)
    total = np.square(answers - answers.mean(axis=0)).sum(axis=0)
    return float(np.mean(1.0 - missed / total))


def log_loss(answers: Float64, logits: Float64) -> float:
    """Mean of −log of the probability that logits (n, class) give to the one-hot answers (n, class)."""
    return -float((log_softmax(logits, axis=1) * answers).sum() / len(answers))


def temperature(answers: Float64, logits: Float64) -> float:
    """What logits (n, class) of clips held out are divided by, so that probabilities are as often right as they say.

    References
    ----------
    Guo, Pleiss, Sun and Weinberger (2017), On calibration of modern neural networks.
    """
    found = minimize_scalar(
        lambda log_temperature: log_loss(answers, logits / np.exp(log_temperature)),
        bounds=(np.log(COLDEST), np.log(HOTTEST)),
        method="bounded",
        options={"xatol": DIGITS},
    )
    return float(np.exp(found.x))

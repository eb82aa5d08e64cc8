"""Clips swept through the strengths of an effect, as vectors."""

import numpy as np
import pytest
from scipy.stats import rankdata
from sklearn.base import clone

STRENGTHS = np.array([1.0, 2.0, 4.0, 8.0, 16.0])


def wet_and_dry(rng, clips=40, dim=12, noise=0.3):
    """Clips that move along a direction of their own, near a common one, by the rank of the strength."""
    dry = rng.standard_normal((clips, dim)) * np.linspace(0.5, 2.0, dim) + 3.0
    heading = rng.standard_normal(dim) + 0.5 * rng.standard_normal((clips, 1, dim))
    wet = dry[:, np.newaxis] + heading * np.arange(1, len(STRENGTHS) + 1)[:, np.newaxis] / len(STRENGTHS)
    return wet + noise * rng.standard_normal(wet.shape), dry


def fitted(method, rows):
    return clone(method).fit(rows.vectors, strengths=rows.strengths, clips=rows.clips)


def projector(learnt):
    return learnt.basis_.T @ learnt.readout_


def ranks_of(rows):
    return rankdata(rows.strengths[~rows.dry])


def named(methods):
    return pytest.mark.parametrize("method", methods, ids=str)

"""Vectors of which the labels are known by construction."""

import numpy as np

CLASSES = np.array(["anger", "calmness", "excitement"])


def planted(rng, rows=120, dim=12, groups=40, noise=0.5):
    """Vectors (rows, dim) of unequal units, their values (rows, 2) and class (rows,), and the group of each."""
    latent = rng.standard_normal((rows, dim))
    values = latent[:, :2] + noise * rng.standard_normal((rows, 2))
    drive = np.column_stack([values, -values.sum(axis=1)])
    vectors = latent * np.geomspace(0.01, 100.0, dim) + 5.0
    return vectors, values, CLASSES[drive.argmax(axis=1)], np.arange(rows) % groups

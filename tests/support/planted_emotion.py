"""Vectors in which the truth is known: which effects move which emotion, by how much, and which only seem to."""

import numpy as np
import pandas as pd

from wetdry.probes import Task
from wetdry.studies.emotion.material import Material

LEVELS = tuple(float(level) for level in range(11))
CONTROLS = ("raw", "matched", "gain")
PER_LEVEL = 0.05
"""By which `real` and `loud` raise valence, a level."""

REGRESSION = Task(("valence", "arousal"), classes=False)
QUADRANTS = Task(("Q1", "Q2", "Q3", "Q4"), classes=True)


def material(*, task=REGRESSION, train=300, clips=60, dim=24, noise=0.05, seed=0) -> Material:
    """Clips whose valence and arousal lie along two directions of their vectors, and four effects.

    `real` moves along valence, as much at equal loudness; `loud` moves along valence because it is a gain;
    `sideways` moves far, but along a direction in which no clip differs from another in its labels; `nothing` moves no
    clip but for noise.
    """
    rng = np.random.default_rng(seed)
    basis = np.linalg.qr(rng.standard_normal((dim, dim)))[0]

    def clips_of(count):
        vectors = rng.standard_normal((count, dim))
        ratings = vectors @ basis[:, :2] + noise * rng.standard_normal((count, 2))
        return vectors, ratings

    train_vectors, train_ratings = clips_of(train)
    dry, ratings = clips_of(clips)
    names = ("real", "loud", "sideways", "nothing")
    variants = pd.DataFrame(
        [
            (name, level, control, f"{name}({level:g})/{control}")
            for name in names
            for level in LEVELS
            for control in CONTROLS
        ],
        columns=["family", "level", "control", "effect"],
    )
    along = {"real": basis[:, 0], "loud": basis[:, 0], "sideways": 4.0 * basis[:, 2], "nothing": np.zeros(dim)}
    wet = np.stack(
        [
            dry
            + _moves(row["family"], row["control"]) * row["level"] * PER_LEVEL * along[row["family"]]
            + (noise if row["level"] else 0.0) * rng.standard_normal(dry.shape)
            for row in variants.to_dict("records")
        ],
        axis=1,
    )
    table = pd.DataFrame(
        {
            "item": [f"clip{number}" for number in range(clips)],
            "path": [f"clip{number}.wav" for number in range(clips)],
            "clip": [f"hash{number}" for number in range(clips)],
            "group": [f"song{number // 2}" for number in range(clips)],
        }
    )
    labelled = _quadrant if task.classes else (lambda values: values)
    return Material(
        encoder="planted",
        layer="pooled",
        task=task,
        unit="rating",
        train=train_vectors.astype(np.float32),
        train_labels=labelled(train_ratings),
        train_groups=np.array([f"other{number // 2}" for number in range(train)]),
        clips=table,
        labels=labelled(ratings),
        dry=dry.astype(np.float32),
        wet=wet.astype(np.float32),
        parts=np.empty((clips, 0, dim), dtype=np.float32),
        gain_db=np.where(variants["control"] == "raw", np.nan, 0.0) + np.zeros((clips, 1)),
        variants=variants,
    )


def _moves(name, control):
    """Whether an effect moves under a control: what is loudness does so raw and as a gain, all else raw and matched."""
    return control in (("raw", "gain") if name == "loud" else ("raw", "matched"))


def _quadrant(ratings):
    names = np.array([["Q3", "Q2"], ["Q4", "Q1"]])
    return names[(ratings[:, 0] > 0).astype(int), (ratings[:, 1] > 0).astype(int)]

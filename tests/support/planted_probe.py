"""Labelled clips of an encoder that is not there, whose labels follow from their vectors in a known way."""

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd

from wetdry.datasets import Dataset, Item
from wetdry.studies.cards import View
from wetdry.studies.probe.clips import LabelledClips
from wetdry.studies.probe.train import Lesson, trained_on
from wetdry.studies.targets import targets_of

DIM = 6
AXES = np.array([[2.0, 0.0, 1.0, 0.0, 0.0, 0.0], [0.0, 3.0, 0.0, -1.0, 0.0, 0.0]])
"""Valence and arousal of a vector are its products with these, and noise."""

NAMES = ("valence", "arousal")


def view(**changed):
    plain = {"layer": "last", "dim": DIM, "window_seconds": 10.0, "window_hop": None, "pool": "mean"}
    return View(**({"encoder": "ear@3", "start": None, "seconds": 30.0} | plain | changed))


def vectors_of(count, seed):
    return np.random.default_rng(seed).standard_normal((count, DIM)).astype(np.float32)


def ratings_of(vectors, seed=0, noise=0.5):
    return vectors @ AXES.T + noise * np.random.default_rng(seed + 1).standard_normal((len(vectors), 2))


def quadrants_of(ratings):
    valence, arousal = ratings.T > 0
    return np.select([valence & arousal, ~valence & arousal, ~valence & ~arousal], ["Q1", "Q2", "Q3"], "Q4")


def clips_of(vectors, labels, *, groups=None, splits=None, prefix="clip"):
    """Clips with these vectors (n, dim) and labels (n,) or (n, target); their content is told apart by their name."""
    count = len(vectors)
    names = [f"{prefix}{index:03}" for index in range(count)]
    items = tuple(
        Item(
            name,
            Path(f"{name}.wav"),
            labels={"quadrant": label} if np.ndim(label) == 0 else dict(zip(NAMES, map(float, label), strict=True)),
            group="" if groups is None else str(groups[index]),
            split="" if splits is None else str(splits[index]),
        )
        for index, (name, label) in enumerate(zip(names, labels, strict=True))
    )
    hashes = tuple(hashlib.blake2b(name.encode(), digest_size=16).hexdigest() for name in names)
    return LabelledClips(items, hashes, np.asarray(vectors, dtype=np.float32), np.asarray(labels), pd.DataFrame())


def lesson_of(clips, **settings):
    data = Dataset("planted", clips.items, licence="CC0")
    return Lesson(data, targets_of(data), view(), **settings)


def trained_numbers(count=60, seed=0):
    """A probe of valence and arousal."""
    vectors = vectors_of(count, seed)
    clips = clips_of(vectors, ratings_of(vectors, seed))
    return trained_on(clips, lesson_of(clips))


def trained_quadrants(count=80, seed=0):
    """A probe of the four quadrants."""
    vectors = vectors_of(count, seed)
    clips = clips_of(vectors, quadrants_of(ratings_of(vectors, seed)))
    return trained_on(clips, lesson_of(clips))

"""Probes, directions, adaptations, and trainings that were broken off: safetensors with a card of JSON."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import adaptable
import numpy as np
import pandas as pd
import planted_direction
import planted_probe
from mutated_files import rewritten_tensors
from planted_chunks import planted_chunks

from fuzzing.reader import Reader
from wetdry.adapt import Adapted, AdaptSettings, Bottleneck, adapt
from wetdry.adapt import loop as adapt_loop
from wetdry.adapt.features import Computed
from wetdry.adapt.material import Material as AdaptMaterial
from wetdry.audio import Clip
from wetdry.encoders import Encoder
from wetdry.errors import DataError
from wetdry.probes import fit_probe
from wetdry.probes.networks import NetworkSettings
from wetdry.probes.networks import loop as network_loop
from wetdry.probes.networks.material import Material
from wetdry.studies.direction import Direction
from wetdry.studies.direction.fit import direction_of
from wetdry.studies.probe import TrainedProbe, read_probe
from wetdry.studies.probe.train import trained_on

FILE = "fit.safetensors"
FAMILIES = {
    "linear": {"penalty": 0.1},
    "kernel": {"penalty": 0.1, "bandwidth": 2.0},
    "mlp": {"epochs": 2, "hidden": (4, 3)},
    "xgboost": {"n_estimators": 2},
    "forest": {"n_estimators": 2},
    "pca+svr": {"k": 3},
    "pearson+lasso": {"penalty": 0.05},
}
CLASSES = ("linear", "kernel", "mlp", "xgboost")
VECTORS = planted_probe.vectors_of(3, 9)


def probes(folder: Path) -> list[bytes]:
    """One of every kind of family, of numbers and of classes."""
    vectors = planted_probe.vectors_of(40, 0)
    ratings = planted_probe.ratings_of(vectors)
    contents = []
    for labels, families in ((ratings, FAMILIES), (planted_probe.quadrants_of(ratings), CLASSES)):
        clips = planted_probe.clips_of(vectors, labels)
        plain = trained_on(clips, planted_probe.lesson_of(clips))
        for family in families:
            names = plain.probe.task.names
            fitted = fit_probe(vectors, labels, clips.groups, family=family, names=names, settings=FAMILIES[family])
            described = plain.card.probe.model_validate(fitted.description())
            trained = replace(plain, probe=fitted, card=plain.card.model_copy(update={"probe": described}))
            trained.save(folder / FILE)
            contents.append((folder / FILE).read_bytes())
    return contents


def estimates_are_sound(trained: TrainedProbe) -> bool:
    """Finite for any vectors; and those of classes are probabilities."""
    estimates = trained.estimate(VECTORS)
    novelty = trained.probe.novelty(VECTORS)
    if trained.card.classes and not np.allclose(estimates[:, : len(trained.card.names)].sum(axis=1), 1.0):
        return False
    return bool(np.isfinite(estimates).all() and np.isfinite(novelty).all())


def direction(folder: Path) -> list[bytes]:
    contents = []
    for effect in ("gain", "lowpass"):
        fitted = direction_of(planted_direction.planted(effect=effect), planted_direction.VIEW, "planted")
        fitted.save(folder / FILE)
        contents.append((folder / FILE).read_bytes())
    return contents


def readings_are_sound(found: Direction) -> bool:
    reading = found.read(np.ones((3, planted_direction.DIM)))
    return bool(np.isfinite(reading.strength).all() and (reading.low <= reading.high).all())


ADAPTING = AdaptSettings(epochs=1, batch=6, device="cpu")


@cache
def base() -> Encoder:
    from tempfile import mkdtemp

    made = adaptable.make("hubert", Path(mkdtemp(prefix="fuzzed-")))
    made.ready()
    return made


def adaptation(folder: Path) -> list[bytes]:
    clips, labels, groups, _ = adaptable.tones(speakers=3, seconds=0.1)
    method, held_out = Bottleneck(width=2), ["speaker 0"]
    adapted = adapt(base(), clips, labels, groups, method=method, settings=ADAPTING, validation=held_out)
    adapted.save(folder / FILE)
    return [(folder / FILE).read_bytes()]


def is_adapted(found: Adapted) -> bool:
    """It gives shares that are numbers, or says that it cannot."""
    try:
        shares = found.estimate(Clip(np.full(1600, 0.1, dtype=np.float32), 16_000))
    except DataError:
        return True
    return isinstance(found.curve, pd.DataFrame) and bool(np.isfinite(shares).all())


@cache
def adapting() -> adapt_loop.Training:
    """A training that has not begun."""
    clips, labels, groups, _ = adaptable.tones(speakers=3, seconds=0.1)
    material = AdaptMaterial.of(labels, groups, validation=["speaker 0"], names=None, seed=0, before=None)
    network = adapt_loop.network_of(
        base(), Bottleneck(width=2), len(material.task.names), adapt_loop.device_of(ADAPTING), 0
    )
    return adapt_loop.Training(network, material, Computed(network, base(), clips, None), ADAPTING, 1e-3, "this one")


@cache
def training() -> network_loop.Training:
    songs = {"training": np.arange(2), "validation": np.arange(2, 4)}
    made = planted_chunks(np.random.default_rng(440), songs=4, each=1)
    settings = NetworkSettings(epochs=1, batch=4, device="cpu")
    return network_loop.Training("se-gru", Material.of(*made, songs, ("valence", "arousal")), settings, 0)


def broken_off(one: Callable[[], Any]) -> Callable[[Path], list[bytes]]:
    """Its checkpoint after an epoch."""

    def make(folder: Path) -> list[bytes]:
        one().run(folder / FILE, None)
        return [(folder / FILE).read_bytes()]

    return make


def resumed(one: Callable[[], Any]) -> Callable[[Path], Any]:
    def resume(folder: Path) -> Any:
        one().resume(folder / FILE)
        return one()

    return resume


def goes_on(found: Any) -> bool:
    """It knows of an epoch, and the weights that it would end with are numbers."""
    return len(found.curve) >= 1 and all(np.isfinite(values).all() for values in found.best.values())


PRELOADED = ("peft", "sklearn.svm", "sklearn.ensemble", "xgboost", "transformers.models.hubert.modeling_hubert")

READERS = [
    Reader(
        "probe",
        probes,
        FILE,
        lambda folder: read_probe(folder / FILE),
        rewritten_tensors,
        estimates_are_sound,
        DataError,
    ),
    Reader(
        "direction",
        direction,
        FILE,
        lambda folder: Direction.load(folder / FILE),
        rewritten_tensors,
        readings_are_sound,
        DataError,
    ),
    Reader(
        "adaptation",
        adaptation,
        FILE,
        lambda folder: Adapted.load(folder / FILE, base(), device="cpu"),
        rewritten_tensors,
        is_adapted,
        DataError,
    ),
    Reader("training broken off", broken_off(training), FILE, resumed(training), rewritten_tensors, goes_on, DataError),
    Reader("adapting broken off", broken_off(adapting), FILE, resumed(adapting), rewritten_tensors, goes_on, DataError),
]

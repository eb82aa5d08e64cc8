"""A model of the leaderboard learnt anew from all clips of a study, as a probe."""

from __future__ import annotations

import numpy as np
import pandas as pd

from wetdry.errors import DataError
from wetdry.extract.threads import single_threaded_kernels
from wetdry.probes import Probe
from wetdry.probes.networks import NetworkSettings, network_probe, train_network
from wetdry.studies.recognition.config import RecognitionConfig
from wetdry.studies.recognition.heads import fitted
from wetdry.studies.recognition.lessons import lesson_of, source_of, vectors_of
from wetdry.studies.recognition.measure import Measured
from wetdry.studies.recognition.models import Model
from wetdry.studies.recognition.protocol import Floats, everything


def refitted(config: RecognitionConfig, measured: Measured, model: Model, ratings: Floats) -> Probe:
    """A probe of all clips with ratings (n, target); a network still stops by a part of them.

    Sums that several threads share out differ in their last bits, and the same clips are to give the same probe, so one
    thread does it.
    """
    with single_threaded_kernels():
        if model.kind == "network":
            return _network(config, measured, model, ratings)
        fold = everything(measured.answers, measured.groups, config.seed)
        vectors = vectors_of(measured, source_of(model))
        lesson = lesson_of(config, measured, model, vectors, fold, config.seed)
        return fitted(lesson, vectors, ratings, measured.names, fold.learnt, model.family)


def _network(config: RecognitionConfig, measured: Measured, model: Model, ratings: Floats) -> Probe:
    chunks = measured.chunks
    if chunks is None:
        raise DataError(f"{model.name} learns from spectrograms, and this study has none: add phase 2.")
    place = pd.Index(chunks.items).get_indexer(pd.Index(measured.clips["item"]))
    answers = np.full((len(chunks.items), len(measured.names)), np.nan)
    answers[place] = ratings
    groups = np.array(chunks.items, dtype=object)
    groups[place] = measured.groups
    fold = everything(measured.answers, measured.groups, config.seed)
    trained = train_network(
        model.head,
        chunks.values,
        chunks.row,
        answers,
        place[fold.train],
        place[fold.validation],
        names=measured.names,
        settings=NetworkSettings(
            epochs=config.epochs,
            patience=config.patience,
            device=config.device,
            # What is not the precision of a network is that of encoders alone.
            dtype=config.dtype if config.dtype == "bf16" else "fp32",
        ),
        seed=config.seed,
    )
    validation = place[fold.validation]
    return network_probe(trained, chunks.values, chunks.row, answers, groups.astype(str), validation=validation)

"""From what was measured to what a model is to learn: its vectors, and everything that goes with them."""

from __future__ import annotations

import numpy as np

from wetdry.studies.recognition.config import RecognitionConfig
from wetdry.studies.recognition.heads import Lesson
from wetdry.studies.recognition.measure import Measured
from wetdry.studies.recognition.models import ALL_FEATURES, HANDCRAFTED, Model
from wetdry.studies.recognition.protocol import Floats, Fold

Source = tuple[str, str, str]
"""Kind of model, encoder and layer: what vectors depend on."""


def source_of(model: Model) -> Source:
    """Where the vectors of a model come from; models in a row often share it."""
    kind = model.kind if model.kind in ("mean", "layer sum", "fusion") else "probe"
    return kind, model.encoder, model.layer


def vectors_of(measured: Measured, source: Source) -> Floats:
    """Of all clips (n, dim); of a sum of layers (n, layer, dim); of a fusion the features, then the encoder's."""
    kind, encoder, layer = source
    if kind == "mean":
        return np.empty((len(measured.clips), 0))
    if kind == "layer sum":
        return measured.stack(encoder).astype(np.float64)
    own = measured.vectors(encoder, layer)
    if kind == "fusion":
        own = np.concatenate([measured.vectors(HANDCRAFTED, ALL_FEATURES), own], axis=1)
    return own.astype(np.float64)


def lesson_of(
    config: RecognitionConfig, measured: Measured, model: Model, vectors: Floats, fold: Fold, seed: int
) -> Lesson:
    """What a model is to learn in a fold, `vectors` being those of `vectors_of`."""
    return Lesson(
        model=model,
        vectors=vectors,
        answers=measured.answers,
        groups=measured.groups,
        items=measured.clips["item"].to_numpy(str),
        names=measured.names,
        fold=fold,
        seed=seed,
        labels=labels_of(measured, model),
        blocks=_blocks(measured, model),
        folds=config.inner_folds,
        search=config.search,
        k=config.k,
    )


def labels_of(measured: Measured, model: Model) -> tuple[str, ...]:
    """Names of the features, or of the layers of a sum."""
    if model.kind == "layer sum":
        return tuple(measured.stacks[model.encoder])
    return measured.view(HANDCRAFTED).encoder.spec.layer(ALL_FEATURES).labels if model.selection else ()


def _blocks(measured: Measured, model: Model) -> tuple[int, ...]:
    """Dimensions of what a fusion lays side by side."""
    if model.kind != "fusion":
        return ()
    places = ((HANDCRAFTED, ALL_FEATURES), (model.encoder, model.layer))
    return tuple(measured.view(encoder).encoder.spec.layer(layer).dim for encoder, layer in places)

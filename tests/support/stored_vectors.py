"""Vectors in a store without audio or an encoder: a layer of a made-up one, some rows of it in several shards."""

from pathlib import Path

import numpy as np

from wetdry.audio import Windows
from wetdry.effects import Effect
from wetdry.encoders.base import EncoderSpec, Layer
from wetdry.store import Embedded, Store, VariantKey
from wetdry.studies.stored_layer import StoredLayer

RECIPE = "1s"


def stored_layer(root: Path, dim: int) -> StoredLayer:
    """Where the vectors of `put` are."""
    return StoredLayer(Store(root), spec(dim).key, "toy", "top", RECIPE, dim)


def spec(dim: int) -> EncoderSpec:
    return EncoderSpec("toy", "3", 8000, Windows(1.0), (Layer("top", dim),), "top", "GPL-3.0-or-later", "for tests")


def put(layer: StoredLayer, vectors: dict[tuple[str, Effect], np.ndarray]) -> None:
    """Publish vectors (window, dim) of clips, by their hash and effect, as one shard."""
    layer.store.append(
        spec(layer.dim),
        "top",
        [
            Embedded(
                clip,
                VariantKey(effect.key, effect.revision, RECIPE),
                "family",
                1.0,
                None,
                np.arange(len(windows), dtype=np.float32),
                np.asarray(windows, dtype=np.float32),
            )
            for (clip, effect), windows in vectors.items()
        ],
    )

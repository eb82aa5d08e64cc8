"""Two-dimensional maps of the clips as each encoder sees them, to be coloured by ratings: pictures, not evidence.

References
----------
van der Maaten and Hinton (2008), Visualizing data using t-SNE;
McInnes, Healy and Melville (2018), UMAP: Uniform manifold approximation and projection for dimension reduction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np
import numpy.typing as npt
import pandas as pd

from wetdry.analysis.maps import trajectory_map
from wetdry.analysis.statistics.units import Float64
from wetdry.errors import DataError
from wetdry.probes.scaling import Scaling
from wetdry.studies.checkpoints import Checkpoints, Tables
from wetdry.studies.jobs import Job
from wetdry.studies.recognition.config import RecognitionConfig
from wetdry.studies.recognition.measure import Measured
from wetdry.studies.resumable import resumable

NEIGHBOURS = 15
"""Of a clip on a UMAP map, as its authors have it; a third of the clips where these are few."""

PERPLEXITY = 30.0
"""Of a t-SNE map, likewise; it must be below the number of clips."""

SHARE = 3


def count(config: RecognitionConfig, measured: Measured) -> int:
    """How many parts there are: one an encoder and way of drawing."""
    return len(WAYS) * len(measured.views) if 3 in config.phases else 0


def jobs(config: RecognitionConfig, measured: Measured, checkpoints: Checkpoints) -> Iterator[Job]:
    """A call for each encoder's default layer and way of drawing, which gives a part of the table `maps`."""
    if 3 not in config.phases:
        return
    for view in measured.views:
        encoder, layer = view.encoder.spec.name, view.layers[0]
        for method in WAYS:
            follows_from = {
                "part": "map",
                "method": method,
                "encoder": view.key,
                "layer": layer,
                "recipe": view.recipe,
                "seed": config.seed,
                "clips": measured.clips[["item", "clip"]].to_numpy().tolist(),
            }
            prepared = partial(_prepared, measured, encoder, layer, method, config.seed)
            yield resumable(checkpoints, follows_from, prepared)


def _prepared(measured: Measured, encoder: str, layer: str, method: str, seed: int) -> Job:
    items = list(measured.clips["item"])
    return partial(_part, measured.vectors(encoder, layer), encoder, layer, method, items, seed)


def _part(vectors: npt.ArrayLike, encoder: str, layer: str, method: str, items: Sequence[str], seed: int) -> Tables:
    placed = drawn(vectors, method, seed)
    table = pd.DataFrame({"item": list(items), "x": placed[:, 0], "y": placed[:, 1]})
    return {"maps": table.assign(encoder=encoder, layer=layer, method=method)[["encoder", "layer", "method", *table]]}


def drawn(vectors: npt.ArrayLike, method: str, seed: int) -> Float64:
    """Positions (n, 2) of vectors (n, dim), each dimension of which counts alike, on a map without units.

    Parameters
    ----------
    vectors
        Shape (n, dim), finite.
    method
        `umap` or `tsne`. Both start from principal components, so that where groups lie on the map means as much as a
        plane can show.
    seed
        Of what the methods draw.
    """
    given = np.asarray(vectors, dtype=np.float64)
    distinct = len(np.unique(given, axis=0))
    if distinct < SHARE * 2:
        raise DataError(f"{distinct} different clips are too few to be laid out on a map: give at least {SHARE * 2}.")
    return WAYS[method](Scaling.of(given).applied(given), distinct, seed)


def _umap(scaled: Float64, distinct: int, seed: int) -> Float64:
    neighbours = min(NEIGHBOURS, distinct // SHARE)
    return trajectory_map(scaled[:, np.newaxis], scaled, neighbours=neighbours, seed=seed).wet[:, 0]


def _tsne(scaled: Float64, distinct: int, seed: int) -> Float64:
    from sklearn.manifold import TSNE  # takes a second to import

    drawing = TSNE(perplexity=min(PERPLEXITY, distinct / SHARE), init="pca", random_state=seed, n_jobs=1)
    return np.asarray(drawing.fit_transform(scaled), dtype=np.float64)


WAYS: dict[str, Callable[[Float64, int, int], Float64]] = {"umap": _umap, "tsne": _tsne}
"""Name of a way to draw → positions (n, 2) of scaled vectors, of which so many are different."""
